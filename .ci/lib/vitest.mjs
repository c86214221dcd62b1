/** One Vitest run, counted from its JSON report: nothing that went wrong may count as zero failures. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from './run.mjs';
import { warn } from './say.mjs';

export const runVitest = async (root, { projects, patterns, env }) => {
  const folder = mkdtempSync(join(tmpdir(), 'taizhang-report-'));
  const report = join(folder, 'report.json');
  try {
    const code = await run(
      process.execPath,
      [
        join(root, 'node_modules/vitest/vitest.mjs'),
        'run',
        ...projects.flatMap((name) => ['--project', name]),
        '--reporter=default',
        '--reporter=json',
        `--outputFile.json=${report}`,
        ...patterns,
      ],
      { cwd: root, env },
    );
    return count(read(report), code);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

const read = (file) => {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return null;
  }
};

const count = (report, code) => {
  if (!report) return { passed: 0, failed: 1 };
  // A file that does not even load has no failed test of its own.
  const broken = report.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  ).length;
  const passed = report.numPassedTests;
  const failed = report.numFailedTests + broken;
  const unrun = report.numPendingTests + report.numTodoTests;
  if (unrun > 0) warn(`${unrun} tests did not run (skipped or planned); they count as neither.`);
  // An unhandled rejection, a crash: Vitest says so only with its exit code.
  return { passed, failed: code !== 0 && failed === 0 ? 1 : failed };
};

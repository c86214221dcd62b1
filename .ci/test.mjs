/**
 * `npm test`: all of it, from a fresh clone, cheap things first. The last line is `N passed, N failed`.
 *
 *   npm test                          everything; steps that passed on exactly these files are not repeated
 *   FORCE=1 npm test                  everything, repeated
 *   npm run test:unit -- outbox       one kind of test (unit, rooms, sim, ops, browser), files matching a word
 *   npm run test:long -- killed       the same tests with the counts of a release and those only worth their time then: hours
 */
import { mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureBrowser } from './lib/browser.mjs';
import { ensureBuilt } from './lib/build.mjs';
import { readStamp, treeHash, writeStamp } from './lib/inputs.mjs';
import { ensureInstalled, requireNode } from './lib/install.mjs';
import { startPostgres } from './lib/postgres.mjs';
import { run, stopRunning, whenOrphaned } from './lib/run.mjs';
import { say, seconds, Stop, warn } from './lib/say.mjs';
import { runVitest } from './lib/vitest.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const cache = join(root, 'node_modules/.cache/house');
const bin = (path) => join(root, 'node_modules', path);

/** A step answers { passed, failed }. Order: cheap first, so that a typing slip is known before a browser opens. */
const STEPS = [
  [
    'format',
    () => check(bin('prettier/bin/prettier.cjs'), ['--check', '--log-level', 'warn', '--cache', '.']),
  ],
  [
    'lint',
    () =>
      check(bin('eslint/bin/eslint.js'), [
        '.',
        '--max-warnings',
        '0',
        '--cache',
        '--cache-location',
        bin('.cache/eslint/'),
        '--cache-strategy',
        'content',
      ]),
  ],
  ['types', () => check(bin('vue-tsc/bin/vue-tsc.js'), ['--build'])],
  ['build', async () => ((await ensureBuilt(root)) ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 })],
  ['tests', (done) => tests(['unit', 'rooms', 'sim', 'browser', 'ops'], [], done)],
];

const check = async (script, args) => {
  const code = await run(process.execPath, [script, ...args], { cwd: root });
  return code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
};

/** The databases and the browser come up only for the kinds of tests that use them. */
const tests = async (kinds, patterns, done = {}) => {
  const env = { ...process.env, NODE_ENV: 'test', TZ: 'UTC', LC_ALL: 'C.UTF-8', LANG: 'C.UTF-8' };
  let lost = 0;
  // Of a build that failed there is nothing to run; it is counted already.
  let wanted = done.build?.failed ? kinds.filter((kind) => kind !== 'ops') : kinds;
  if (kinds.includes('browser')) {
    const reason = done.build?.failed ? 'the build failed' : await withBrowser(env);
    if (reason) {
      warn(`Browser tests cannot run: ${reason}`);
      wanted = wanted.filter((kind) => kind !== 'browser');
      lost = done.build?.failed ? 0 : 1;
    }
  }
  if (wanted.length === 0) return { passed: 0, failed: Math.max(lost, 1) };
  const database = wanted.some((kind) => kind !== 'rooms') ? await startPostgres(root) : null;
  if (database) {
    env.TEST_DATABASE_URL = database.url;
    stopLater = database.stop;
  }
  try {
    const counts = await runVitest(root, { projects: wanted, patterns, env });
    return { ...counts, failed: counts.failed + lost };
  } finally {
    await database?.stop();
    stopLater = null;
  }
};

/** Why no browser can be had, or null when env now names one. */
const withBrowser = async (env) => {
  try {
    env.CHROMIUM_PATH = await ensureBrowser();
    return null;
  } catch (error) {
    if (error instanceof Stop) return error.message;
    throw error;
  }
};

const everything = async () => {
  const done = {};
  for (const [name, step] of STEPS) {
    // Read anew for each step: a file saved during the run must not be stamped as tested.
    const key = treeHash(root);
    const stampFile = join(cache, `passed-${name}.json`);
    const before = process.env.FORCE ? null : readStamp(stampFile);
    if (before?.key === key) {
      done[name] = before.counts;
      say(
        `${name}: unchanged since it last passed (${before.counts.passed} passed then), not repeated. FORCE=1 repeats it.`,
      );
      continue;
    }
    rmSync(stampFile, { force: true });
    const from = Date.now();
    say(`${name}…`);
    done[name] = await step(done);
    const { passed, failed } = done[name];
    (failed ? warn : say)(`${name}: ${passed} passed, ${failed} failed in ${seconds(from)}.`);
    if (failed === 0 && passed > 0 && treeHash(root) === key)
      writeStamp(stampFile, { key, counts: done[name] });
  }
  return Object.values(done);
};

const oneKind = async (kind, patterns) => {
  if ((kind === 'browser' || kind === 'ops') && !(await ensureBuilt(root))) return [{ passed: 0, failed: 1 }];
  return [await tests([kind], patterns)];
};

/** Hours, by hand, before a release. */
const long = async (patterns) => {
  process.env.LONG = '1';
  if (!(await ensureBuilt(root))) return [{ passed: 0, failed: 1 }];
  return [await tests(['unit', 'sim', 'ops', 'browser'], patterns)];
};

let stopLater = null;
const stopNow = async (why) => {
  warn(`${why}: stopping.`);
  await stopRunning();
  await stopLater?.();
  process.exit(130);
};
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => stopNow(signal));
whenOrphaned(() => stopNow('npm is gone'));

let counts = [];
try {
  requireNode();
  await ensureInstalled(root);
  mkdirSync(cache, { recursive: true });
  const [flag, kind, ...patterns] = process.argv.slice(2);
  if (flag === '--only') counts = await oneKind(kind, patterns);
  else if (flag === '--long') counts = await long(kind === undefined ? [] : [kind, ...patterns]);
  else counts = await everything();
} catch (error) {
  warn(error instanceof Stop ? error.message : error.stack);
  counts = [...counts, { passed: 0, failed: 1 }];
}
const total = (key) => counts.reduce((sum, count) => sum + count[key], 0);
const [passed, failed] = [total('passed'), total('failed')];
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
process.stdout.write(`${passed} passed, ${failed} failed\n`);

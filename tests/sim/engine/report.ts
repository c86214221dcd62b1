import { execFileSync } from 'node:child_process';
import type { Verdict } from './run';
import { failures } from './wrong';

/** Long runs look for new seeds each day; short ones walk the same road every time. `SIM_SEED` decides both. */
export const LONG = process.env['LONG'] === '1';
export const FIRST_SEED = Number(
  process.env['SIM_SEED'] ?? (LONG ? Math.floor(Date.now() / 86_400_000) * 1_000_000 : 1),
);

/** How many: what the environment says, else the usual number of this kind of run. */
export function count(name: string, usual: number, long = usual): number {
  return Number(process.env[name] ?? (LONG ? long : usual));
}

/** A seed and a commit are a bug report: everything another person needs to see it too. */
export function bugReport(kind: string, verdict: Verdict): string {
  return [
    `${kind}, seed ${verdict.seed}, commit ${commit()}, trace ${verdict.trace}`,
    ...failures(verdict.wrong)
      .slice(0, 12)
      .map((line) => `  ${line}`),
    `  replay: SIM_KIND=${kind} SIM_SEED=${verdict.seed} SIM_TRACE=1 npx vitest run --project sim tests/sim/replay.test.ts`,
    `  a seed that is understood and mended goes into tests/sim/seeds.ts`,
  ].join('\n');
}

export function commit(): string {
  try {
    return execFileSync('git', ['describe', '--always', '--dirty', '--abbrev=12'], {
      encoding: 'utf8',
    }).trim();
  } catch {
    return 'unknown';
  }
}

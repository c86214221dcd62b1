import { profiles, type Kind } from './profile';
import { bugReport } from './report';
import { run, type Verdict } from './run';
import { failures } from './wrong';
import type { Seams } from './world';

export interface Sums {
  schedules: number;
  kept: number;
  accepted: number;
  refused: number;
  pulls: number;
  requests: number;
  readonly wrong: { lost: number; duplicated: number; diverged: number; stuck: number };
  /** Bug reports of the schedules that broke a promise. */
  readonly reports: string[];
}

/** Lives many schedules, one after the other, and adds up what happened. Stops early when ten have failed. */
export async function lives(kind: Kind, seeds: Iterable<number>, each?: (v: Verdict) => void): Promise<Sums> {
  const sums: Sums = {
    ...{ schedules: 0, kept: 0, accepted: 0, refused: 0, pulls: 0, requests: 0 },
    wrong: { lost: 0, duplicated: 0, diverged: 0, stuck: 0 },
    reports: [],
  };
  for (const seed of seeds) {
    const verdict = await run(seed, profiles[kind]);
    each?.(verdict);
    sums.schedules++;
    for (const key of ['kept', 'accepted', 'refused', 'pulls', 'requests'] as const)
      sums[key] += verdict[key];
    for (const key of ['lost', 'duplicated', 'diverged', 'stuck'] as const)
      sums.wrong[key] += verdict.wrong[key].length;
    if (failures(verdict.wrong).length > 0) sums.reports.push(bugReport(kind, verdict));
    if (sums.reports.length >= 10) break;
  }
  return sums;
}

/** One line for whoever reads the run's output. */
export function told(
  name: string,
  { schedules, kept, accepted, refused, pulls, requests, wrong }: Sums,
  ms: number,
): string {
  const zeros = `${wrong.lost} / ${wrong.duplicated} / ${wrong.diverged} / ${wrong.stuck}`;
  return (
    `${name}: ${schedules} schedules in ${Math.round(ms / 1000)} s, ${kept} acts kept, ${accepted} accepted, ${refused} refused, ` +
    `${pulls} whole pulls, ${requests} requests; lost / duplicated / diverged / stuck ${zeros}`
  );
}

/** Is the seed's schedule wrong with this mistake planted? */
export async function bites(kind: Kind, seed: number, seams: Seams): Promise<string | null> {
  try {
    return failures((await run(seed, profiles[kind], seams)).wrong)[0] ?? null;
  } catch (error) {
    return `the schedule broke off: ${String(error)}`;
  }
}

export function* seedsFrom(first: number, count: number, share = 0, of = 1): Generator<number> {
  for (let i = share; i < count; i += of) yield first + i;
}

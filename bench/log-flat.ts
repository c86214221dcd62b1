import type { Spread } from './lib/ab';
import { interleave, spread, words } from './lib/ab';
import type { Bench, BenchContext } from './lib/bench';
import { openDatabases, type Dialect } from './lib/databases';
import type { Figure } from './lib/report';
import { note } from './lib/report';
import { TownBench, type Cost, type TownSize } from './lib/town';

/**
 * Does a command cost more when there are very many behind it? The same schools with logs of different lengths, each in a database
 * of its own, take the same bursts in turn; what a command costs with the longest log, over what it costs with the shortest. The
 * last decade takes ten gigabytes and minutes to fill and is measured under `LONG=1`; `LOG_ROWS=10000,3000000` says it outright.
 */
const ROWS = (process.env.LOG_ROWS ?? `10000,1000000${process.env.LONG ? ',10000000' : ''}`)
  .split(',')
  .map(Number);
const size: TownSize = { schools: 20, phones: 120, connections: 64 };
const PATIENCE = 60_000;

export const logFlat: Bench = {
  names: ['log.flat.ratio.sqlite', 'log.flat.ratio.postgres'],
  async run(context) {
    for (const dialect of ['sqlite', 'postgres'] as const)
      if (context.wants(`log.flat.ratio.${dialect}`)) context.report(await measure(context, dialect));
  },
};

interface Filled {
  readonly town: TownBench;
  readonly rows: number;
  readonly bytes: number;
}

async function measure(context: BenchContext, dialect: Dialect): Promise<Figure> {
  const databases = await openDatabases(dialect);
  const undo: (() => Promise<unknown>)[] = [() => databases.close()];
  try {
    const sides: Filled[] = [];
    for (const rows of ROWS) {
      const data = await databases.fresh();
      undo.push(() => data.drop());
      const town = await TownBench.found(context.bundle, data, size);
      undo.push(() => town.stop());
      const { seconds, bytes } = await town.age(rows);
      note(
        `${dialect}: ${rows.toLocaleString('en')} commands written in ${seconds.toFixed(0)} s, ${gb(bytes)}`,
      );
      await town.meet();
      sides.push({ town, rows, bytes });
    }
    const ways = Object.fromEntries(
      sides.map(({ town, rows }) => [
        String(rows),
        async (round: number) => {
          await town.load(round);
          return town.burst();
        },
      ]),
    );
    const runs = await interleave<Record<string, Cost>>(
      { rounds: sides[0]!.town.deals - 1, warmUp: 1, patience: PATIENCE },
      ways,
    );
    for (const { town, rows } of sides)
      await town.check(runs[String(rows)]!.reduce((n, r) => n + r.accepted, 0));
    return figure(dialect, sides, runs);
  } finally {
    for (const step of undo.reverse()) await step();
  }
}

function figure(
  dialect: Dialect,
  sides: readonly Filled[],
  runs: Readonly<Record<string, readonly Cost[]>>,
): Figure {
  const [first, last] = [runs[String(ROWS[0])]!, runs[String(ROWS.at(-1))]!];
  const ratio = (what: (r: Cost) => number, of = last): Spread =>
    spread(of.map((r, i) => what(r) / what(first[i]!)));
  // Where the database's own processes can be seen they are in it: a long log is their business there.
  const cpu = (r: Cost): number => r.serverCpu + (r.databaseCpu ?? 0);
  const wall = (r: Cost): number => (r.ms / r.accepted) * 1000;
  const each = (what: (r: Cost) => number) =>
    sides.map(({ rows }) => words(spread(runs[String(rows)]!.map(what)))).join(' · ');
  return {
    name: `log.flat.ratio.${dialect}`,
    value: ratio(cpu).median,
    unit: '×',
    goal: { most: 1.2 },
    detail: {
      'rows in the log': sides.map((s) => s.rows.toLocaleString('en')).join(' · '),
      database: sides.map((s) => gb(s.bytes)).join(' · '),
      'CPU, µs a command': `${each(cpu)}${first[0]!.databaseCpu === null && dialect === 'postgres' ? ' (without PostgreSQL)' : ''}`,
      'CPU ratio': sides
        .slice(1)
        .map(({ rows }) => words(ratio(cpu, [...runs[String(rows)]!])))
        .join(' · '),
      'wall, µs a command': each(wall),
      'wall ratio': sides
        .slice(1)
        .map(({ rows }) => words(ratio(wall, [...runs[String(rows)]!])))
        .join(' · '),
      load: `${size.schools} schools × ${size.phones} phones × 3 commands, ${size.connections} connections`,
    },
  };
}

const gb = (bytes: number): string => `${(bytes / 1e9).toFixed(2)} GB`;

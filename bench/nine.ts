import { join } from 'node:path';
import type { Memory } from './children/memory';
import type { Spread } from './lib/ab';
import { interleave, spread, words } from './lib/ab';
import type { Bench, BenchContext } from './lib/bench';
import { Child } from './lib/child';
import { openDatabases, type Database, type Databases, type Dialect } from './lib/databases';
import { topOf } from './lib/profile';
import type { Figure } from './lib/report';
import { note } from './lib/report';
import { TownBench, type Cost, type TownSize } from './lib/town';

/**
 * Nine o'clock: every phone of every school pushes three commands at once. The crowd offers all pushes from the first moment over a
 * bounded number of kept-alive connections, each with one push under way, so the line stands in the crowd and what is timed is the
 * whole sync call. The floor (`children/bare.ts`) takes the same bytes in the same order with the same batching.
 */
const size: TownSize = {
  schools: Number(process.env.NINE_SCHOOLS ?? 200),
  phones: Number(process.env.NINE_PHONES ?? 120),
  connections: Number(process.env.NINE_CONNECTIONS ?? 256),
};
/** No round begins after this, ms, once two are there. */
const PATIENCE = 90_000;

const DIALECTS = ['sqlite', 'postgres'] as const;
const P99 = 'nine.p99.ms';
const MEMORY = 'nine.memory.mb';

interface Measured {
  readonly ours: readonly (Cost & { readonly memory: Memory })[];
  readonly bare: readonly Cost[];
}

export const nine: Bench = {
  names: [...DIALECTS.map((d) => `nine.ratio.${d}`), P99, MEMORY],
  async run(context) {
    const runs: Partial<Record<Dialect, Measured>> = {};
    for (const dialect of DIALECTS) {
      if (![`nine.ratio.${dialect}`, P99, MEMORY].some(context.wants)) continue;
      const measured = (runs[dialect] = await measure(context, dialect));
      context.report(ratioFigure(dialect, measured));
    }
    context.report(p99Figure(runs));
    context.report(memoryFigure(runs));
  },
};

async function measure(context: BenchContext, dialect: Dialect): Promise<Measured> {
  const databases = await openDatabases(dialect);
  const undo: (() => Promise<unknown>)[] = [() => databases.close()];
  try {
    const data = await fresh(databases, undo);
    const town = await TownBench.found(context.bundle, data, size);
    undo.push(() => town.stop());
    town.say(dialect);
    const floor = await openFloor(context, await fresh(databases, undo), undo);
    const met = await town.meet();
    const pushes = size.schools * town.town.hands.length;
    note(
      `${dialect}: ${pushes} phones pulled in ${(met.ms / 1000).toFixed(1)} s, crowd ${met.cpu.toFixed(0)} µs each`,
    );
    await town.load(0, Math.ceil(size.schools / 10));
    const warm = [await town.burst(), await town.burst(floor)];
    // The first deal has warmed up, the last is the profiler's.
    let loaded = 0;
    const load = async (round: number): Promise<void> => {
      if (loaded < round + 1) await town.load((loaded = round + 1));
    };
    const runs = await interleave<{ ours: Measured['ours'][number]; bare: Cost }>(
      { rounds: town.deals - 2, warmUp: 0, least: 2, patience: PATIENCE },
      {
        async ours(round) {
          await load(round);
          await town.server.ask('watchMemory');
          const cost = await town.burst();
          return { ...cost, memory: await town.server.ask<Memory>('watchedMemory') };
        },
        async bare(round) {
          await load(round);
          return town.burst(floor);
        },
      },
    );
    await town.check([warm[0]!, ...runs.ours].reduce((n, r) => n + r.accepted, 0));
    if (context.profiles !== null) {
      await town.load(town.deals - 1);
      const file = join(context.profiles, `nine-${dialect}.cpuprofile`);
      await town.server.ask('profile');
      await town.burst();
      await town.server.ask('profiled', file);
      note(`${file}\n${topOf(file, { own: 25, all: 40 })}`);
    }
    return runs;
  } finally {
    for (const step of undo.reverse()) await step();
  }
}

async function fresh(databases: Databases, undo: (() => Promise<unknown>)[]): Promise<Database> {
  const data = await databases.fresh();
  undo.push(() => data.drop());
  return data;
}

async function openFloor(context: BenchContext, data: Database, undo: (() => Promise<unknown>)[]) {
  const server = Child.start(context.bundle.file('bare'));
  undo.push(() => server.stop());
  const { port } = await server.ask<{ port: number }>('open', { ...data.place, sizes: null });
  return { server, port, data };
}

const over = <R extends Cost>(runs: readonly R[], what: (r: R) => number): Spread => spread(runs.map(what));
const rate = (r: Cost): number => (r.accepted / r.ms) * 1000;
const mb = (bytes: number): number => bytes / 1e6;

function ratioFigure(dialect: Dialect, { ours, bare }: Measured): Figure {
  const one = ours[0]!;
  const ratio = spread(ours.map((r, i) => rate(r) / rate(bare[i]!)));
  const calls = (runs: readonly Cost[]): string =>
    (['p50', 'p95', 'p99', 'longest'] as const)
      .map((q) => `${q} ${words(over(runs, (r) => r[q])).replace(/ .*/, '')}`)
      .join(', ');
  const cpu = (runs: readonly Cost[]): string =>
    words(over(runs, (r) => r.serverCpu)) +
    (runs[0]!.databaseCpu === null ? '' : ` + PostgreSQL ${words(over(runs, (r) => r.databaseCpu ?? NaN))}`);
  const each = (what: 'bytesUp' | 'bytesDown' | 'plainDown', r: Cost): number =>
    Math.round(r[what] / r.pushes);
  return {
    name: `nine.ratio.${dialect}`,
    value: ratio.median,
    unit: '×',
    goal: { least: 0.6 },
    detail: {
      ratio: words(ratio),
      load: `${size.schools} schools × ${one.pushes / size.schools} phones × 3 commands, ${size.connections} connections`,
      'accepted/s': `ours ${words(over(ours, rate))}, bare ${words(over(bare, rate))}`,
      'sync call, ms': `ours ${calls(ours)}; bare ${calls(bare)}`,
      'from the start of the burst, s': `ours ${waits(ours)}; bare ${waits(bare)}`,
      'CPU, µs a command': `ours ${cpu(ours)}; bare ${cpu(bare)}`,
      'CPU of the crowd, µs a push': `${words(over(ours, (r) => r.cpu))}, at bare ${words(over(bare, (r) => r.cpu))}`,
      'bytes a push': `${each('bytesUp', one)} up with headers, ${each('bytesDown', one)} down (unpacked ${each('plainDown', one)}; bare ${each('bytesDown', bare[0]!)})`,
    },
  };
}

function waits(runs: readonly Cost[]): string {
  const s = (what: (r: Cost) => number): string => (over(runs, what).median / 1000).toFixed(1);
  return `half ${s((r) => r.waited50)}, 99 % ${s((r) => r.waited99)}, last acceptance ${s((r) => r.ms)}`;
}

function p99Figure(runs: Partial<Record<Dialect, Measured>>): Figure {
  const by = Object.entries(runs).map(([dialect, { ours }]) => ({ dialect, p99: over(ours, (r) => r.p99) }));
  return {
    name: P99,
    value: Math.max(...by.map((b) => b.p99.median)),
    unit: 'ms',
    goal: { most: 1_000 },
    detail: Object.fromEntries(by.map((b) => [`${b.dialect}, ms`, words(b.p99)])),
  };
}

function memoryFigure(runs: Partial<Record<Dialect, Measured>>): Figure {
  const say = (what: (m: Memory) => number, ours: Measured['ours']): string =>
    ours.map((r) => Math.round(mb(what(r.memory)))).join(', ');
  return {
    name: MEMORY,
    value: Math.max(...Object.values(runs).flatMap(({ ours }) => ours.map((r) => mb(r.memory.peak)))),
    unit: 'MB',
    goal: null,
    detail: Object.fromEntries(
      Object.entries(runs).map(([dialect, { ours }]) => [
        `${dialect}, burst after burst`,
        `before ${say((m) => m.before, ours)}; peak ${say((m) => m.peak, ours)}; ` +
          `after ${say((m) => m.after, ours)}, of it JavaScript ${say((m) => m.heap, ours)}`,
      ]),
    ),
  };
}

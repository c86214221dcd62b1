import { join } from 'node:path';
import type { Memory } from './children/memory';
import { interleave } from './lib/ab';
import type { Bench, BenchContext } from './lib/bench';
import { Child } from './lib/child';
import { openDatabases, type Database, type Databases, type Dialect } from './lib/databases';
import type { Measured } from './lib/nine-figures';
import { MEMORY, memoryFigure, P99, p99Figure, ratioFigure } from './lib/nine-figures';
import { topOf } from './lib/profile';
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

export const nine: Bench = {
  names: [...DIALECTS.map((d) => `nine.ratio.${d}`), P99, MEMORY],
  async run(context) {
    const runs: Partial<Record<Dialect, Measured>> = {};
    for (const dialect of DIALECTS) {
      if (![`nine.ratio.${dialect}`, P99, MEMORY].some(context.wants)) continue;
      const measured = (runs[dialect] = await measure(context, dialect));
      context.report(ratioFigure(dialect, size, measured));
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

import { join } from 'node:path';
import type { PhoneWork } from './children/ours';
import type { Run, Target } from './children/phones';
import type { Usage } from './children/answers';
import { interleave } from './lib/ab';
import type { Bench, BenchContext } from './lib/bench';
import { Child } from './lib/child';
import { openDatabases, type Database, type Dialect } from './lib/databases';
import { topOf } from './lib/profile';
import type { Figure } from './lib/report';
import { note } from './lib/report';
import type { BacklogRuns, Measured, OnlineRuns, Shape } from './lib/sync-figures';
import { figuresOf, SHAPES } from './lib/sync-figures';

/** Schools of 24 classes with nine teachers each who have work: more phones than connections. */
const SCHOOLS = 8;
const ROUNDS = 8;
const WARM_UP = 2;
/** Of one shape, ms. */
const PATIENCE = 30_000;
/** A Sunday: the evening before two weeks of school. */
const FIRST_DAY = '2026-08-30';

/**
 * `ours` the real endpoint; `bare` stores the commands only; `rows` stores also as many records of the same lengths. The floors
 * are faster and do the work several times over, so that a round of each takes about as long.
 */
const WAYS = ['ours', 'bare', 'rows'] as const;
type Way = (typeof WAYS)[number];
const REPEAT: Readonly<Record<Way, number>> = { ours: 1, bare: 3, rows: 1 };

interface Side {
  readonly server: Child;
  readonly phones: Child;
  readonly data: Database;
  target: Target;
}

/**
 * Accepted commands a second through the real endpoint, against endpoints that only store, in the same run:
 * `sync.accepted.ratio.*` in the shape of real use (`online`), `sync.backlog.ratio.*` and `sync.rows.ratio.*` (against a floor that
 * stores the records too) with the backlogs of teachers who were offline.
 */
export const sync: Bench = {
  names: [
    'sync.accepted.ratio.sqlite',
    'sync.accepted.ratio.postgres',
    'sync.backlog.ratio.sqlite',
    'sync.backlog.ratio.postgres',
    'sync.rows.ratio.sqlite',
    'sync.rows.ratio.postgres',
    'memory.rss.mb',
  ],
  async run(context) {
    for (const dialect of ['sqlite', 'postgres'] as const) {
      const wants = (...names: string[]): boolean => names.some((n) => context.wants(`${n}.${dialect}`));
      const shapes: Shape[] = [];
      const memory = dialect === 'sqlite' && context.wants('memory.rss.mb');
      if (wants('sync.accepted.ratio') || memory) shapes.push('online');
      if (wants('sync.backlog.ratio', 'sync.rows.ratio')) shapes.push('backlog');
      if (shapes.length > 0) await measure(context, dialect, shapes);
    }
  },
};

async function measure(context: BenchContext, dialect: Dialect, shapes: readonly Shape[]): Promise<void> {
  const databases = await openDatabases(dialect);
  const sides = {} as Record<Way, Side>;
  try {
    for (const way of WAYS)
      sides[way] = {
        server: Child.start(context.bundle.file(way === 'ours' ? 'ours' : 'bare')),
        phones: Child.start(context.bundle.file('phones')),
        data: await databases.fresh(),
        target: { port: 0, ours: way === 'ours' },
      };
    const load = await openAll(sides, dialect);
    const told: Run[] = [];
    for (const [i, shape] of shapes.entries()) {
      // A shape's rounds begin where those of the one before may have ended: every round has a fortnight of its own.
      const first = i * (WARM_UP + ROUNDS + 1);
      const way = (which: Way) => async (round: number) => {
        await load.prepare(which, first + round, shape);
        return timed(sides[which], shape);
      };
      const [ours, bare] = [way('ours'), way('bare')];
      const rounds = { rounds: ROUNDS, warmUp: WARM_UP, patience: PATIENCE };
      const runs =
        shape === 'online'
          ? await interleave<OnlineRuns>(rounds, { ours, bare })
          : await interleave<BacklogRuns>(rounds, { ours, bare, rows: way('rows') });
      told.push(...runs.ours);
      for (const figure of figuresOf(dialect, shape, runs)) context.report(figure);
      if (context.profiles !== null)
        for (const which of ['ours', 'bare'] as const) {
          await load.prepare(which, first + WARM_UP + ROUNDS, shape);
          await profile(
            sides[which],
            shape,
            join(context.profiles, `${dialect}-${shape}-${which}.cpuprofile`),
          );
        }
    }
    await check(sides.ours.server, told);
    if (dialect === 'sqlite') context.report(await memory(sides));
  } finally {
    for (const { server, phones, data } of Object.values(sides)) {
      await Promise.all([server.stop(), phones.stop()]);
      await data.drop();
    }
    await databases.close();
  }
}

/** Opens the three servers and founds the schools. What it answers fills the phones' outboxes for a round. */
async function openAll(sides: Record<Way, Side>, dialect: Dialect) {
  const { server: ours, data } = sides.ours;
  const opened = await ours.ask<{ port: number; protocol: number }>('open', {
    ...data.place,
    clientFolder: null,
  });
  sides.ours.target = { ...sides.ours.target, port: opened.port };
  const made = await ours.ask<{ accounts: number }>('found', {
    count: SCHOOLS,
    day: FIRST_DAY,
    withDean: false,
  });
  note(`${dialect}: ${SCHOOLS} schools imported, ${made.accounts} teachers signed in`);

  let work: PhoneWork[] = [];
  let worked = -1;
  const prepare = async (which: Way, round: number, shape: Shape): Promise<void> => {
    // Ours goes first in the first round, so its records have their lengths when the floor opens.
    if (worked !== round)
      work = await ours.ask<PhoneWork[]>('window', { day: dayAfter(FIRST_DAY, round * 14) });
    worked = round;
    const side = sides[which];
    if (side.target.port === 0) {
      const sizes = which === 'rows' ? await ours.ask('sizes') : null;
      const { port } = await side.server.ask<{ port: number }>('open', { ...side.data.place, sizes });
      side.target = { ...side.target, port };
    }
    const { target } = side;
    await side.phones.ask('prepare', {
      target,
      work,
      protocol: opened.protocol,
      repeat: REPEAT[which],
      sizes: SHAPES[shape].sizes,
      round,
    });
  };
  return { prepare };
}

async function timed({ server, phones, target }: Side, shape: Shape): Promise<Measured> {
  const before = await server.ask<Usage>('usage');
  const run = await phones.ask<Run>('run', { target, connections: SHAPES[shape].connections });
  const after = await server.ask<Usage>('usage');
  return { ...run, cpu: (after.cpu - before.cpu) / run.accepted };
}

/** What the phones were told must be in the database, and nothing may have gone wrong on the way. */
async function check(ours: Child, runs: readonly Run[]): Promise<void> {
  const kept = await ours.ask<number>('accepted');
  const told = runs.reduce((n, r) => n + r.accepted, 0);
  if (kept < told) throw new Error(`phones were told ${told} acceptances, the database has ${kept}`);
  const errors = await ours.ask<string[]>('errors');
  if (errors.length > 0) throw new Error(`the server logged ${errors.length} errors: ${errors[0]}`);
}

async function memory(sides: Record<Way, Side>): Promise<Figure> {
  const rss = async (way: Way): Promise<number> => (await sides[way].server.ask<Usage>('usage')).rss / 1e6;
  const kept = await sides.ours.server.ask<number>('accepted');
  return {
    name: 'memory.rss.mb',
    value: await rss('ours'),
    unit: 'MB',
    goal: null,
    detail: { bare: `${Math.round(await rss('bare'))} MB`, after: `${kept} accepted commands` },
  };
}

async function profile({ server, phones, target }: Side, shape: Shape, file: string): Promise<void> {
  await server.ask('profile');
  await phones.ask('run', { target, connections: SHAPES[shape].connections });
  await server.ask('profiled', file);
  note(`${file}\n${topOf(file, { own: 25, all: 40 })}`);
}

const dayAfter = (day: string, days: number): string =>
  new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);

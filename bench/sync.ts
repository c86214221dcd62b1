import { join } from 'node:path';
import type { PhoneWork } from './children/ours';
import type { Run, Target } from './children/phones';
import type { Usage } from './children/answers';
import type { Spread } from './lib/ab';
import { interleave, spread, words } from './lib/ab';
import type { Bench, BenchContext } from './lib/bench';
import { Child } from './lib/child';
import { openDatabases, type Database, type Dialect } from './lib/databases';
import { topOf } from './lib/profile';
import type { Figure } from './lib/report';
import { note } from './lib/report';

/** Schools of 24 classes; phones at once. */
const SCHOOLS = 6;
const CONNECTIONS = 16;
const ROUNDS = 8;
const WARM_UP = 2;
/** A Sunday: the evening before two weeks of school. */
const FIRST_DAY = '2026-08-30';

/**
 * `ours` the real endpoint; `bare` stores the commands only; `rows` stores also as many records of the same lengths. The floors
 * are faster and do the work several times over, so that a round of each takes about as long.
 */
const WAYS = ['ours', 'bare', 'rows'] as const;
type Way = (typeof WAYS)[number];
const REPEAT: Readonly<Record<Way, number>> = { ours: 1, bare: 3, rows: 1 };

interface Measured extends Run {
  /** CPU time of the server process (all its threads) for one accepted command, µs. PostgreSQL's own is not in it. */
  readonly cpu: number;
}
interface Side {
  readonly server: Child;
  readonly phones: Child;
  readonly data: Database;
  target: Target;
}

const rate = (r: Run): number => (r.accepted / r.ms) * 1000;

/** Accepted commands a second through the real endpoint, against endpoints that only store. */
export const sync: Bench = {
  names: [
    'sync.accepted.ratio.sqlite',
    'sync.accepted.ratio.postgres',
    'sync.rows.ratio.sqlite',
    'sync.rows.ratio.postgres',
    'memory.rss.mb',
  ],
  async run(context) {
    for (const dialect of ['sqlite', 'postgres'] as const) {
      const figures = [`sync.accepted.ratio.${dialect}`, `sync.rows.ratio.${dialect}`];
      if (dialect === 'sqlite') figures.push('memory.rss.mb');
      if (figures.some(context.wants)) await measure(context, dialect);
    }
  },
};

async function measure(context: BenchContext, dialect: Dialect): Promise<void> {
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
    const way = (which: Way) => async (round: number) => {
      await load.prepare(which, round);
      return timed(sides[which]);
    };
    const runs = await interleave<Record<Way, Measured>>(
      { rounds: ROUNDS, warmUp: WARM_UP },
      { ours: way('ours'), bare: way('bare'), rows: way('rows') },
    );
    await check(sides.ours.server, runs.ours);
    for (const figure of figuresOf(dialect, runs)) context.report(figure);
    if (dialect === 'sqlite') context.report(await memory(sides));
    if (context.profiles !== null)
      for (const which of ['ours', 'bare'] as const) {
        await load.prepare(which, WARM_UP + ROUNDS);
        await profile(sides[which], join(context.profiles, `${dialect}-${which}.cpuprofile`));
      }
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
  const prepare = async (which: Way, round: number): Promise<void> => {
    // Ours goes first in round 0, so its records have their lengths when the floor opens.
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
      round,
    });
  };
  return { prepare };
}

async function timed({ server, phones, target }: Side): Promise<Measured> {
  const before = await server.ask<Usage>('usage');
  const run = await phones.ask<Run>('run', { target, connections: CONNECTIONS });
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

function figuresOf(dialect: Dialect, runs: Record<Way, Measured[]>): Figure[] {
  const over =
    (what: (r: Measured) => number) =>
    (way: Way): Spread =>
      spread(runs[way].map(what));
  const rates = over(rate);
  const cpu = over((r) => r.cpu);
  const typical = over((r) => r.p50);
  const slow = over((r) => r.p95);
  const ratio = (floor: Way): Spread => spread(runs.ours.map((r, i) => rate(r) / rate(runs[floor][i]!)));
  const one = runs.ours[0]!;
  const per = (r: Run, what: 'bytesUp' | 'bytesDown'): number => Math.round(r[what] / r.commands);
  return [
    {
      name: `sync.accepted.ratio.${dialect}`,
      value: ratio('bare').median,
      unit: '×',
      goal: { least: 0.5 },
      detail: {
        ratio: words(ratio('bare')),
        'ours, accepted/s': words(rates('ours')),
        'bare, accepted/s': words(rates('bare')),
        'CPU of the server process, µs a command': `ours ${words(cpu('ours'))}, bare ${words(cpu('bare'))}`,
        'request, ms': `ours ${words(typical('ours'))} p95 ${words(slow('ours'))}, bare ${words(typical('bare'))}`,
        load: `${CONNECTIONS} connections, ${one.commands} homework.v1.assign in ${one.requests} pushes a round`,
        'bytes a command': `${per(one, 'bytesUp')} up, ${per(one, 'bytesDown')} down (bare ${per(runs.bare[0]!, 'bytesDown')})`,
      },
    },
    {
      name: `sync.rows.ratio.${dialect}`,
      value: ratio('rows').median,
      unit: '×',
      goal: null,
      detail: {
        ratio: words(ratio('rows')),
        'floor that stores the same records, accepted/s': words(rates('rows')),
        'CPU of its process, µs a command': words(cpu('rows')),
        'its own ratio to bare': words(spread(runs.rows.map((r, i) => rate(r) / rate(runs.bare[i]!)))),
      },
    },
  ];
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

async function profile({ server, phones, target }: Side, file: string): Promise<void> {
  await server.ask('profile');
  await phones.ask('run', { target, connections: CONNECTIONS });
  await server.ask('profiled', file);
  note(`${file}\n${topOf(file)}`);
}

const dayAfter = (day: string, days: number): string =>
  new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);

import { join } from 'node:path';
import type { PhoneWork } from './children/ours';
import type { Run, Target } from './children/phones';
import type { Usage } from './children/answers';
import { interleave, spread, words } from './lib/ab';
import type { Bench, BenchContext } from './lib/bench';
import { Child } from './lib/child';
import { openDatabases, type Dialect } from './lib/databases';
import { topOf } from './lib/profile';
import { note } from './lib/report';

/** Schools of 24 classes, phones at once, and how often the floor does the work that ours does once (it is faster). */
const SCHOOLS = 8;
const CONNECTIONS = 16;
const REPEAT = 3;
const ROUNDS = 8;
const WARM_UP = 2;
/** A Sunday: the evening before two weeks of school. */
const FIRST_DAY = '2026-08-30';

interface Measured extends Run {
  /** CPU time of the server process (all its threads) for one accepted command, µs. */
  readonly cpu: number;
}

const rate = (r: Run): number => (r.accepted / r.ms) * 1000;

/** Accepted commands a second through the real endpoint, against an endpoint that only stores them. */
export const sync: Bench = {
  names: ['sync.accepted.ratio.sqlite', 'sync.accepted.ratio.postgres', 'memory.rss.mb'],
  async run(context) {
    for (const dialect of ['sqlite', 'postgres'] as const)
      if (
        context.wants(`sync.accepted.ratio.${dialect}`) ||
        (dialect === 'sqlite' && context.wants('memory.rss.mb'))
      )
        await measure(context, dialect);
  },
};

async function measure(context: BenchContext, dialect: Dialect): Promise<void> {
  const databases = await openDatabases(dialect);
  const [ourData, bareData] = [await databases.fresh(), await databases.fresh()];
  const ours = Child.start(context.bundle.file('ours'));
  const bare = Child.start(context.bundle.file('bare'));
  const phones = {
    ours: Child.start(context.bundle.file('phones')),
    bare: Child.start(context.bundle.file('phones')),
  };
  try {
    const opened = await ours.ask<{ port: number; protocol: number }>('open', {
      ...ourData.place,
      clientFolder: null,
    });
    const floor = await bare.ask<{ port: number }>('open', bareData.place);
    const made = await ours.ask<{ accounts: number }>('found', { count: SCHOOLS, day: FIRST_DAY });
    note(`${dialect}: ${SCHOOLS} schools imported, ${made.accounts} teachers signed in`);

    const targets: Record<'ours' | 'bare', Target> = {
      ours: { port: opened.port, ours: true },
      bare: { port: floor.port, ours: false },
    };
    let work: PhoneWork[] = [];
    let worked = -1;
    const once = async (which: 'ours' | 'bare', round: number): Promise<Measured> => {
      if (worked !== round) {
        work = await ours.ask<PhoneWork[]>('window', { day: dayAfter(FIRST_DAY, round * 14) });
        worked = round;
      }
      const repeat = which === 'ours' ? 1 : REPEAT;
      const server = which === 'ours' ? ours : bare;
      const prepared = { target: targets[which], work, protocol: opened.protocol, repeat, round };
      await phones[which].ask('prepare', prepared);
      const before = await server.ask<Usage>('usage');
      const run = await phones[which].ask<Run>('run', { target: targets[which], connections: CONNECTIONS });
      const after = await server.ask<Usage>('usage');
      return { ...run, cpu: (after.cpu - before.cpu) / run.accepted };
    };
    const runs = await interleave({
      rounds: ROUNDS,
      warmUp: WARM_UP,
      a: (round) => once('ours', round),
      b: (round) => once('bare', round),
    });

    const sent = await ours.ask<number>('accepted');
    const told = runs.a.reduce((n, r) => n + r.accepted, 0);
    if (sent < told) throw new Error(`phones were told ${told} acceptances, the database has ${sent}`);
    const errors = await ours.ask<string[]>('errors');
    if (errors.length > 0) throw new Error(`the server logged ${errors.length} errors: ${errors[0]}`);

    const usage = { ours: await ours.ask<Usage>('usage'), bare: await bare.ask<Usage>('usage') };
    const ratio = spread(runs.a.map((r, i) => rate(r) / rate(runs.b[i]!)));
    context.report({
      name: `sync.accepted.ratio.${dialect}`,
      value: ratio.median,
      unit: '×',
      goal: { least: 0.5 },
      detail: {
        ratio: words(ratio),
        'ours, accepted/s': words(spread(runs.a.map(rate))),
        'bare, accepted/s': words(spread(runs.b.map(rate))),
        'CPU of the server process, µs a command': `ours ${words(spread(runs.a.map((r) => r.cpu)))}, bare ${words(spread(runs.b.map((r) => r.cpu)))}`,
        'request, ms': `ours ${words(spread(runs.a.map((r) => r.p50)))} p95 ${words(spread(runs.a.map((r) => r.p95)))}, bare ${words(spread(runs.b.map((r) => r.p50)))}`,
        load: `${CONNECTIONS} connections, ${runs.a[0]!.commands} homework.v1.assign in ${runs.a[0]!.requests} pushes a round, ${perCommand(runs.a[0]!, 'bytesUp')} B up and ${perCommand(runs.a[0]!, 'bytesDown')} B down a command`,
        'bare sends back': `${perCommand(runs.b[0]!, 'bytesDown')} B a command`,
      },
    });
    if (dialect === 'sqlite')
      context.report({
        name: 'memory.rss.mb',
        value: usage.ours.rss / 1e6,
        unit: 'MB',
        goal: null,
        detail: { bare: `${Math.round(usage.bare.rss / 1e6)} MB`, after: `${sent} accepted commands` },
      });
    if (context.profiles !== null) {
      for (const which of ['ours', 'bare'] as const) {
        const server = which === 'ours' ? ours : bare;
        await prepareOnly(which);
        await server.ask('profile');
        await phones[which].ask('run', { target: targets[which], connections: CONNECTIONS });
        const file = join(context.profiles, `${dialect}-${which}.cpuprofile`);
        await server.ask('profiled', file);
        note(`${file}\n${topOf(file)}`);
      }
    }
    async function prepareOnly(which: 'ours' | 'bare'): Promise<void> {
      const round = WARM_UP + ROUNDS;
      if (worked !== round) work = await ours.ask('window', { day: dayAfter(FIRST_DAY, round * 14) });
      worked = round;
      const repeat = which === 'ours' ? 1 : REPEAT;
      await phones[which].ask('prepare', {
        target: targets[which],
        work,
        protocol: opened.protocol,
        repeat,
        round,
      });
    }
  } finally {
    await Promise.all([ours, bare, phones.ours, phones.bare].map((child) => child.stop()));
    await ourData.drop();
    await bareData.drop();
    await databases.close();
  }
}

const perCommand = (r: Run, what: 'bytesUp' | 'bytesDown'): number => Math.round(r[what] / r.commands);

const dayAfter = (day: string, days: number): string =>
  new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);

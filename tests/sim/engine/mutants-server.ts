import type { Kernel } from '@kernel/server/kernel';
import type { Batch, Store } from '@kernel/server/store/store';
import { SchoolMemory } from '@kernel/server/write/school-memory';
import type { CommandDef } from '@kernel/shared/command';
import type { Envelope } from '@kernel/shared/protocol';
import { onAnswer, withKind } from './mutant-tools';
import type { Mutant } from './mutants';
import { serverRegistry } from './school';
import type { ServerSeams } from './server';

type Commit = Store['commit'];
/** Every batch is written as something else. */
const onBatch = (change: (batch: Batch) => Batch): { server: ServerSeams } => ({
  server: {
    store: (store) =>
      bent(store, (commit) => (sections) => commit(sections.map((s) => ({ ...s, batch: change(s.batch) })))),
  },
});
const bent = (store: Store, change: (commit: Commit) => Commit): Store => {
  const commit = change((sections) => store.commit(sections));
  return new Proxy(store, {
    get: (target, name) => (name === 'commit' ? commit : (Reflect.get(target, name) as unknown)),
  });
};
/** Every request is understood as something else. */
const onRequest = (change: NonNullable<ServerSeams['request']>): { server: ServerSeams } => ({
  server: { request: change },
});
const commandsOf = (body: Record<string, unknown>): Envelope[] => body['commands'] as Envelope[];

/** A method of one object, replaced. */
function replaced(
  of: object,
  name: string,
  change: (was: (...a: never[]) => unknown) => unknown,
): () => void {
  const target = of as Record<string, unknown>;
  const own = Object.hasOwn(target, name);
  const was = target[name] as (...a: never[]) => unknown;
  target[name] = change(was);
  return () => {
    if (own) target[name] = was;
    else Reflect.deleteProperty(target, name);
  };
}
const bendFeed = (
  name: string,
  change: (was: (...a: never[]) => unknown) => unknown,
): { server: ServerSeams } => ({
  server: { kernel: (kernel: Kernel) => void replaced(kernel.feed, name, change) },
});

export const serverMutants: Readonly<Record<string, Mutant>> = {
  'what comes again is done again': () => {
    const seen = new Set<string>();
    const own = new Map<string, string>();
    let made = 0;
    return {
      server: {
        request(body) {
          for (const c of commandsOf(body)) {
            const again = seen.has(c.id)
              ? `01890000-0000-7000-9000-${String(++made).padStart(12, '0')}`
              : c.id;
            seen.add(c.id);
            own.set(again, c.id);
            Object.assign(c, { id: again });
          }
        },
        ...onAnswer((answer) => {
          for (const r of answer.results) Object.assign(r, { id: own.get(r.id) ?? r.id });
        }).server,
      },
    };
  },
  'a cursor that knows nothing of the epoch': withKind('restores', () =>
    onRequest((body, kernel) => {
      const [, ...rest] = String(body['cursor'] ?? '').split('.');
      if (rest.length > 0) body['cursor'] = [kernel.store.epoch, ...rest].join('.');
    }),
  ),
  'a cursor that knows nothing of rights': withKind('rights', () =>
    bendFeed(
      'readerOf',
      (was) =>
        function (this: unknown, ...args: never[]) {
          return Object.assign(was.apply(this, args) as object, { rights: 'same' });
        },
    ),
  ),
  'everybody reads everything': withKind('rights', () =>
    bendFeed('setsOf', () => () => new Set(Array.from({ length: 500 }, (_, i) => i))),
  ),
  'rows that are gone are not told': withKind('rights', () =>
    onAnswer((answer) => void (answer.changes = answer.changes.filter((c) => c.body !== null))),
  ),
  'the feed is read by the time of change': () => {
    // Times as a database of seconds has them.
    const times = new Map<number, number>();
    let now = (): number => 0;
    const seconds = (): number => Math.floor(now() / 1_000);
    return {
      server: {
        kernel: (kernel) => void (now = () => kernel.clock.now()),
        store: (store) =>
          bent(store, (commit) => async (sections) => {
            for (const { expected, batch } of sections)
              for (let seq = expected.seq + 1; seq <= batch.counter.seq; seq++) times.set(seq, seconds());
            return commit(sections);
          }),
        ...onAnswer((answer, request) => {
          const after = times.get(Number(request.cursor?.split('.')[2]));
          if (!answer.reset && after !== undefined)
            answer.changes = answer.changes.filter((c) => (times.get(c.seq) ?? Infinity) > after);
        }).server,
      },
    };
  },
  'where a right is held is looked at on the phone only': withKind('rights', () => ({
    plant: () => replaced(serverRegistry.command('sim.v1.write') as CommandDef, 'scope', () => undefined),
  })),
  'a known id is answered whatever it says now': () =>
    onAnswer((answer) => {
      for (const r of answer.results)
        if (r.code === 'kernel.idReused') Object.assign(r, { outcome: 'accepted', code: null, seq: 1 });
    }),
  'what a server remembers outlives what others wrote': () => ({
    plant: () =>
      replaced(
        SchoolMemory.prototype,
        'begin',
        () =>
          function (this: { at: unknown }, counter: unknown) {
            this.at = counter;
          },
      ),
  }),
  'numbers only grow': () =>
    onBatch((batch) => ({ ...batch, measures: batch.measures.filter((m) => m.delta > 0) })),
  'nobody looks whether another server was there': () => ({
    server: {
      store: (store) =>
        bent(store, (commit) => async (sections) => {
          const now = await Promise.all(
            sections.map(async (s) => ({
              ...s,
              expected: (await store.reads.counter(s.school)) ?? s.expected,
            })),
          );
          return commit(now);
        }),
    },
  }),
  'whoever holds the cookie owns the queue': () => ({
    server: {
      request(body, _kernel, member) {
        if (member !== null) body['person'] = member;
      },
    },
  }),
  'it answers before it has written': () => ({
    server: {
      store: (store) =>
        bent(store, (commit) => (sections) => {
          setTimeout(() => void commit(sections).catch(() => undefined), 60);
          return Promise.resolve('written' as const);
        }),
    },
  }),
  'one bad command takes its batch with it': () =>
    onAnswer(({ results }) => {
      const bad = results.find((r) => r.outcome === 'stuck');
      if (bad)
        for (const r of results) Object.assign(r, { outcome: 'stuck', code: bad.code, details: bad.details });
    }),
  'all phones of a person have one name': () =>
    onRequest((body) => void (body['device'] = '00000000-0000-4000-8000-00000000abcd')),
  'a batch is done in any order': () => onRequest((body) => void commandsOf(body).reverse()),
  'half of an act is written': () =>
    onBatch((batch) =>
      batch.records.length > 1 ? { ...batch, records: batch.records.slice(0, -1) } : batch,
    ),
};

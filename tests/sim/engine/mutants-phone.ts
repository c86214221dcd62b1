import { applyAnswer } from '@kernel/client/apply-answer';
import { checkAnswer } from '@kernel/client/check-answer';
import type { PersonDb } from '@kernel/client/person-db';
import { needsAttention, UNSENT } from '@kernel/client/person-db';
import { quotaExceeded } from '@kernel/client/steady';
import { PROTOCOL, type Envelope, type SyncRequest, type SyncResponse } from '@kernel/shared/protocol';
import { accepted, onApply, onOutbox, onSync, withKind } from './mutant-tools';
import type { Mutant } from './mutants';

/** Reads a key of the phone's memory as something else for as long as this runs. */
async function fooled<T>(db: PersonDb, key: string, value: unknown, work: () => Promise<T>): Promise<T> {
  const read = db.read.bind(db);
  db.read = (async (asked: 'cursor') => (asked === key ? value : read(asked))) as typeof db.read;
  try {
    return await work();
  } finally {
    db.read = read;
  }
}

export const phoneMutants: Readonly<Record<string, Mutant>> = {
  'any answer acknowledges everything': () => ({
    phone: {
      check: (request, body) =>
        checkAnswer(request, body) ?? {
          ...{
            protocol: PROTOCOL,
            epoch: 'first',
            device: 'ok' as const,
            results: request.commands.map(accepted),
          },
          ...{ reset: false, changes: [], measures: [], cursor: request.cursor ?? '', more: false },
          ...{ serverTime: 1_795_388_700_000, beacon: '' },
        },
    },
  }),
  'ids of an answer are not compared': () => ({
    phone: {
      check(request, body) {
        const answer = body as SyncResponse | null;
        if (!Array.isArray(answer?.results) || answer.results.length === 0) return checkAnswer(request, body);
        const results = request.commands.map(({ id }, i) => ({
          ...(answer.results[i] ?? answer.results[0]!),
          id,
        }));
        return checkAnswer(request, { ...answer, results });
      },
    },
  }),
  'the cursor is stored before the rows': () => ({
    phone: {
      async apply(db, registry, session, exchange) {
        const before = (await db.read('cursor')) ?? null;
        await db.write('cursor', exchange.answer.cursor);
        return fooled(db, 'cursor', before, () => applyAnswer(db, registry, session, exchange));
      },
    },
  }),
  'a fresh copy is laid over the old one': () => onApply((answer) => ({ ...answer, reset: false })),
  'what is gone stays on the phone': () =>
    onApply((answer) => ({ ...answer, changes: answer.changes.filter((c) => c.body !== null) })),
  'numbers are added to what was there': () => ({
    phone: {
      async apply(db, registry, session, exchange) {
        const had = await db.measures.toArray();
        const of = (n: string, s: string, d: string): number =>
          had.find((m) => m.name === n && m.scope === s && m.day === d)?.value ?? 0;
        const { answer } = exchange;
        const measures = answer.measures.map(([n, s, d, v]): [string, string, string, number] => [
          n,
          s,
          d,
          v + of(n, s, d),
        ]);
        return applyAnswer(db, registry, session, { ...exchange, answer: { ...answer, measures } });
      },
    },
  }),
  'a page that promises more is the last': () => ({
    phone: {
      check(request, body) {
        const answer = checkAnswer(request, body);
        return answer && { ...answer, more: false };
      },
    },
  }),
  'overlays are not made again after a pull': () => ({
    phone: {
      apply: (db, registry, session, exchange) =>
        fooled(db, 'rebaseDue', false, () => applyAnswer(db, registry, session, exchange)),
    },
  }),
  'with a full disk the rows are left out and the cursor is kept': () => ({
    phone: {
      async apply(db, registry, session, exchange) {
        try {
          return await applyAnswer(db, registry, session, exchange);
        } catch (error) {
          if (!quotaExceeded(error)) throw error;
          await db.write('cursor', exchange.answer.cursor);
          return 'applied';
        }
      },
    },
  }),
  'a refusal is put aside unread': () => ({
    phone: {
      async apply(db, registry, session, exchange) {
        const outcome = await applyAnswer(db, registry, session, exchange);
        await db.outbox.filter(needsAttention).modify({ closed: 'read', closedAt: 0 });
        return outcome;
      },
    },
  }),
  'a 401 clears the queue': () =>
    onSync(({ reply, page }) => (reply?.status === 401 ? page.engine?.db.outbox.clear() : undefined)),
  'a 403 drops its commands': () =>
    onSync(({ reply, request, page }) =>
      reply?.status === 403
        ? page.engine?.db.outbox.bulkDelete(request.commands.map((c) => c.seq))
        : undefined,
    ),
  'what is on its way is deleted from the queue': () =>
    onSync(({ reply, request, page }) =>
      reply ? undefined : page.engine?.db.outbox.bulkDelete(request.commands.map((c) => c.seq)),
    ),
  'a retry is a new command': () => {
    const names = new Map<string, string>();
    let made = 0;
    return onSync(({ reply, request, answer }) => {
      if (!reply) {
        for (const command of request.commands as (Envelope & { id: string })[]) {
          const again = names.has(command.id);
          const sent = again ? `01890000-0000-7000-8000-${String(++made).padStart(12, '0')}` : command.id;
          names.set(command.id, sent);
          Object.assign(command, { id: sent });
        }
      } else
        for (const result of answer?.results ?? [])
          for (const [own, sent] of names) if (sent === result.id) Object.assign(result, { id: own });
    });
  },
  'what was sent once is never sent again': () => {
    const sent = new Set<string>();
    return onSync(({ reply, request }) => {
      if (reply) return;
      request.commands = request.commands.filter((c) => !sent.has(c.id));
      for (const c of request.commands) sent.add(c.id);
    });
  },
  'half an answer is mended': () => ({
    phone: {
      fetch: (honest) => async (path, init) => {
        const response = await honest(path, init);
        if (path !== '/api/sync') return response;
        const text = await response.text();
        const { commands } = JSON.parse(init.body as string) as SyncRequest;
        const cursor = /"cursor":"([^"]*)"/.exec(text)?.[1];
        const broken = text.startsWith('{"protocol"') && !text.endsWith('}') && cursor !== undefined;
        const mended = {
          ...{
            protocol: PROTOCOL,
            epoch: 'first',
            device: 'ok',
            results: commands.map(accepted),
            reset: false,
          },
          ...{ changes: [], measures: [], cursor, more: false, serverTime: 1_795_388_700_000, beacon: '' },
        };
        return {
          ...response,
          ok: response.ok,
          status: response.status,
          headers: response.headers,
          text: () => Promise.resolve(broken ? JSON.stringify(mended) : text),
        } as Response;
      },
    },
  }),
  'one command nobody can read holds up the rest': () =>
    onOutbox((engine) => void Object.assign(engine.sync, { doubt: () => false })),
  'a new page forgets what was on its way': () =>
    onOutbox((engine) => engine.db.outbox.where('state').equals('sent').delete()),
  'everybody’s queue on the phone is sent': () =>
    onSync(({ reply, request, page }) => {
      if (reply) return;
      const { storage } = page.phone;
      for (const name of storage.names.filter((n) => n.startsWith('qing-') && !n.endsWith(request.person)))
        for (const e of storage.rows<Envelope & { state: 'sent' }>(name, 'outbox'))
          if (UNSENT.includes(e.state)) {
            const { id, seq, name: command, args, at, mono, beacon } = e;
            request.commands.push({ id, seq, name: command, args, at, mono, beacon });
          }
    }),
  'an edit keeps the old id': () =>
    onOutbox(({ outbox, db }) => {
      outbox.editAgain = async (id, args) => {
        await db.outbox.where('id').equals(id).modify({ args, state: 'waiting' });
        return { kept: true, id };
      };
    }),
  'the epoch is not looked at': withKind('restores', () => ({
    server: {
      answer: (reply) =>
        reply.status === 200
          ? {
              ...reply,
              body: JSON.stringify({ ...(JSON.parse(reply.body) as SyncResponse), epoch: 'for ever' }),
            }
          : reply,
    },
  })),
};

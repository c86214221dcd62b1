import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { SyncResponse } from '@kernel/shared/protocol';
import { applyAnswer } from '@kernel/client/apply-answer';
import { checkAnswer } from '@kernel/client/check-answer';
import type { Seams } from './phone';
import { live, steps } from './schedule';

const SEED = Number(process.env['QING_SEED'] ?? 20_261_123);
const RUNS = Number(process.env['QING_RUNS'] ?? 60);

describe('whatever happens between three phones and the server', () => {
  test('nothing is lost, nothing happens twice, and all end up the same', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (schedule) => {
        expect(await live(schedule)).toEqual([]);
      }),
      { seed: SEED, numRuns: RUNS },
    );
  });
});

/** Mistakes a good engineer has made before. A suite that lets one of them pass promises nothing. */
const mutants: Record<string, Seams> = {
  'the cursor is stored before the rows': {
    apply: async (db, registry, session, exchange) => {
      const before = (await db.read('cursor')) ?? null;
      await db.write('cursor', exchange.answer.cursor);
      // The rest as one transaction of its own, fooled into believing that nothing was stored yet.
      const read = db.read.bind(db);
      db.read = (async (key: 'cursor') => (key === 'cursor' ? before : read(key))) as typeof db.read;
      try {
        return await applyAnswer(db, registry, session, exchange);
      } finally {
        db.read = read;
      }
    },
  },
  'any 200 acknowledges everything': {
    check: (request, body) => {
      const good = checkAnswer(request, body);
      if (good) return good;
      const results = request.commands.map(({ id }) => ({
        id,
        outcome: 'accepted',
        seq: 1,
        code: null,
        details: null,
      }));
      const rest = { reset: false, changes: [], measures: [], cursor: request.cursor ?? '', more: false };
      return {
        protocol: 1,
        epoch: 'e1',
        device: 'ok',
        results,
        ...rest,
        serverTime: Date.now(),
        beacon: '',
      } as SyncResponse;
    },
  },
  'ids of an answer are not compared': {
    check: (request, body) => {
      const answer = body as SyncResponse;
      if (!Array.isArray(answer?.results)) return checkAnswer(request, body);
      const results = request.commands.map(
        ({ id }, i) =>
          ({ ...(answer.results[i] ?? answer.results[0]!), id }) as SyncResponse['results'][number],
      );
      return { ...answer, results };
    },
  },
  'a fresh copy is laid over the old one': {
    apply: (db, registry, session, exchange) =>
      applyAnswer(db, registry, session, { ...exchange, answer: { ...exchange.answer, reset: false } }),
  },
  'overlays are not made again after a pull': {
    apply: async (db, registry, session, exchange) => {
      const read = db.read.bind(db);
      db.read = (async (key: 'rebaseDue') => (key === 'rebaseDue' ? false : read(key))) as typeof db.read;
      try {
        return await applyAnswer(db, registry, session, exchange);
      } finally {
        db.read = read;
      }
    },
  },
};

describe('the suite objects when', () => {
  test.each(Object.entries(mutants))('%s', { timeout: 120_000 }, async (_name, seams) => {
    const run = await fc.check(
      fc.asyncProperty(steps, async (schedule) => {
        expect(await live(schedule, seams)).toEqual([]);
      }),
      { seed: SEED, numRuns: 200, endOnFailure: true },
    );
    expect(run.failed).toBe(true);
  });
});

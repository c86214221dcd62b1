import { describe, expect, test } from 'vitest';
import { needsAttention, UNSENT } from '@kernel/client/person-db';
import { inWorld, keeps, logOf, on, outboxOf } from './engine/on-page';
import type { PhoneSeams } from './engine/phone';
import { PASSWORD } from './engine/sim-auth';
import { FIRST_SEED } from './engine/report';
import { write } from './engine/school';
import type { World } from './engine/world';

const BATCHES = 20;
const PER_BATCH = 1;

/** What is taken from the person while the n-th of twenty batches is under way, and how the person gets it back. */
const LOSSES: Record<string, { takes(world: World): void; gives(world: World): void; lost: string | null }> =
  {
    'the session ends': { takes: (w) => w.server.auth.revoke('lin'), gives: () => undefined, lost: null },
    'the account is disabled': {
      takes: (w) => w.server.auth.disable('lin', true),
      gives: (w) => w.server.auth.disable('lin', false),
      lost: null,
    },
    'the role is lost': {
      takes: (w) => w.office('sim.v1.grant', { person: 'lin', teams: [], head: false }),
      gives: (w) => w.office('sim.v1.grant', { person: 'lin', teams: ['red'], head: false }),
      lost: 'kernel.notAllowed',
    },
  };

function lives(kind: string, at: number, seams: PhoneSeams = {}): Promise<string[]> {
  const { takes, gives, lost } = LOSSES[kind]!;
  let world_: World | null = null;
  let batch = 0;
  // A line so thin that only one command gets through at a time, so that there are twenty batches.
  const fetch: PhoneSeams['fetch'] = (honest) => async (path, init) => {
    if (path !== '/api/sync') return honest(path, init);
    const body = JSON.parse(init.body as string) as { commands: unknown[] };
    if (body.commands.length > 0 && batch++ === at && world_) takes(world_);
    return honest(path, {
      ...init,
      body: JSON.stringify({ ...body, commands: body.commands.slice(0, PER_BATCH) }),
    });
  };
  return inWorld(
    FIRST_SEED + at,
    async (world) => {
      const page = world.phones[0]!.pages[0]!;
      page.sky.weather = 'off';
      const ids: string[] = [];
      for (let i = 0; i < BATCHES * PER_BATCH; i++)
        ids.push(await keeps(world, page, write, { n: `a${i}`, team: 'red', text: 'x' }));
      world_ = world;
      batch = 0;
      page.sky.weather = 'fair';
      await on(world, page, () => page.engine!.sync.resume());
      const wrong: string[] = [];
      const unsent = outboxOf(page).filter((e) => UNSENT.includes(e.state)).length;
      if (lost === null && unsent === 0) wrong.push('nothing was interrupted');
      gives(world);
      await world.scheduler.runFor(1_000);
      await on(world, page, () => page.sessions.signIn('lin', PASSWORD));
      await world.scheduler.runFor(120_000);
      const log = logOf(world, ids);
      for (const id of ids) {
        const entry = outboxOf(page).find((e) => e.id === id);
        const there = log.get(id);
        if (!entry || entry.state !== there) wrong.push(`${id} is ${entry?.state} here and ${there} there`);
        else if (entry.state !== 'accepted' && (entry.code !== lost || !needsAttention(entry)))
          wrong.push(`${id} was ${entry.state} with ${entry.code}`);
      }
      return wrong;
    },
    { phone: { ...seams, fetch } },
  );
}

describe('N3: signed out in the middle of twenty batches', () => {
  const places = Array.from({ length: BATCHES }, (_, i) => i);
  test.each(Object.keys(LOSSES))(
    '%s: nothing is lost, and after the sign-in it goes on by itself',
    async (kind) => {
      for (const at of places) expect(await lives(kind, at), `batch ${at}`).toEqual([]);
    },
  );

  test('the test bites: a phone that clears its queue on a 401 is seen', async () => {
    const open: PhoneSeams['open'] = (engine) => {
      const parts = (engine.sync as unknown as { parts: { onPhase?: (phase: string) => void } }).parts;
      const { onPhase } = parts;
      parts.onPhase = (phase) => {
        onPhase?.(phase);
        if (phase === 'signedOut') void engine.db.outbox.clear();
      };
    };
    expect(await lives('the session ends', 7, { open })).not.toEqual([]);
  });
});

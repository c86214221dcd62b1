import { describe, expect, test } from 'vitest';
import { exportQueue } from '@kernel/client/outbox-file';
import type { OutboxEntry } from '@kernel/client/person-db';
import { needsAttention } from '@kernel/client/person-db';
import { isRefusal } from '@kernel/shared/refusal';
import { Dice } from './engine/dice';
import { inWorld, keeps, on, outboxOf } from './engine/on-page';
import type { Page } from './engine/phone';
import { poisons } from './engine/poisons';
import { count, FIRST_SEED, LONG } from './engine/report';
import { write } from './engine/school';
import type { Seams, World } from './engine/world';

const QUEUE = 50;
interface Outcome {
  readonly applied: number;
  readonly poison: OutboxEntry | undefined;
  readonly exported: string;
  readonly mended: string;
}

/** Mei queues fifty acts without a network, one of them impossible, and comes back: two rounds. */
function lives(kind: string, place: number, seed: number, seams: Seams = {}): Promise<Outcome> {
  return inWorld(
    seed,
    async (world) => {
      const { scheduler, server } = world;
      const [lin, mei] = [world.phones[0]!.pages[0]!, world.phones[1]!.pages[0]!];
      // Mei may write to blue as long as she is offline, and red's chairs are taken.
      world.office('sim.v1.grant', { person: 'mei', teams: ['red', 'blue'], head: false });
      for (const n of ['c1', 'c2']) await acts(world, lin, 'sim.v1.sit', { n, team: 'red' });
      await acts(world, lin, 'sim.v1.write', { n: 'erased', team: 'red', text: 'x' });
      const [erasedNote] = world.notes();
      mei.isLookedAt();
      await scheduler.runFor(2_000);
      mei.sky.weather = 'off';
      world.office('sim.v1.purge', { note: erasedNote });
      world.office('sim.v1.grant', { person: 'mei', teams: ['red'], head: false });
      await acts(world, lin, 'sim.v1.write', { n: 'foreign', team: 'blue', text: 'x' });
      const [foreignNote] = world.notes();
      const takenId = server.observer
        .prepare(`select id from command where actor = 'lin' limit 1`)
        .pluck()
        .get() as string;

      const good: string[] = [];
      let poison = '';
      await on(world, mei, async () => {
        for (let i = 0; i < QUEUE; i++)
          if (i === place)
            poison = await puts(
              mei,
              poisons[kind]!({ n: 'poison', foreignNote: foreignNote!, erasedNote: erasedNote!, takenId }),
            );
          else {
            const kept = await mei.engine!.outbox.enqueue(write, {
              n: `g${i}`,
              team: 'red',
              text: '字'.repeat(20),
            });
            if (isRefusal(kept)) throw new Error(kept.code);
            good.push(kept.id);
          }
      });
      mei.sky.weather = 'fair';
      for (let round = 0; round < 2; round++) await on(world, mei, () => mei.engine!.sync.now());
      const entries = outboxOf(mei);
      const applied = entries.filter((e) => good.includes(e.id) && e.state === 'accepted').length;
      const left = structuredClone(entries.find((e) => e.id === poison));
      let blob = new Blob();
      let mended = '';
      await on(world, mei, async () => {
        blob = await exportQueue(mei.engine!, 0);
        if (!left || !needsAttention(left)) return;
        const again = await mei.engine!.outbox.editAgain(poison, {
          n: 'mended',
          team: 'red',
          text: 'mended',
        });
        mended = isRefusal(again) ? again.code : 'kept';
      });
      return { applied, poison: left, exported: await blob.text(), mended };
    },
    seams,
  );
}

async function acts(world: World, page: Page, name: string, args: unknown): Promise<void> {
  await keeps(world, page, page.device.registry.command(name)!, args);
  await on(world, page, () => page.engine!.sync.now());
}

/** Into the queue as it is. */
async function puts(page: Page, part: Partial<OutboxEntry>): Promise<string> {
  const { db, outbox } = page.engine!;
  const kept = await outbox.enqueue(write, { n: 'mould', team: 'red', text: 'x' });
  if (isRefusal(kept)) throw new Error(kept.code);
  const mould = (await outbox.find(kept.id))!;
  await db.outbox.put({ ...mould, ...part });
  return part.id ?? kept.id;
}

describe('S8: one impossible command in a queue of fifty', () => {
  const dice = new Dice(FIRST_SEED, 'S8');
  const places = count('SIM_PLACES', 3, QUEUE);
  test.each(Object.keys(poisons))('%s', { timeout: LONG ? 600_000 : 180_000 }, async (kind) => {
    for (let i = 0; i < places; i++) {
      const place = LONG ? i : dice.pick([0, QUEUE - 1, dice.int(1, QUEUE - 2)]);
      const { applied, poison, exported, mended } = await lives(kind, place, FIRST_SEED + i);
      const where = `${kind} at place ${place}`;
      expect(applied, where).toBe(QUEUE - 1);
      expect(poison && needsAttention(poison) && poison.code, where).toBeTruthy();
      expect(exported, where).toContain(poison!.id);
      // Only a command this build does not know, or may not send, has no form to mend it in.
      if (poison!.name === 'sim.v1.write') expect(mended, where).toBe('kept');
    }
  });

  test('the test bites: a phone that never suspects a single command is silenced by it', async () => {
    const open = (engine: Page['engine']) => void Object.assign(engine!.sync, { doubt: () => false });
    const { applied } = await lives('nesting forty deep', 10, FIRST_SEED, { phone: { open } });
    expect(applied).toBeLessThan(QUEUE - 1);
  });
});

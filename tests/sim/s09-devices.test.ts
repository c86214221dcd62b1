import { afterEach, describe, expect, test } from 'vitest';
import type { OutboxEntry } from '@kernel/client/person-db';
import { personDbName } from '@kernel/client/person-db';
import type { SyncResponse } from '@kernel/shared/protocol';
import { Dice } from './engine/dice';
import { inWorld, keeps, logOf, on, outboxOf } from './engine/on-page';
import type { Page } from './engine/phone';
import { count, FIRST_SEED } from './engine/report';
import { write } from './engine/school';
import { SCHOOL } from './engine/server';
import { smallHttp, type SmallHttp } from './engine/small-http';
import type { Seams } from './engine/world';

describe('S9: numbers of a device', () => {
  let small: SmallHttp;
  afterEach(() => small.world.close());

  const total = count('SIM_PERMUTATIONS', 1_000);
  test(
    `${total} orders with gaps, jumps back and repeats: each act once, and a number used twice is noticed`,
    { timeout: 300_000 },
    async () => {
      const dice = new Dice(FIRST_SEED, 'S9');
      small = await smallHttp('sqlite');
      let shelves = 0;
      for (let i = 0; i < total; i++) {
        const device = `00000000-0000-4000-8000-${String(i).padStart(12, '0')}`;
        // Up to eight commands, some numbered as another one is, sent in any order and in pieces, some of them twice.
        let seq = 0;
        const numbered = Array.from({ length: dice.int(2, 8) }, () => {
          seq += dice.chance(0.2) ? 0 : dice.int(1, 3);
          return small.command('tiny.v1.place', { shelf: `s${++shelves}` }, { seq: Math.max(1, seq) });
        });
        const sent = dice.chance(0.3) ? numbered : dice.shuffled(numbered);
        let highest = 0;
        let twice = false;
        const done = new Set<string>();
        let told = false;
        for (let at = 0; at < sent.length;) {
          const piece = sent.slice(at, at + dice.int(1, 3));
          if (at > 0 && dice.chance(0.2)) piece.unshift(sent[dice.int(0, at - 1)]!);
          at += piece.filter((c) => !done.has(c.id)).length;
          for (const c of piece) {
            if (done.has(c.id)) continue;
            twice ||= c.seq <= highest;
            highest = Math.max(highest, c.seq);
          }
          const unique = [...new Map(piece.map((c) => [c.id, c])).values()];
          const answers = await small.push('lin', unique, device);
          for (const answer of answers) expect(JSON.parse(answer)).toMatchObject({ outcome: 'accepted' });
          for (const c of piece) done.add(c.id);
          told = small.lastAnswer().device === 'cloned';
        }
        expect(told, `order ${i}`).toBe(twice);
      }
      expect(await small.logged()).toHaveLength(shelves);
    },
  );
});

/** What lies on one phone, put on another: a phone set up from the backup of the old one. */
async function copied(from: Page, to: Page): Promise<void> {
  const name = personDbName(SCHOOL.id, from.engine!.session.person.id);
  const { db } = to.engine!;
  await db.transaction('rw', db.tables, async () => {
    for (const table of db.tables) {
      await table.clear();
      await table.bulkPut(structuredClone(from.phone.storage.rows(name, table.name)) as never[]);
    }
  });
}

/** Lin's phone is copied with work waiting on it; both go on without a network, and come back in any order. */
function clones(seed: number, seams: Seams = {}): Promise<{ wrong: string[]; noticed: boolean }> {
  const dice = new Dice(seed, 'S9 clones');
  let noticed = false;
  const fetch: NonNullable<Seams['phone']>['fetch'] = (honest) => async (path, init) => {
    const response = await honest(path, init);
    const text = await response.text();
    if (path === '/api/sync' && response.ok && (JSON.parse(text) as SyncResponse).device === 'cloned')
      noticed = true;
    const { ok, status, headers } = response;
    return { ok, status, headers, text: () => Promise.resolve(text) } as Response;
  };
  return inWorld(
    seed,
    async (world) => {
      const [old, fresh] = [world.phones[0]!.pages[0]!, world.phones[1]!.pages[0]!];
      fresh.signsIn('lin');
      await world.scheduler.runFor(3_000);
      const ids: string[] = [];
      const acts = async (page: Page, n: number): Promise<void> => {
        for (let i = 0; i < n; i++)
          ids.push(await keeps(world, page, write, { n: `a${ids.length}`, team: 'red', text: 'x' }));
      };
      await acts(old, dice.int(0, 3));
      await world.scheduler.runFor(2_000);
      old.sky.weather = 'off';
      fresh.sky.weather = 'off';
      await acts(old, dice.int(0, 3));
      await on(world, fresh, () => copied(old, fresh));
      await acts(old, dice.int(1, 4));
      await acts(fresh, dice.int(1, 4));
      const backFirst = dice.chance(0.5) ? [old, fresh] : [fresh, old];
      for (const page of backFirst) {
        page.sky.weather = 'fair';
        page.isLookedAt();
        if (dice.chance(0.5)) await world.scheduler.runFor(5_000);
      }
      for (let round = 0; round < 3; round++) {
        await world.scheduler.runFor(20_000);
        for (const page of backFirst) page.isLookedAt();
      }
      await world.scheduler.runFor(5_000);
      // They go on as two phones.
      await acts(old, 1);
      await acts(fresh, 1);
      await world.scheduler.runFor(30_000);
      const log = logOf(world, ids);
      const wrong = ids
        .filter((id) => log.get(id) !== 'accepted')
        .map((id) => `${id} is ${log.get(id)} there`);
      for (const page of [old, fresh])
        for (const e of outboxOf(page) as OutboxEntry[])
          if (e.state !== 'accepted') wrong.push(`${page.name} has ${e.id} as ${e.state}`);
      const names = await Promise.all(
        [old, fresh].map((page) => on(world, page, () => page.engine!.db.read('device'))),
      );
      if (new Set(names).size !== 2) wrong.push('both still bear one name');
      return { wrong, noticed };
    },
    { ...seams, phone: { ...seams.phone, fetch } },
  );
}

describe('S9: a phone that was copied', () => {
  const total = count('SIM_CLONES', 40, 400);
  test(
    `${total} times: it is noticed, one of them takes a new name, and neither loses anything`,
    { timeout: 60_000 + total * 3_000 },
    async () => {
      for (let seed = FIRST_SEED; seed < FIRST_SEED + total; seed++)
        expect(await clones(seed), `seed ${seed}`).toEqual({ wrong: [], noticed: true });
    },
  );

  test('the test bites: a server that does not compare numbers never notices', async () => {
    const answer = (reply: { status: number; headers: Readonly<Record<string, string>>; body: string }) => ({
      ...reply,
      body: reply.body.replace('"device":"cloned"', '"device":"ok"'),
    });
    expect(await clones(FIRST_SEED, { server: { answer } })).toMatchObject({ noticed: false });
  });
});

import { describe, expect, test } from 'vitest';
import { isRefusal } from '@kernel/shared/refusal';
import type { SyncResponse } from '@kernel/shared/protocol';
import { applyAnswer } from '@kernel/client/apply-answer';
import { deliveryWords } from '@kernel/client/delivery-words';
import type { Dice } from './dice';
import { firstWrong, runs } from './dice';
import { FakeServer } from './fake-server';
import { edit, sit, write } from './notes-registry';
import type { Seams } from './phone';
import { Phone } from './phone';

/** reliability.md S13: 200 runs; the simulator does the rest. */
const COUNT = runs('QING_RESTORES', 100);
const DAY = 24 * 3_600_000;

async function school(seams: Seams = {}) {
  const server = new FakeServer();
  server.person('lin', ['red']);
  server.person('mei', ['red']);
  const lin = await new Phone(server, 'lin', seams).starts();
  const mei = await new Phone(server, 'mei', seams).starts();
  await lin.open.sync.now();
  await mei.open.sync.now();
  return { server, lin, mei };
}

/** The server goes back to its backup, under a new name of its history as `restore` gives it. */
const restore = (server: FakeServer, back: () => void, epoch = 'e2'): void => {
  back();
  server.epoch = epoch;
};

describe('a server restored from an older backup', () => {
  test('gets again what it had accepted since, and nobody is told “delivered” meanwhile', async () => {
    const { server, lin } = await school();
    await lin.does(write, { team: 'red', text: '备份前' });
    await lin.open.sync.now();
    const back = server.backup();
    await lin.does(write, { team: 'red', text: '备份后' });
    await lin.open.sync.now();
    const settled = (await lin.open.db.outbox.toArray()).map((e) => e.settledAt);
    restore(server, back);
    expect(server.log).toHaveLength(1);
    // The first answer of the restored server; the second push has not been answered.
    const said: unknown[] = [];
    lin.during = async () => {
      lin.during = async () => {
        const entries = await lin.open.db.outbox.orderBy('seq').toArray();
        said.push(entries.map((e) => [e.state, e.again]));
      };
    };
    expect(await lin.open.sync.now()).toBe('ok');
    expect(said).toEqual([
      [
        ['sent', true],
        ['sent', true],
      ],
    ]);
    expect(server.log).toHaveLength(2);
    const after = await lin.open.db.outbox.orderBy('seq').toArray();
    expect(after).toMatchObject([
      { state: 'accepted', again: false },
      { state: 'accepted', again: false },
    ]);
    // Silently: it was delivered when it was delivered.
    expect(after.map((e) => e.settledAt)).toEqual(settled);
    expect(await lin.shows()).toEqual(server.projection('lin'));
    // It may remember a number from then, so it is told the one of now, once.
    expect(lin.requests.map((r) => r.unsent?.count).filter((n) => n !== undefined)).toEqual([0]);
    const asked = lin.requests.length;
    await lin.open.sync.now();
    expect(lin.requests).toHaveLength(asked + 1);
    expect(lin.requests.at(-1)).not.toHaveProperty('unsent');
  });

  test('that was put back behind its own back is noticed by its place in the feed', async () => {
    const { server, lin } = await school();
    const back = server.backup();
    for (let i = 0; i < 3; i++) await lin.does(write, { team: 'red', text: `${i}` });
    await lin.open.sync.now();
    restore(server, back, server.epoch);
    expect(server.log).toHaveLength(0);
    await lin.open.sync.now();
    expect(server.log).toHaveLength(3);
    expect(await lin.shows()).toEqual(server.projection('lin'));
  });

  test('is not taken for one when only a person’s rights have changed', async () => {
    const { server, lin } = await school();
    await lin.does(write, { team: 'red', text: '早' });
    await lin.open.sync.now();
    const asked = lin.requests.length;
    server.person('lin', ['red', 'blue']);
    await lin.open.sync.now();
    expect(lin.requests.slice(asked).flatMap((r) => r.commands)).toEqual([]);
    expect(await lin.states()).toEqual(['accepted']);
  });

  test('that takes something no longer shows it to its author with the reason, and lets the rest pass', async () => {
    const { server, lin, mei } = await school();
    const back = server.backup();
    await lin.does(sit, { team: 'red' });
    await lin.does(write, { team: 'red', text: '后来' });
    await lin.open.sync.now();
    restore(server, back);
    // Others were faster this time.
    await mei.open.sync.now();
    for (let i = 0; i < 2; i++) await mei.does(sit, { team: 'red' });
    await mei.open.sync.now();
    await lin.open.sync.now();
    expect(await lin.open.db.outbox.orderBy('seq').toArray()).toMatchObject([
      { state: 'refused', code: 'notes.noChair', again: true, closed: null },
      { state: 'accepted', again: false },
    ]);
    expect(await lin.shows()).toEqual(server.projection('lin'));
  });

  test('is not offered what is older than thirty days, nor what was refused', async () => {
    const { server, lin, mei } = await school();
    for (let i = 0; i < 2; i++) await mei.does(sit, { team: 'red' });
    await lin.does(write, { team: 'red', text: '旧' });
    await lin.open.sync.now();
    lin.clock.passes(31 * DAY);
    await lin.does(sit, { team: 'red' });
    await lin.does(write, { team: 'red', text: '新' });
    await mei.open.sync.now();
    await lin.open.sync.now();
    const asked = lin.requests.length;
    server.epoch = 'e2';
    await lin.open.sync.now();
    const offered = lin.requests.slice(asked).flatMap((r) => r.commands.map((c) => c.seq));
    expect(offered).toEqual([3]);
  });

  test('has its own word in the delivery line', () => {
    const facts = { waiting: 0, attention: 0, online: true, phase: 'ok' as const, fetched: true };
    expect(deliveryWords({ ...facts, rechecking: 12 })).toEqual({
      words: '学校服务器恢复过备份，正在核对 12 条',
      tone: 'waiting',
    });
  });
});

/** Two phones at work, a backup somewhere, a restore somewhere after it; what is wrong when all have met the new history. */
async function restoredOnce(dice: Dice, seams: Seams = {}): Promise<string[]> {
  const { server, lin, mei } = await school(seams);
  server.page = 1 + dice.below(6);
  const phones = [lin, mei];
  let back = server.backup();
  const steps = 8 + dice.below(20);
  const backupAt = dice.below(steps);
  const notes: string[] = [];
  for (let n = 0; n < steps; n++) {
    server.now += 60_000;
    if (n === backupAt) back = server.backup();
    const phone = dice.one(phones);
    const what = dice.below(10);
    if (what < 4) {
      const act = await phone.does(write, { team: 'red', text: `${n}` });
      if (!isRefusal(act)) notes.push(act.id);
    } else if (what < 5) await phone.does(sit, { team: 'red' });
    else if (what < 7 && notes.length > 0) await phone.does(edit, { note: dice.one(notes), text: `改 ${n}` });
    else {
      if (dice.chance(0.2)) phone.weather = 'ackLost';
      await phone.open.sync.now();
    }
    if (dice.chance(0.05)) await phone.crashes();
  }
  restore(server, back);
  const wrong: string[] = [];
  for (let round = 0; round < 3; round++)
    for (const phone of dice.chance(0.5) ? phones : [...phones].reverse()) await phone.open.sync.now();
  for (const phone of phones) {
    const entries = await phone.open.db.outbox.toArray();
    for (const id of phone.kept)
      if (!entries.some((e) => e.id === id)) wrong.push(`${phone.person}: ${id} was called kept and is gone`);
    for (const e of entries) {
      // What had been refused before stays refused: its author was told so.
      if (e.state === 'refused' && !e.again) continue;
      const there = server.applied(e.id)?.outcome ?? 'unknown';
      if (e.state !== there) wrong.push(`${phone.person}: ${e.name} is ${e.state} here and ${there} there`);
      if (e.again && e.state !== 'refused')
        wrong.push(`${phone.person}: ${e.name} is still being asked about`);
    }
    const [here, there] = [await phone.shows(), server.projection(phone.person)];
    if (JSON.stringify([...here].sort()) !== JSON.stringify([...there].sort()))
      wrong.push(`${phone.person} sees something else than the server`);
    await phone.open.sync.stop();
    phone.open.db.end();
  }
  return wrong;
}

describe('wherever the backup lies', () => {
  test(`nothing that a phone still holds is lost (S13, ${COUNT} runs)`, { timeout: 600_000 }, async () => {
    expect(await firstWrong(COUNT, restoredOnce)).toBeNull();
  });

  test('the suite objects when the new history is not noticed', { timeout: 300_000 }, async () => {
    const blind: Seams = {
      apply: (db, registry, session, exchange) =>
        applyAnswer(db, registry, session, {
          ...exchange,
          answer: { ...exchange.answer, epoch: 'e1' } as SyncResponse,
        }),
    };
    expect(await firstWrong(100, (dice) => restoredOnce(dice, blind))).not.toBeNull();
  });
});

import { afterEach, describe, expect, test } from 'vitest';
import { isRefusal } from '@kernel/shared/refusal';
import type { Imported } from '@kernel/client/outbox-file';
import { exportQueue, exportUnkept, importQueue } from '@kernel/client/outbox-file';
import { importWords } from '@kernel/client/ui/import-words';
import { Dice, SEED, runs } from './dice';
import { FakeServer } from './fake-server';
import { sit, write } from './notes-registry';
import { Phone } from './phone';
import { faults, mended } from './storage-faults';

afterEach(mended);

async function school() {
  const server = new FakeServer();
  server.person('lin', ['red']);
  server.person('mei', ['red']);
  const phone = async (who: string): Promise<Phone> => {
    const p = await new Phone(server, who, { patienceMs: 300 }).starts();
    await p.open.sync.now();
    return p;
  };
  return { server, phone, lin: await phone('lin') };
}

/** A queue with one entry of each state. */
async function everyState() {
  const { server, phone, lin } = await school();
  const mei = await phone('mei');
  for (let i = 0; i < 2; i++) await mei.does(sit, { team: 'red' });
  const refused = await lin.does(sit, { team: 'red' });
  const stuck = await lin.does(write, { team: 'red', text: '卡住' });
  if (isRefusal(refused) || isRefusal(stuck)) throw new Error('not kept');
  server.defects.add(stuck.id);
  await lin.does(write, { team: 'red', text: '送达' });
  await mei.open.sync.now();
  await lin.open.sync.now();
  await lin.does(write, { team: 'red', text: '发出' });
  lin.weather = 'ackLost';
  await lin.open.sync.now();
  await lin.does(write, { team: 'red', text: '等着' });
  expect(await lin.states()).toEqual(['refused', 'stuck', 'accepted', 'sent', 'waiting']);
  return { server, phone, lin };
}

const read = (added: number, known: number, damaged = 0): Partial<Imported> => ({
  ...{ kind: 'read', added, known, damaged },
});

describe('a queue as a file', () => {
  test('carries everything that exists only here, in its state, and is done once', async () => {
    const { server, phone, lin } = await everyState();
    faults.strike = ({ what }) => (what === 'transaction' ? 'UnknownError' : null);
    await lin.does(write, { team: 'red', text: '没存下' });
    mended();
    const file = await exportQueue(lin.open, server.now);

    const spare = await phone('lin');
    expect(await importQueue(spare.open, server.now, file)).toMatchObject(read(5, 0));
    const [refused] = await spare.open.db.outbox.toArray();
    expect(refused).toMatchObject({
      code: 'notes.noChair',
      details: { team: 'red' },
      closed: null,
    });
    await spare.open.sync.now();
    await spare.open.sync.now();
    expect(await spare.states()).toEqual(['refused', 'stuck', 'accepted', 'accepted', 'accepted']);
    // The first phone comes back too.
    await lin.open.outbox.keepAgain(lin.open.outbox.unkept.list[0]!.id);
    await lin.open.sync.now();
    expect(server.log.map((l) => l.id)).toHaveLength(new Set(server.log.map((l) => l.id)).size);
    expect(server.log.filter((l) => l.result.outcome === 'accepted')).toHaveLength(2 + 4);
    expect(await spare.shows()).toEqual(server.projection('lin'));
  });

  test('read twice, or on the phone it came from, adds nothing', async () => {
    const { server, phone, lin } = await everyState();
    const file = await exportQueue(lin.open, server.now);
    expect(await importQueue(lin.open, server.now, file)).toMatchObject(read(0, 4));
    const spare = await phone('lin');
    expect(await importQueue(spare.open, server.now, file)).toMatchObject(read(4, 0));
    expect(await importQueue(spare.open, server.now, file)).toMatchObject(read(0, 4));
  });

  test('of a phone whose storage is out of order is never called whole, and gives what is in memory', async () => {
    const { server, phone, lin } = await school();
    await lin.does(write, { team: 'red', text: '存下了' });
    faults.strike = ({ what }) => (what === 'transaction' ? 'UnknownError' : null);
    await lin.does(write, { team: 'red', text: '没存下' });
    await expect(exportQueue(lin.open, server.now)).rejects.toThrow();
    const file = exportUnkept(lin.open, server.now);
    mended();
    const spare = await phone('lin');
    expect(await importQueue(spare.open, server.now, file)).toMatchObject(read(1, 0));
    expect(await importQueue(spare.open, server.now, await exportQueue(lin.open, server.now))).toMatchObject(
      read(1, 1),
    );
  });

  test('of somebody else, of another school or of a newer build is left alone, and says whose it is', async () => {
    const { server, phone, lin } = await everyState();
    const text = await (await exportQueue(lin.open, server.now)).text();
    const mei = await phone('mei');
    const said = async (p: Phone, change: (t: string) => string) =>
      importQueue(p.open, server.now, new Blob([change(text)]));
    expect(await said(mei, (t) => t)).toMatchObject({ kind: 'otherPerson', added: 0, owner: '育才中学 lin' });
    expect(await said(lin, (t) => t.replace('"school":"yucai"', '"school":"other"'))).toMatchObject({
      kind: 'otherSchool',
    });
    expect(await said(lin, (t) => t.replace('"version":1', '"version":2'))).toMatchObject({ kind: 'newer' });
    expect(await said(lin, () => '{}')).toMatchObject({ kind: 'unreadable' });
    expect(await said(lin, () => '')).toMatchObject({ kind: 'unreadable' });
    expect(await said(lin, () => '<html>')).toMatchObject({ kind: 'unreadable' });
    expect(await mei.states()).toEqual([]);
  });

  test('that was laid out anew by somebody’s editor is read all the same', async () => {
    const { server, phone, lin } = await everyState();
    const text = await (await exportQueue(lin.open, server.now)).text();
    const spare = await phone('lin');
    const pretty = new Blob([`\ufeff${JSON.stringify(JSON.parse(text), null, 2)}`]);
    expect(await importQueue(spare.open, server.now, pretty)).toMatchObject(read(4, 0));
  });

  test('cut off anywhere gives back what is whole in it', async () => {
    const { server, phone, lin } = await everyState();
    const text = await (await exportQueue(lin.open, server.now)).text();
    const dice = new Dice(SEED);
    for (let n = 0; n < 20; n++) {
      const at = dice.below(text.length);
      const spare = await phone('lin');
      const outcome = await importQueue(spare.open, server.now, new Blob([text.slice(0, at)]));
      const whole = text.slice(0, at).split('\n').length - 2;
      if (outcome.kind === 'unreadable') expect(whole).toBeLessThanOrEqual(0);
      else {
        expect(outcome.added).toBeGreaterThanOrEqual(whole);
        expect(outcome.added + outcome.damaged).toBe(4);
      }
    }
  });

  test('with a flipped letter never passes a changed word for the person’s own', async () => {
    const { server, phone, lin } = await everyState();
    const text = await (await exportQueue(lin.open, server.now)).text();
    const before = new Map((await lin.open.db.outbox.toArray()).map((e) => [e.id, JSON.stringify(e.args)]));
    const dice = new Dice(SEED);
    let damaged = 0;
    for (let n = 0; n < runs('QING_FLIPS', 60); n++) {
      const at = dice.below(text.length);
      const flipped = text.slice(0, at) + String.fromCharCode(33 + dice.below(90)) + text.slice(at + 1);
      const spare = await phone('lin');
      const outcome = await importQueue(spare.open, server.now, new Blob([flipped]));
      damaged += outcome.damaged;
      for (const e of await spare.open.db.outbox.toArray())
        expect(JSON.stringify(e.args)).toBe(before.get(e.id));
    }
    expect(damaged).toBeGreaterThan(0);
  });

  test('that cannot be stored says so and adds nothing', async () => {
    const { server, lin, phone } = await everyState();
    const file = await exportQueue(lin.open, server.now);
    const spare = await phone('lin');
    faults.strike = ({ what, stores }) =>
      what === 'commit' && stores?.includes('outbox') ? 'QuotaExceededError' : null;
    expect(await importQueue(spare.open, server.now, file)).toMatchObject({ kind: 'notKept', added: 0 });
    mended();
    expect(await spare.states()).toEqual([]);
    expect(await importQueue(spare.open, server.now, file)).toMatchObject(read(4, 0));
  });

  test('has words for every outcome', () => {
    const nothing = { added: 0, known: 0, damaged: 0, owner: '育才中学 林老师' };
    for (const kind of ['unreadable', 'newer', 'otherPerson', 'otherSchool', 'notKept'] as const)
      expect(importWords({ kind, ...nothing })).toMatchObject({ kind: 'caution' });
    expect(importWords({ kind: 'read', ...nothing, added: 3, known: 1, damaged: 1 }).words).toBe(
      '读入 3 条，1 条本机已有，1 条已损坏，没有读入',
    );
  });
});

import type { Kysely } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Jobs } from '@kernel/server/jobs';
import { readAnchors } from '@kernel/server/proof/anchors';
import type { VerifiedSchool, VerifyOptions } from '@kernel/server/proof/verify';
import { verifyDatabase } from '@kernel/server/proof/verify';
import type { Tables } from '@kernel/server/store/tables';
import { entryHash } from '@kernel/server/proof/chain';
import { deriveKey } from '@kernel/server/proof/school-key';
import { logOf } from '@kernel/server/proof/read-log';
import { readSigned, withSignature } from '@kernel/shared/receipt';
import { dialects } from '../support/databases';
import { anEnvelope, aSync, HEADERS, httpWorld, type HttpWorld } from '../support/http-world';
import { tinyRegistry } from '../support/tiny-registry';

const DAYS = ['2026-11-23', '2026-11-24', '2026-11-25'];

describe.each(dialects)('verify on %s', (dialect) => {
  let world: HttpWorld;
  let ledgers: string[];
  let receipt: string;
  /** The database as the present test sees it: what it does there is undone. */
  let trx: Kysely<Tables>;
  const db = () => trx;
  beforeAll(async () => {
    ({ ledgers, receipt } = await lived());
    trx = world.db.store.db;
  });
  afterAll(() => world.close());

  /** A test whose damage is rolled back. */
  const undone = (work: () => Promise<void>) => async () => {
    const enough = new Error('enough');
    const run = world.db.store.db.transaction().execute(async (inside) => {
      trx = inside;
      await work();
      throw enough;
    });
    await run.catch((error: unknown) => {
      if (error !== enough) throw error;
    });
  };

  /** Two schools, three days of a few commands each, the jobs at work. Answers what was given out on the way. */
  async function lived(): Promise<{ ledgers: string[]; receipt: string }> {
    world = await httpWorld(dialect, tinyRegistry);
    const jobs = new Jobs(world.kernel, []);
    let receipt = '';
    for (const id of ['one', 'two'])
      await world.kernel.createSchool({ id, name: `${id} 中学`, zone: 'Asia/Shanghai', example: false });
    const account = {
      school: 'one',
      person: 'lin',
      account: 'lin.one',
      password: 'correct horse',
      name: '林',
    };
    await world.kernel.system('one', {
      key: 'lin',
      name: 'tiny.v1.grant',
      args: { person: 'lin', rooms: ['a'], reader: true },
    });
    await world.kernel.auth.createAccount(account);
    const cookie = await world.signIn('lin.one', 'correct horse');
    for (const day of DAYS) {
      world.clock.at(day, '07:30');
      await jobs.runOnce();
      await jobs.runOnce();
      world.clock.passes(30);
      for (const school of ['one', 'two'])
        for (let i = 0; i < 4; i += 1)
          await world.kernel.system(school, {
            key: `${day} ${i}`,
            name: 'tiny.v1.grant',
            args: { person: `p${i}`, rooms: [day], reader: true },
          });
      const commands = [anEnvelope(world.clock.now(), 'tiny.v1.place', { shelf: day })];
      const payload = aSync({ person: 'lin', commands });
      const headers = { ...HEADERS, cookie };
      receipt = (await world.http.inject({ method: 'POST', url: '/api/sync', headers, payload })).json()
        .receipt;
    }
    const heads = await world.kernel.proof.heads('one');
    expect(heads.map((h) => h.day)).toEqual([...DAYS].reverse());
    return { ledgers: heads.map((h) => h.text), receipt };
  }
  const verified = async (options: VerifyOptions = {}): Promise<VerifiedSchool[]> => {
    const out: VerifiedSchool[] = [];
    for await (const school of verifyDatabase(trx, options)) out.push(school);
    return out;
  };
  const brokenOne = async (options: VerifyOptions = {}) =>
    (await verified({ ...options, school: 'one' }))[0]?.broken ?? null;

  /** The whole chain of a school made to fit again from an entry on, the counter too: what somebody with the database can do. */
  async function remake(from: number): Promise<void> {
    const read = logOf(db(), 'one');
    let head = from === 1 ? '' : (await read(from - 2, 1))[0]!.hash;
    let last = from - 1;
    for (const e of await read(from - 1, 1_000)) {
      head = entryHash(head, 'one', e);
      last = e.log;
      await db()
        .updateTable('command')
        .set({ hash: head })
        .where('school', '=', 'one')
        .where('id', '=', e.id)
        .execute();
    }
    await db().updateTable('school').set({ log: last, head }).where('id', '=', 'one').execute();
  }

  test('untouched logs hold, with the daily heads and everything that was given out; a server may go on writing', async () => {
    const anchors = readAnchors([...ledgers, receipt].join('\n'));
    expect(anchors).toMatchObject({
      forged: 0,
      schools: ['one'],
      heads: { length: 4 },
      entries: { length: 1 },
    });
    const both = await verified({ anchors, records: true });
    expect(both.map((s) => [s.id, s.broken, s.forgedHeads, s.badRecords, s.dailyHeads, s.anchors])).toEqual([
      ['one', null, [], [], 3, 5],
      ['two', null, [], [], 2, 0],
    ]);
    expect(both[0]!.entries).toBe(16);
    expect(both[0]!.foreignKeys).toEqual([]);
    // A text that is well signed, by somebody else: whose key that is must be said.
    const other = deriveKey('ab'.repeat(32), 'one', 1);
    const { text, key } = readSigned(ledgers[0]!)!;
    const theirs = text.replace(key, other.key);
    const foreign = readAnchors(withSignature(theirs, await other.sign(theirs)));
    expect((await verified({ anchors: foreign, school: 'one' }))[0]!.foreignKeys).toEqual([other.key]);
  });

  test('a head typed from paper is enough where only one school can be meant', async () => {
    const { head } = readSigned(ledgers[0]!)!;
    const typed = `head ${head.log} ${head.hash.toUpperCase().replace(/(.{8})/g, '$1 ')}`;
    expect(await brokenOne({ anchors: readAnchors(typed) })).toBeNull();
    const wrong = readAnchors(`head ${head.log} ${head.hash.replace(/^./, (c) => (c === '0' ? '1' : '0'))}`);
    expect(await brokenOne({ anchors: wrong })).toMatchObject({
      log: head.log,
      what: 'anchor',
      source: 'paper',
    });
  });

  const change = (log: number) =>
    db().updateTable('command').where('school', '=', 'one').where('log', '=', log);

  test.each<[string, string, () => Promise<unknown>]>([
    ['a changed argument', 'said', () => change(7).set({ args: '{}' }).execute()],
    ['a changed author', 'said', () => change(7).set({ actor: 'mei' }).execute()],
    ['a changed time', 'hash', () => change(7).set({ received: 1 }).execute()],
    ['a changed claim', 'hash', () => change(7).set({ at: 1 }).execute()],
    ['changed evidence', 'hash', () => change(7).set({ evidence: '1' }).execute()],
    ['a changed outcome', 'hash', () => change(7).set({ outcome: 'refused' }).execute()],
    [
      'a deleted entry',
      'number',
      () => db().deleteFrom('command').where('school', '=', 'one').where('log', '=', 7).execute(),
    ],
    [
      'a counter set back',
      'tail',
      () => db().updateTable('school').set({ log: 15 }).where('id', '=', 'one').execute(),
    ],
    [
      'an entry behind the end',
      'tail',
      async () => {
        const [last] = await logOf(db(), 'one')(15, 1);
        const { deviceSeq, ...row } = last!;
        const id = '00000000-0000-7000-8000-00000000beef';
        await db()
          .insertInto('command')
          .values({ ...row, id, log: 17, device_seq: deviceSeq, school: 'one' })
          .execute();
      },
    ],
  ])('%s is found', (_, what, tamper) =>
    undone(async () => {
      await tamper();
      expect((await brokenOne())?.what).toBe(what);
      expect((await verified())[1], 'the other school is not touched by it').toMatchObject({
        id: 'two',
        broken: null,
      });
    })(),
  );

  test(
    'a log that was cut or made anew is found by a daily head, and when those are gone by what was kept outside',
    undone(async () => {
      const outside = readAnchors(ledgers[0]!);
      await db().deleteFrom('command').where('school', '=', 'one').where('log', '>', 2).execute();
      await remake(1);
      expect(await brokenOne()).toMatchObject({ what: 'anchor', source: 'daily head of 2026-11-24' });
      await db().deleteFrom('chain_head').where('school', '=', 'one').where('log', '>', 2).execute();
      expect(await brokenOne(), 'the control: nobody outside has anything').toBeNull();
      expect(await brokenOne({ anchors: outside })).toMatchObject({
        what: 'anchor',
        source: 'ledger of 2026-11-25',
      });
      expect(await brokenOne({ anchors: readAnchors(receipt) })).toMatchObject({
        what: 'anchor',
        source: 'receipt',
      });
    }),
  );

  test(
    'a whole forged history is found by one receipt',
    undone(async () => {
      const signed = readSigned(receipt)!;
      await change(3).set({ outcome: 'refused', code: 'tiny.full' }).execute();
      await remake(1);
      await db().deleteFrom('chain_head').execute();
      expect(await brokenOne(), 'the control').toBeNull();
      expect(await brokenOne({ anchors: readAnchors(JSON.stringify({ text: receipt })) })).toMatchObject({
        log: signed.head.log,
        what: 'anchor',
      });
    }),
  );

  test(
    'a daily head the school never signed, and an anchor with a wrong signature, are told and not used',
    undone(async () => {
      const forged = withSignature(
        readSigned(ledgers[0]!)!.text.replace(/head \d+/, 'head 1'),
        'A'.repeat(86),
      );
      await db()
        .updateTable('chain_head')
        .set({ text: forged })
        .where('school', '=', 'one')
        .where('day', '=', DAYS[2]!)
        .execute();
      const [one] = await verified({ school: 'one' });
      expect(one).toMatchObject({ broken: null, forgedHeads: [DAYS[2]], dailyHeads: 2 });
      expect(readAnchors(forged)).toMatchObject({ forged: 1, heads: [] });
    }),
  );

  test(
    'a record that cannot be read is named when asked for',
    undone(async () => {
      await db()
        .updateTable('record')
        .set({ body: '{"room":' })
        .where('school', '=', 'one')
        .where('id', '=', DAYS[0]!)
        .execute();
      expect((await verified({ school: 'one' }))[0]!.badRecords).toEqual([]);
      expect((await verified({ school: 'one', records: true }))[0]!.badRecords).toEqual([
        `tiny.shelf/${DAYS[0]}`,
      ]);
    }),
  );

  test('nothing new makes no new head; the day’s head is written once', async () => {
    const jobs = new Jobs(world.kernel, []);
    world.clock.at('2026-11-26', '00:00');
    await jobs.runOnce();
    expect((await world.kernel.proof.heads('one')).map((h) => h.day)).toEqual([
      '2026-11-26',
      ...[...DAYS].reverse(),
    ]);
    world.clock.at('2026-11-27', '00:00');
    await jobs.runOnce();
    expect((await world.kernel.proof.heads('one'))[0]!.day).toBe('2026-11-26');
  });
});

test('an anchor file may hold anything: what is none of ours is no anchor', () => {
  const nothing = readAnchors('轻台账\nhead 12 zz\n\nsignature abc');
  expect(nothing).toEqual({ heads: [], entries: [], schools: [], keys: [], forged: 0 });
});

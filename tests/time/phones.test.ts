import { afterEach, describe, expect, test } from 'vitest';
import type { OutboxEntry } from '@kernel/client/person-db';
import { receiptOf } from '@kernel/client/receipts';
import { saidOf } from '@kernel/client/receipt-file';
import { checkReceipt } from '@kernel/client/check-receipt';
import { isRefusal } from '@kernel/shared/refusal';
import { DAY_MS, HOUR, MINUTE, instantOf } from '@kernel/shared/time';
import { assign, classDayRecord, itemRecord, sign } from '@modules/homework';
import { actTimeWords } from '@modules/homework/client/item/act-time';
import { C1, C2 } from '../support/small-school';
import type { Phone } from '../support/world';
import { World } from '../support/world';
import { PhoneClock } from './phone-clock';

const MONDAY = '2026-11-23';
const ZONE = 'Asia/Shanghai';
const at = (clock: string): number => instantOf(MONDAY, clock, ZONE);
const math = {
  classes: [C1, C2],
  subject: 'math',
  date: MONDAY,
  form: 'written' as const,
  tiers: [{ tier: 'A' as const, content: '第 3 课', minutes: 10 }],
  copiedFrom: null,
};

/** The real engine on the real server; only the phones' clocks are wrong. */
describe('phones whose clocks are wrong', () => {
  // What time means does not depend on the database; that both keep the evidence is seen in tests/proof.
  const dialect = 'sqlite';
  let world: World;
  afterEach(() => world.ends());
  const truth = () => ({
    get now() {
      return world.clock.now();
    },
  });
  const phoneOf = async (
    who: 'lin' | 'zhao' | 'song' | 'qin',
    skew = 0,
  ): Promise<{ phone: Phone; clock: PhoneClock }> => {
    const clock = new PhoneClock(truth(), skew);
    return { phone: await world.phone(who, clock), clock };
  };

  test.each([
    ['three days ahead', 3 * DAY_MS],
    ['three days behind', -3 * DAY_MS],
    ['a year ahead', 365 * DAY_MS],
    ['an hour behind', -HOUR],
    ['in 1970, before the epoch', -instantOf(MONDAY, '07:05', ZONE) - 8 * HOUR],
  ])('%s: a morning online, offline and over the deadline is what it would have been', async (_, skew) => {
    world = await World.begins(dialect, MONDAY, '07:05');
    const lin = await phoneOf('lin', skew);
    const signers = await Promise.all((['zhao', 'song', 'qin'] as const).map((who) => phoneOf(who, skew)));
    world.clock.at(MONDAY, '07:50');
    lin.phone.goesOffline();
    const id = await lin.phone.keeps(assign, math);
    expect(await lin.phone.sees(itemRecord, id)).toMatchObject({ date: MONDAY, flags: [] });
    world.clock.at(MONDAY, '08:30');
    await lin.phone.comesBack();
    for (const [step, { phone }] of signers.entries()) {
      world.clock.passes(5);
      await phone.syncs();
      await phone.keeps(sign, { step, items: [{ id, round: 1 }] });
    }
    await world.itIs(MONDAY, '09:00');
    await lin.phone.syncs();
    const item = (await lin.phone.sees(itemRecord, id))!;
    expect(item.state).toBe('published');
    expect(item.acts[0]).toMatchObject({
      at: at('07:50'),
      received: at('08:30'),
      basis: 'anchored',
      claimed: at('07:50') + skew,
    });
    expect(actTimeWords(item.acts[0]!, ZONE)).toMatch(
      /^11月23日 周一 07:50，依据服务器对时 · 08:30 送达 · 手机时间 .+，未核实$/,
    );
    expect((await lin.phone.entry(id)).state).toBe('accepted');
    const day = (await lin.phone.sees(classDayRecord, `${C1}|${MONDAY}`))!;
    expect(day.entries[0]).toMatchObject({ publishedAt: at('09:00'), late: null });
    expect(world.errors).toEqual([]);
  });

  test('set back before the act and right again when it is sent: the phone refuses nothing, the server is not fooled', async () => {
    world = await World.begins(dialect, MONDAY, '07:05');
    const { phone, clock } = await phoneOf('lin');
    phone.goesOffline();
    world.clock.at(MONDAY, '09:40');
    clock.skew = -3 * DAY_MS;
    const id = await phone.keeps(assign, math);
    // The page has been open since: the phone itself knows better than its clock.
    expect(await phone.sees(itemRecord, id)).toMatchObject({ flags: ['late'], acts: [{ at: at('09:40') }] });
    clock.skew = 0;
    await phone.comesBack();
    const item = (await phone.sees(itemRecord, id))!;
    expect(item.flags).toEqual(['late']);
    expect(item.acts[0]).toMatchObject({ at: at('09:40'), claimed: at('09:40') - 3 * DAY_MS });
  });

  test('set a year ahead while offline: today’s homework is still kept and accepted', async () => {
    world = await World.begins(dialect, MONDAY, '07:05');
    const { phone, clock } = await phoneOf('lin');
    phone.goesOffline();
    world.clock.at(MONDAY, '07:40');
    clock.skew = 365 * DAY_MS;
    const outcome = await phone.does(assign, math);
    expect(isRefusal(outcome)).toBe(false);
    await phone.comesBack();
    expect((await phone.attention()).map((e: OutboxEntry) => e.code)).toEqual([]);
    expect((await phone.lists(itemRecord))[0]!.body.acts[0]).toMatchObject({
      at: at('07:40'),
      claimed: at('07:40') + 365 * DAY_MS,
    });
  });

  test('asleep from seven to eight: the act counts from when it can have been, and nobody is late', async () => {
    world = await World.begins(dialect, MONDAY, '07:05');
    const { phone, clock } = await phoneOf('lin');
    phone.goesOffline();
    clock.sleeps(50 * MINUTE);
    world.clock.at(MONDAY, '08:05');
    const id = await phone.keeps(assign, math);
    await phone.comesBack();
    expect((await phone.sees(itemRecord, id))!.acts[0]).toMatchObject({
      at: at('07:15'),
      received: at('08:05'),
      basis: 'anchored',
    });
  });

  test('every act that was delivered has its receipt on the phone, and it holds without the server', async () => {
    world = await World.begins(dialect, MONDAY, '07:05');
    const { phone } = await phoneOf('lin', -DAY_MS);
    const id = await phone.keeps(assign, math);
    phone.goesOffline();
    const refused = await phone.does(assign, { ...math, form: 'oral', classes: [C1] });
    expect(refused).toMatchObject({ code: 'homework.alreadyAssigned' });
    const entry = await phone.entry(id);
    const kept = (await receiptOf(phone.db, entry))!;
    const command = { id, said: saidOf('lin', entry) };
    expect(await checkReceipt(kept.text, kept.keys, command)).toBe('holds');
    expect(await checkReceipt(kept.text, kept.keys, { id, said: saidOf('mei', entry) })).toBe('broken');
    expect(await checkReceipt(kept.text.replace(' accepted ', ' refused '), kept.keys, command)).toBe(
      'broken',
    );
    expect(await checkReceipt(kept.text, [], command), 'a key this phone never met').toBe('broken');
    const [first] = kept.keys;
    expect(await checkReceipt(kept.text, [{ key: 'x', since: 0 }, first!], command)).toBe('newKey');
  });
});

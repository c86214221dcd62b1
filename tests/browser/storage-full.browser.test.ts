import { afterAll, beforeAll, expect, test } from 'vitest';
import { dice, seedOf, times } from '../ops/support/counts';
import { FIELD, SLOTS, acceptedOf, formOf, outboxOf, type Slot } from './support/kept-phone';
import type { Phone } from './support/phone';
import { SmallSchool } from './support/small-school-site';
import { until } from './support/until';

/** Nothing the phone's storage was asked is pending for longer (reliability.md B2), with a second for a busy machine. */
const PATIENCE_MS = 5_000 + 1_000;
const RESERVE = 1_048_576;
const SUBJECT = { lin: 'math', mei: 'chinese', gao: 'english', bai: 'history' } as const;
type Teacher = keyof typeof SUBJECT;

let school: SmallSchool;
beforeAll(async () => {
  school = await SmallSchool.opens('2026-11-23', '16:30');
});
afterAll(() => school?.closes());

/** All this site may use on the phone, set before it uses anything: Chromium remembers for half a minute how much was free. */
const QUOTA = 6_000_000;

async function phoneOf(who: Teacher): Promise<Phone> {
  const phone = await school.newPhone(who, {}, async ({ context, page }) => {
    const line = await context.newCDPSession(page);
    await line.send('Storage.overrideQuotaForOrigin', { origin: school.site.url, quotaSize: QUOTA });
  });
  await phone.isKept();
  // The app takes its reserve four seconds after it was opened.
  await until(() => reserve(phone, 'look'), RESERVE);
  return phone;
}

/** Looks at the reserve, or makes it be there or not, past the app. @returns its size, bytes */
const reserve = (phone: Phone, what: 'look' | 'put' | 'drop'): Promise<number> =>
  phone.page.evaluate(
    async ([act, size]) => {
      const names = (await indexedDB.databases()).map((d) => d.name!);
      const name = names.find((n) => n.startsWith('qing-') && n !== 'qing-device')!;
      const of = <T>(asked: IDBRequest<T>): Promise<T> =>
        new Promise((done, no) => {
          asked.onsuccess = () => done(asked.result);
          asked.onerror = () => no(asked.error!);
        });
      const db = await of(indexedDB.open(name));
      const rows = db.transaction('meta', 'readwrite').objectStore('meta');
      const value = new Uint8Array(size);
      for (let i = 0; i < size; i += 65_536) crypto.getRandomValues(value.subarray(i, i + 65_536));
      if (act === 'drop') await of(rows.delete('reserve'));
      if (act === 'put') await of(rows.put({ key: 'reserve', value }));
      const row = (await of(rows.get('reserve'))) as { value: Uint8Array } | undefined;
      db.close();
      return row?.value.byteLength ?? 0;
    },
    [what, RESERVE] as const,
  );

/** Takes all that is left, to the last kilobyte, and gives `room` bytes of it back; -1 gives back everything. */
const fills = (phone: Phone, room: number): Promise<void> =>
  phone.page.evaluate(async (free) => {
    const of = <T>(asked: IDBRequest<T>): Promise<T> =>
      new Promise((done, no) => {
        asked.onsuccess = () => done(asked.result);
        asked.onerror = () => no(asked.error!);
      });
    const asked = indexedDB.open('photos', 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore('photos');
    const db = await of(asked);
    const change = (work: (rows: IDBObjectStore) => void): Promise<boolean> =>
      new Promise((done) => {
        const tx = db.transaction('photos', 'readwrite', { durability: 'strict' });
        tx.oncomplete = () => done(true);
        tx.onabort = () => done(false);
        work(tx.objectStore('photos'));
      });
    let key = 0;
    const sizes: number[] = [];
    await change((rows) => rows.clear());
    for (const size of free < 0 ? [] : [500_000, 60_000, 15_000, 4_000, 1_000]) {
      const photo = new Uint8Array(size);
      for (let i = 0; i < size; i += 65_536) crypto.getRandomValues(photo.subarray(i, i + 65_536));
      while (await change((rows) => rows.put(photo, key))) sizes[key++] = size;
    }
    // The last ones are the smallest.
    for (let left = free; key > 0 && left > 0; left -= sizes[key]!) {
      key -= 1;
      await change((rows) => rows.delete(key));
    }
    db.close();
  }, room);

interface Try {
  readonly slot: Slot;
  readonly words: string;
  /** Bytes that are free, and whether there is a reserve. */
  readonly room: number;
  readonly reserved: boolean;
}

/** Writes and taps on a phone that is as full as that. @returns whether it was kept at the first tap */
async function acts(phone: Phone, who: Teacher, { slot, words, room, reserved }: Try): Promise<boolean> {
  const { page } = phone;
  await fills(phone, -1);
  await phone.opens(formOf(slot, SUBJECT[who]));
  await page.getByLabel(FIELD).fill(words);
  await reserve(phone, reserved ? 'put' : 'drop');
  await fills(phone, room);

  const kept = phone.text('已存本机：布置');
  const refused = page.locator('main').getByText('还没有存下').first();
  const began = performance.now();
  await phone.button('布置').tap();
  await kept.or(refused).first().waitFor();
  expect(performance.now() - began, 'said in time').toBeLessThan(PATIENCE_MS);
  const said = await kept.isVisible();
  const all = await outboxOf(page);
  const there = async (): Promise<number> => (await outboxOf(page)).filter((e) => e.words === words).length;
  const queue = `among ${all.map((e) => `${e.words.slice(0, 8)}… ${e.words.length} ${e.state}`).join(', ')}`;
  const whether = `${words.slice(0, 8)}… ${words.length}, said ${said ? '' : 'not '}to be kept, ${queue}`;
  expect(all.filter((e) => e.words === words).length, whether).toBe(said ? 1 : 0);
  if (said) return true;

  // Refused: the words stand where they were written, and one tap keeps them when there is room again.
  expect(await page.getByLabel(FIELD).inputValue(), 'the words on the screen').toBe(words);
  await phone.delivery.filter({ hasText: '1 条还没存下，请先别关闭' }).waitFor();
  await fills(phone, -1);
  await phone.button('布置').tap();
  await kept.waitFor();
  expect(await there()).toBe(1);
  return false;
}

test('a full phone keeps a text or says at once that it has not, and the words stay (B2)', async () => {
  const [count, seed] = [times('B2', 20, 200), seedOf('B2')];
  const chance = dice(seed);
  const rooms = [0, 0, 0, 1_000, 4_000, 16_000, 60_000];
  const tally = { reserve: 0, room: 0, refused: 0 };
  let left = count;
  for (const who of Object.keys(SUBJECT) as Teacher[]) {
    if (left <= 0) break;
    const phone = await phoneOf(who);
    const said: string[] = [];
    for (const slot of SLOTS.slice(0, left)) {
      // The first two are the plain cases: full without a reserve (also the control of what the reserve does), and full with one.
      const plain = said.length < 2;
      const room = plain ? 0 : rooms[chance.below(rooms.length)]!;
      const reserved = plain ? said.length === 1 : chance.chance(0.5);
      const words = `${who} ${said.length} ${'字'.repeat(1 + chance.below(1_900))}`;
      said.push(words);
      const kept = await acts(phone, who, { slot, words, room, reserved });
      if (reserved) expect(kept, `the reserve, with ${room} bytes more`).toBe(true);
      tally[kept ? (reserved ? 'reserve' : 'room') : 'refused'] += 1;
    }
    left -= said.length;
    await fills(phone, -1);
    await phone.opens('/');
    await phone.delivered();
    expect((await acceptedOf(school.site.served.kernel, who)).sort()).toEqual(said.sort());
  }
  expect(left).toBeLessThanOrEqual(0);
  process.stdout.write(`B2: ${count} saves ${JSON.stringify(tally)}\n`);
  expect(tally.refused, 'no phone was full').toBeGreaterThan(0);
  expect(tally.reserve, 'no reserve was needed').toBeGreaterThan(0);
}, 3_600_000);

import { afterEach, describe, expect, test } from 'vitest';
import { sql } from 'kysely';
import { dialects } from '../support/databases';
import { dumped } from './support/dumped';
import type { Place } from './support/places';
import { freshPlace } from './support/places';
import { liveALittle } from './support/fixture';

const places: Place[] = [];
afterEach(async () => {
  for (const place of places.splice(0)) await place.drop();
});
const fresh = async (dialect: (typeof dialects)[number]): Promise<Place> => {
  const made = await freshPlace(dialect);
  places.push(made);
  return made;
};

/** Names as people have them, with what a language's own order would move: case, accents, full width, rare characters. */
const NAMES = [
  '赵',
  '钱',
  '孙',
  '李',
  '周',
  '阿',
  '𠮷',
  'a',
  'B',
  'é',
  'Ｚ',
  '1',
  '10',
  '2',
  '_',
  '~',
  '一',
  '龥',
  '',
];

describe('both databases (D10)', () => {
  test.each(dialects)('%s sorts and compares Chinese names by their bytes', async (dialect) => {
    const place = await fresh(dialect);
    const store = await place.open();
    for (const [i, name] of NAMES.entries())
      await store.createSchool({ id: `n-${name}`, name, zone: 'Asia/Shanghai', example: false }, i);
    const rows = await store.db.selectFrom('school').select('name').orderBy('name').execute();
    const byBytes = [...NAMES].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    expect(rows.map((r) => r.name)).toEqual(byBytes);
    const below = await store.db.selectFrom('school').select('name').where('name', '<', '李').execute();
    expect(below.map((r) => r.name).sort()).toEqual(
      NAMES.filter((n) => Buffer.compare(Buffer.from(n), Buffer.from('李')) < 0).sort(),
    );
    expect(await store.db.selectFrom('school').select('id').where('id', '=', 'N-A').execute()).toEqual([]);
  });

  test.each(dialects)('%s keeps numbers, times and texts to the last digit', async (dialect) => {
    const place = await fresh(dialect);
    const store = await place.open();
    const cells: [string, number][] = [
      ['最大', Number.MAX_SAFE_INTEGER],
      ['负数', -62_135_596_800_000],
      ['零', 0],
      ['\u{1F9F9}扫除\t“引号”\\反斜杠\n换行', 1_795_391_100_123],
    ];
    for (const [id, at] of cells)
      await store.createSchool({ id, name: id, zone: 'Asia/Urumqi', example: true }, at);
    const rows = await store.db.selectFrom('school').select(['id', 'created_at', 'example']).execute();
    expect(new Map(rows.map((r) => [r.id, r.created_at]))).toEqual(new Map(cells));
    expect(rows.map((r) => r.example)).toEqual(cells.map(() => 1));
  });

  test('hold the same rows after the same story, sessions and their times included', async () => {
    const all = [];
    for (const dialect of dialects) {
      const place = await fresh(dialect);
      const from = Date.now();
      await liveALittle(place);
      const tables = await dumped(place);
      const [session] = tables.session!.map((r) => JSON.parse(r) as { expiresAt: string });
      // A session ends 90 days on, whatever a database calls a time.
      const days = (Date.parse(session!.expiresAt) - from) / 86_400_000;
      expect(days).toBeGreaterThan(89.99);
      expect(days).toBeLessThan(90.01);
      all.push(Object.fromEntries(Object.entries(tables).map(([name, rows]) => [name, rows.map(unmade)])));
    }
    for (const tables of all) expect(tables).toEqual(all[0]);
  });

  test.each(dialects)(
    '%s refuses a second row under one key with an error that names it',
    async (dialect) => {
      const place = await fresh(dialect);
      const store = await place.open();
      const row = { id: 'one', name: '一中', zone: 'Asia/Shanghai', example: false };
      await store.createSchool(row, 1);
      await expect(store.createSchool(row, 2)).rejects.toMatchObject({
        code: dialect === 'sqlite' ? 'SQLITE_CONSTRAINT_PRIMARYKEY' : '23505',
      });
      expect((await sql<{ n: number }>`select count(*) as n from school`.execute(store.db)).rows[0]!.n).toBe(
        1,
      );
    },
  );
});

/** Leaves out what is made by chance or by the clock of the moment: ids of accounts, hashes of passwords, secrets, dates. */
function unmade(row: string): string {
  return row
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[1-7][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/g, (id) =>
      id.startsWith('00000000') ? id : '<id>',
    )
    .replace(
      /"(password|token|value|createdAt|updatedAt|expiresAt|key|text|ipAddress)":"[^"]*"/g,
      '"$1":"…"',
    );
}

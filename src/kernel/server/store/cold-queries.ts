import type { Kysely } from 'kysely';
import type { Store } from './store';
import type { Tables } from './tables';

/** Statements outside the path of pushes and pulls, written once for both databases. */
export function coldQueries(
  db: Kysely<Tables>,
): Pick<Store, 'list' | 'knownIds' | 'createSchool' | 'schools'> {
  const columns = ['kind', 'id', 'version', 'seq', 'body', 'audience'] as const;
  return {
    list: (school, kind, idPrefix) =>
      db
        .selectFrom('record')
        .select(columns)
        .where('school', '=', school)
        .where('kind', '=', kind)
        .where('id', '>=', idPrefix)
        .$if(idPrefix !== '', (q) => q.where('id', '<', `${idPrefix}\uffff`))
        .where('body', 'is not', null)
        .orderBy('id')
        .execute(),

    async knownIds(school, ids) {
      if (ids.length === 0) return [];
      const rows = await db
        .selectFrom('command')
        .select('id')
        .where('school', '=', school)
        .where('id', 'in', [...ids])
        .execute();
      return rows.map((r) => r.id);
    },

    async createSchool(row, createdAt) {
      await db
        .insertInto('school')
        .values({ ...row, example: row.example ? 1 : 0, created_at: createdAt, seq: 0, log: 0, head: '' })
        .execute();
    },

    async schools() {
      const rows = await db
        .selectFrom('school')
        .select(['id', 'name', 'zone', 'example'])
        .orderBy('created_at')
        .execute();
      return rows.map((r) => ({ ...r, example: r.example === 1 }));
    },
  };
}

import type { Kysely } from 'kysely';
import type { Store, StoredRecord } from './store';
import type { Tables } from './tables';

/** Statements outside the write path, written once for both databases. Numbers may come back as strings from bigint columns. */
export function coldQueries(
  db: Kysely<Tables>,
): Pick<Store, 'audiences' | 'pull' | 'load' | 'list' | 'knownIds' | 'createSchool' | 'schools'> {
  const columns = ['kind', 'id', 'version', 'seq', 'body', 'audience'] as const;
  return {
    async audiences(school, after) {
      const rows = await db
        .selectFrom('audience')
        .select(['id', 'tags'])
        .where('school', '=', school)
        .where('id', '>', after)
        .orderBy('id')
        .execute();
      return rows.map((r) => ({ id: r.id, tags: r.tags.split('\n') }));
    },

    async pull({ school, audiences: sets, oversees, after, limit }) {
      // The counter is read first: rows that commit between the statements are then sent again, never skipped.
      const counter = await db.selectFrom('school').select('seq').where('id', '=', school).executeTakeFirst();
      const audiences = typeof sets === 'function' ? await sets() : sets;
      if (audiences.length === 0) return { records: [], gone: [], measures: [], seq: counter?.seq ?? 0 };
      const records: StoredRecord[] = await db
        .selectFrom('record')
        .select(columns)
        .where('school', '=', school)
        .where('audience', 'in', audiences)
        .where('seq', '>', after)
        .orderBy('seq')
        .limit(limit)
        .execute();
      const gone =
        after === 0
          ? []
          : await db
              .selectFrom('gone')
              .select(['audience', 'seq', 'kind', 'id'])
              .where('school', '=', school)
              .where('audience', 'in', audiences)
              .where('seq', '>', after)
              .orderBy('seq')
              .limit(limit)
              .execute();
      const measures =
        oversees.length === 0
          ? []
          : await db
              .selectFrom('measure')
              .select(['name', 'scope', 'day', 'value', 'seq'])
              .where('school', '=', school)
              .where('seq', '>', after)
              .where((e) =>
                e.or(
                  oversees.flatMap((s) => [
                    e('scope', '=', s),
                    e.and([e('scope', '>=', `${s}/`), e('scope', '<', `${s}0`)]),
                  ]),
                ),
              )
              .orderBy('seq')
              .limit(limit)
              .execute();
      return { records, gone, measures, seq: counter?.seq ?? 0 };
    },

    async load(school, refs) {
      const out: StoredRecord[] = [];
      const byKind = new Map<string, string[]>();
      for (const r of refs) byKind.set(r.kind, [...(byKind.get(r.kind) ?? []), r.id]);
      for (const [kind, ids] of byKind)
        for (let i = 0; i < ids.length; i += 500)
          out.push(
            ...(await db
              .selectFrom('record')
              .select(columns)
              .where('school', '=', school)
              .where('kind', '=', kind)
              .where('id', 'in', ids.slice(i, i + 500))
              .execute()),
          );
      return out;
    },

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

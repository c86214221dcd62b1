import type { Kysely } from 'kysely';
import type { Tables } from '../store/tables';
import type { EntrySource, StoredEntry } from './walk';

/** A school's log from either database, page by page. Numbers may come as text from a driver that was not told otherwise. */
export function logOf(db: Kysely<Tables>, school: string): EntrySource {
  return async (after, limit) => {
    const rows = await db
      .selectFrom('command')
      .select(['log', 'id', 'device', 'device_seq', 'actor', 'name', 'args', 'at', 'earliest', 'received'])
      .select(['evidence', 'digest', 'outcome', 'code', 'details', 'hash'])
      .where('school', '=', school)
      .where('log', '>', after)
      .orderBy('log')
      .limit(limit)
      .execute();
    return rows.map(({ device_seq, ...row }): StoredEntry => ({
      ...row,
      log: Number(row.log),
      deviceSeq: Number(device_seq),
      at: Number(row.at),
      earliest: Number(row.earliest),
      received: Number(row.received),
    }));
  };
}

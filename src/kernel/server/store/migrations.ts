import type { Kysely, Migration } from 'kysely';
import { sql } from 'kysely';

/** Numbered, forward only. Each runs inside a transaction of its own on both databases. */
export function migrations(dialect: 'sqlite' | 'postgres'): Record<string, Migration> {
  // Ids and tags compare by bytes on both: PostgreSQL's locale order would cost time and differ between machines.
  const text = dialect === 'postgres' ? sql`text collate "C"` : sql`text`;
  const big = dialect === 'postgres' ? sql`bigint` : sql`integer`;
  return {
    '0001-first': {
      async up(db: Kysely<unknown>) {
        const s = db.schema;
        await s
          .createTable('meta')
          .addColumn('key', text, (c) => c.primaryKey())
          .addColumn('value', text, (c) => c.notNull())
          .execute();
        await s
          .createTable('school')
          .addColumn('id', text, (c) => c.primaryKey())
          .addColumn('name', text, (c) => c.notNull())
          .addColumn('zone', text, (c) => c.notNull())
          .addColumn('example', 'integer', (c) => c.notNull())
          .addColumn('created_at', big, (c) => c.notNull())
          .addColumn('seq', big, (c) => c.notNull())
          .addColumn('log', big, (c) => c.notNull())
          .addColumn('head', text, (c) => c.notNull())
          .execute();
        await s
          .createTable('audience')
          .addColumn('school', text, (c) => c.notNull())
          .addColumn('id', 'integer', (c) => c.notNull())
          .addColumn('tags', text, (c) => c.notNull())
          .addPrimaryKeyConstraint('audience_pk', ['school', 'id'])
          .execute();
        await s
          .createTable('record')
          .addColumn('school', text, (c) => c.notNull())
          .addColumn('kind', text, (c) => c.notNull())
          .addColumn('id', text, (c) => c.notNull())
          .addColumn('version', 'integer', (c) => c.notNull())
          .addColumn('seq', big, (c) => c.notNull())
          .addColumn('audience', 'integer', (c) => c.notNull())
          .addColumn('body', text)
          .addPrimaryKeyConstraint('record_pk', ['school', 'kind', 'id'])
          .execute();
        await s.createIndex('record_feed').on('record').columns(['school', 'audience', 'seq']).execute();
        await s
          .createTable('gone')
          .addColumn('school', text, (c) => c.notNull())
          .addColumn('audience', 'integer', (c) => c.notNull())
          .addColumn('seq', big, (c) => c.notNull())
          .addColumn('kind', text, (c) => c.notNull())
          .addColumn('id', text, (c) => c.notNull())
          .addPrimaryKeyConstraint('gone_pk', ['school', 'audience', 'seq'])
          .execute();
        await s
          .createTable('command')
          .addColumn('school', text, (c) => c.notNull())
          .addColumn('id', text, (c) => c.notNull())
          .addColumn('log', big, (c) => c.notNull())
          .addColumn('device', text, (c) => c.notNull())
          .addColumn('device_seq', big, (c) => c.notNull())
          .addColumn('actor', text, (c) => c.notNull())
          .addColumn('name', text, (c) => c.notNull())
          .addColumn('args', text, (c) => c.notNull())
          .addColumn('at', big, (c) => c.notNull())
          .addColumn('earliest', big, (c) => c.notNull())
          .addColumn('received', big, (c) => c.notNull())
          .addColumn('digest', text, (c) => c.notNull())
          .addColumn('outcome', text, (c) => c.notNull())
          .addColumn('code', text)
          .addColumn('details', text)
          .addColumn('hash', text, (c) => c.notNull())
          .addPrimaryKeyConstraint('command_pk', ['school', 'id'])
          .execute();
        await s.createIndex('command_log').on('command').columns(['school', 'log']).unique().execute();
        await s
          .createTable('measure')
          .addColumn('school', text, (c) => c.notNull())
          .addColumn('name', text, (c) => c.notNull())
          .addColumn('scope', text, (c) => c.notNull())
          .addColumn('day', text, (c) => c.notNull())
          .addColumn('value', big, (c) => c.notNull())
          .addColumn('seq', big, (c) => c.notNull())
          .addPrimaryKeyConstraint('measure_pk', ['school', 'day', 'scope', 'name'])
          .execute();
        await s.createIndex('measure_feed').on('measure').columns(['school', 'seq']).execute();
        await s
          .createTable('membership')
          .addColumn('account', text, (c) => c.notNull())
          .addColumn('school', text, (c) => c.notNull())
          .addColumn('person', text, (c) => c.notNull())
          .addColumn('created_at', big, (c) => c.notNull())
          .addPrimaryKeyConstraint('membership_pk', ['account', 'school'])
          .execute();
        await s
          .createIndex('membership_person')
          .on('membership')
          .columns(['school', 'person'])
          .unique()
          .execute();
        await s
          .createTable('activation')
          .addColumn('code_hash', text, (c) => c.primaryKey())
          .addColumn('school', text, (c) => c.notNull())
          .addColumn('person', text, (c) => c.notNull())
          .addColumn('expires_at', big, (c) => c.notNull())
          .addColumn('used_at', big)
          .execute();
        await s
          .createTable('throttle')
          .addColumn('key', text, (c) => c.primaryKey())
          .addColumn('failures', 'integer', (c) => c.notNull())
          .addColumn('until', big, (c) => c.notNull())
          .addColumn('updated_at', big, (c) => c.notNull())
          .execute();
      },
    },
  };
}

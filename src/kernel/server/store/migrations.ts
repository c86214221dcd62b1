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
        // Only ever added to at its end: an index over (school, audience, seq) of the records cost a third of every write.
        await s
          .createTable('feed')
          .addColumn('school', text, (c) => c.notNull())
          .addColumn('seq', big, (c) => c.notNull())
          .addColumn('audience', 'integer', (c) => c.notNull())
          .addColumn('gone', 'integer', (c) => c.notNull())
          .addColumn('kind', text, (c) => c.notNull())
          .addColumn('id', text, (c) => c.notNull())
          .addPrimaryKeyConstraint('feed_pk', ['school', 'seq'])
          .modifyEnd(dialect === 'sqlite' ? sql`without rowid` : sql``)
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
    '0002-unsent-on-phones': {
      async up(db: Kysely<unknown>) {
        await db.schema
          .createTable('device')
          .addColumn('school', text, (c) => c.notNull())
          .addColumn('person', text, (c) => c.notNull())
          .addColumn('device', text, (c) => c.notNull())
          .addColumn('unsent', 'integer', (c) => c.notNull())
          .addColumn('oldest', big)
          .addColumn('reported_at', big, (c) => c.notNull())
          .addPrimaryKeyConstraint('device_pk', ['school', 'person', 'device'])
          .execute();
      },
    },
    '0003-time-and-proof': {
      async up(db: Kysely<unknown>) {
        const s = db.schema;
        // The anchor of an act and the ms measured since, `<ms>` or `<ms>+<ms>`; null where arrival is all that is known.
        await s.alterTable('command').addColumn('evidence', text).execute();
        await s
          .createTable('heartbeat')
          .addColumn('process', text, (c) => c.primaryKey())
          .addColumn('at', big, (c) => c.notNull())
          .execute();
        await s
          .createTable('school_key')
          .addColumn('school', text, (c) => c.notNull())
          .addColumn('number', 'integer', (c) => c.notNull())
          .addColumn('key', text, (c) => c.notNull())
          .addColumn('since', big, (c) => c.notNull())
          .addPrimaryKeyConstraint('school_key_pk', ['school', 'number'])
          .execute();
        await s
          .createTable('chain_head')
          .addColumn('school', text, (c) => c.notNull())
          .addColumn('day', text, (c) => c.notNull())
          .addColumn('log', big, (c) => c.notNull())
          .addColumn('text', text, (c) => c.notNull())
          .addPrimaryKeyConstraint('chain_head_pk', ['school', 'day'])
          .execute();
      },
    },
    '0004-numbers-of-senders': {
      async up(db: Kysely<unknown>) {
        await db.schema
          .createTable('sender')
          .addColumn('school', text, (c) => c.notNull())
          .addColumn('device', text, (c) => c.notNull())
          .addColumn('seq', big, (c) => c.notNull())
          .addPrimaryKeyConstraint('sender_pk', ['school', 'device'])
          .execute();
      },
    },
    '0005-drafts': {
      async up(db: Kysely<unknown>) {
        await db.schema
          .createTable('draft')
          .addColumn('school', text, (c) => c.notNull())
          .addColumn('person', text, (c) => c.notNull())
          .addColumn('key', text, (c) => c.notNull())
          .addColumn('version', big, (c) => c.notNull())
          .addColumn('edit', big, (c) => c.notNull())
          .addColumn('device', text, (c) => c.notNull())
          .addColumn('prints', text, (c) => c.notNull())
          .addColumn('body', text)
          .addColumn('updated_at', big, (c) => c.notNull())
          .addPrimaryKeyConstraint('draft_pk', ['school', 'person', 'key'])
          .execute();
        await db.schema.createIndex('draft_age').on('draft').column('updated_at').execute();
      },
    },
  };
}

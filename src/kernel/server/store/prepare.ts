import { randomBytes } from 'node:crypto';
import type { Kysely } from 'kysely';
import { Migrator } from 'kysely';
import { migrations } from './migrations';
import type { Tables } from './tables';

/** Brings a database to the newest schema and reads (or makes) its epoch and secret. Throws when a migration fails. */
export async function prepare(
  db: Kysely<Tables>,
  dialect: 'sqlite' | 'postgres',
): Promise<{ epoch: string; secret: string }> {
  const migrator = new Migrator({
    db,
    provider: { getMigrations: () => Promise.resolve(migrations(dialect)) },
    migrationTableName: 'kernel_migration',
    migrationLockTableName: 'kernel_migration_lock',
  });
  const { error } = await migrator.migrateToLatest();
  if (error) throw error instanceof Error ? error : new Error('migration failed', { cause: error });
  const value = async (key: string, made: string): Promise<string> => {
    await db
      .insertInto('meta')
      .values({ key, value: made })
      .onConflict((c) => c.column('key').doNothing())
      .execute();
    const row = await db.selectFrom('meta').select('value').where('key', '=', key).executeTakeFirstOrThrow();
    return row.value;
  };
  return {
    epoch: await value('epoch', randomBytes(6).toString('hex')),
    secret: await value('secret', randomBytes(32).toString('hex')),
  };
}

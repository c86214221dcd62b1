import { randomBytes } from 'node:crypto';
import type { Kysely } from 'kysely';
import type { Dialect, MigrateOptions } from './migrate';
import { migrate } from './migrate';
import type { Tables } from './tables';

/** A database's history under one name: new when it is made, and again when it is restored (reliability.md rule 20). */
export const newEpoch = (): string => randomBytes(6).toString('hex');

/** Brings a database to the newest schema and reads (or makes) its epoch and secret. Throws when a migration fails. */
export async function prepare(
  db: Kysely<Tables>,
  dialect: Dialect,
  options: MigrateOptions = {},
): Promise<{ epoch: string; secret: string }> {
  await migrate(db, dialect, options);
  const value = async (key: string, make: () => string): Promise<string> => {
    const read = (): Promise<{ value: string } | undefined> =>
      db.selectFrom('meta').select('value').where('key', '=', key).executeTakeFirst();
    const there = await read();
    // Read first: a server on a full disk must still be able to start and show what it has.
    if (there) return there.value;
    await db
      .insertInto('meta')
      .values({ key, value: make() })
      .onConflict((c) => c.column('key').doNothing())
      .execute();
    return (await read())!.value;
  };
  return {
    epoch: await value('epoch', newEpoch),
    secret: await value('secret', () => randomBytes(32).toString('hex')),
  };
}

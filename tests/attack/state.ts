import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { HttpWorld } from '../support/http-world';

/** What a refused command still leaves behind, by design: its line in the log, its device's number, who guessed how often. */
export const TRACES: readonly string[] = ['command', 'device', 'sender', 'throttle'];

/**
 * One print of everything the database holds, of whatever tables there are: whoever adds one has it watched. `heartbeat` beats by itself.
 * @param except tables that may differ; of `school` only what a log entry moves is left out with `command`
 */
export async function printOf({ db }: HttpWorld, except: readonly string[] = []): Promise<string> {
  const hash = createHash('sha256');
  const tables = await db.store.db.introspection.getTables();
  for (const { name } of tables.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (name === 'heartbeat' || except.includes(name)) continue;
    const { rows } = await sql<Record<string, unknown>>`select * from ${sql.table(name)}`.execute(
      db.store.db,
    );
    const lines = rows.map((row) => {
      const kept = { ...row };
      // The log's own end and fingerprint.
      if (name === 'school' && except.includes('command'))
        for (const key of ['log', 'head']) delete kept[key];
      return JSON.stringify(kept);
    });
    hash.update(`${name}\n${lines.sort().join('\n')}\n`);
  }
  return hash.digest('base64url');
}

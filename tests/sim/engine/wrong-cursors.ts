import pg from 'pg';
import type { Dice } from './dice';

/** The three cursors everybody tries first. `where` reads what is new, `next` what to remember. */
const CURSORS = {
  naive: { where: 'id > $1', order: 'id', next: 'id', from: 0 },
  updatedAt: { where: 'updated_at > $1', order: 'updated_at', next: 'updated_at', from: '-infinity' },
  horizon: {
    where: 'id > $1 and xid < pg_snapshot_xmin(pg_current_snapshot())',
    order: 'id',
    next: 'id',
    from: 0,
  },
} as const;
export type CursorName = keyof typeof CURSORS;

/**
 * A plain table with a serial key, a time and a transaction id, written by many at once and read by one reader per cursor.
 * @returns how many committed rows each reader never saw
 */
export async function wrongCursors(
  url: string,
  dice: Dice,
  { writers, done }: { writers: number; done: () => boolean },
): Promise<Record<CursorName, number>> {
  const pool = new pg.Pool({ connectionString: url, max: writers + 1 });
  await pool.query(
    `create table plain (id bigserial primary key, writer int, xid xid8 default pg_current_xact_id(), updated_at timestamptz default clock_timestamp())`,
  );
  let writing = true;
  const write = async (): Promise<void> => {
    const client = await pool.connect();
    try {
      while (!done()) {
        await client.query('begin');
        // A transaction has its id as soon as it writes anything; here the row in question is not its first thought.
        await client.query('select pg_current_xact_id()');
        await pause(dice.int(0, 2));
        await client.query('insert into plain (writer) values (1)');
        await pause(dice.int(0, 4));
        await client.query(dice.chance(0.1) ? 'rollback' : 'commit');
        // A control, not a load: the machine is for the real thing.
        await pause(dice.int(10, 40));
      }
    } finally {
      client.release();
    }
  };
  const read = async (name: CursorName): Promise<Set<string>> => {
    const seen = new Set<string>();
    const { where, order, next, from } = CURSORS[name];
    let at: unknown = from;
    // Two rounds after the last commit: who has not seen a row by then never will.
    for (let rest = 2; rest > 0;) {
      const { rows } = await pool.query<{ id: string; next: unknown }>(
        `select id::text as id, ${next}::text as next from plain where ${where} order by ${order}`,
        [at],
      );
      for (const row of rows) {
        seen.add(row.id);
        at = row.next;
      }
      if (!writing) rest--;
      await pause(3);
    }
    return seen;
  };
  const readers = Promise.all((['naive', 'updatedAt', 'horizon'] as const).map(read));
  await Promise.all(Array.from({ length: writers }, write));
  writing = false;
  const seen = await readers;
  const { rows } = await pool.query<{ id: string }>('select id::text as id from plain');
  await pool.end();
  const missed = (s: Set<string>): number => rows.filter((r) => !s.has(r.id)).length;
  return { naive: missed(seen[0]!), updatedAt: missed(seen[1]!), horizon: missed(seen[2]!) };
}

const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

import pg from 'pg';
import { Kysely, PostgresDialect } from 'kysely';
import { WrongCount } from '../ops/store-faults';
import { healthOf, noticeErrors, watched } from '../ops/watch-store';
import { prepare } from './prepare';
import { coldQueries } from './cold-queries';
import { postgresReads } from './postgres-reads';
import { writeStatement } from './postgres-write';
import type { Decided, Store, Verdict, WriteBody, WriteTx } from './store';
import type { Tables } from './tables';

// bigint columns hold ms and counters, all below 2^53.
pg.types.setTypeParser(pg.types.builtins.INT8, Number);

/**
 * A server that stopped in the middle of a transaction (a paused machine) must not hold its schools from the others for ever, and a
 * restore sees by the name who is still connected.
 */
const POOL = {
  application_name: 'qing-server',
  idle_in_transaction_session_timeout: 15_000,
  lock_timeout: 20_000,
  connectionTimeoutMillis: 30_000,
  // One stays also when there is nothing to do: a restore must not take an idle server for one that is gone.
  min: 1,
  keepAlive: true,
} as const;

/** PostgreSQL by connection string. The per-school lock is the counter row, so any number of app servers may write. */
export async function openPostgres(url: string): Promise<Store> {
  const pool = new pg.Pool({ connectionString: url, max: 20, ...POOL });
  pool.on('error', () => undefined); // an idle connection that dies is replaced; the next query reports what matters
  // One that dies in somebody's hands between two queries has no other listener, and would end the whole server.
  pool.on('connect', (client) => client.on('error', () => undefined));
  const db = new Kysely<Tables>({
    dialect: new PostgresDialect({ pool }),
    log: noticeErrors(() => health),
  });
  const health = healthOf(db, null);
  const { epoch, secret } = await prepare(db, 'postgres');
  const store: Omit<Store, 'health'> = {
    dialect: 'postgres',
    epoch,
    secret,
    db,
    lane: (school) => school,
    ...postgresReads(pool),
    commit: (sections) => commit(pool, sections),
    async write<T>(body: WriteBody<T>): Promise<T> {
      const client = await pool.connect();
      let broken: Error | undefined;
      try {
        await client.query('begin');
        const steps = body(writeTx(client));
        let step = steps.next();
        while (!step.done) {
          let value: unknown;
          try {
            value = await step.value;
          } catch (error) {
            step = steps.throw(error);
            continue;
          }
          step = steps.next(value);
        }
        await client.query('commit');
        return step.value;
      } catch (error) {
        await client.query('rollback').catch((e: unknown) => {
          broken = e instanceof Error ? e : new Error('rollback failed');
        });
        throw error;
      } finally {
        client.release(broken);
      }
    },
    ...coldQueries(db),
    close: () => db.destroy(),
  };
  return watched(store, health);
}

function writeTx(client: pg.PoolClient): WriteTx {
  return {
    ...postgresReads(client, 'for update').reads,
    async write(decided) {
      // Every write is counted (reliability.md rule 30): a lost lock would otherwise let two writers share a number.
      if ((await client.query(writeStatement(decided))).rowCount !== 1)
        throw new WrongCount(`defect: counter of school ${decided.school} not updated`);
    },
  };
}

/** One school is one statement is one transaction is one round trip. More than one school is a transaction around it. */
async function commit(pool: pg.Pool, sections: readonly Decided[]): Promise<Verdict> {
  try {
    if (sections.length === 1)
      return (await pool.query(writeStatement(sections[0]!))).rowCount === 1 ? 'written' : 'moved';
    const client = await pool.connect();
    let broken: Error | undefined;
    try {
      await client.query('begin');
      for (const s of sections)
        if ((await client.query(writeStatement(s))).rowCount !== 1) {
          await client.query('rollback');
          return 'moved';
        }
      await client.query('commit');
      return 'written';
    } catch (error) {
      await client.query('rollback').catch((e: unknown) => {
        broken = e instanceof Error ? e : new Error('rollback failed');
      });
      throw error;
    } finally {
      client.release(broken);
    }
  } catch (error) {
    if (error instanceof pg.DatabaseError && error.constraint === 'command_pk') return 'known';
    throw error;
  }
}

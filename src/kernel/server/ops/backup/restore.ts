import type { Kysely } from 'kysely';
import { sql } from 'kysely';
import { migrateAuth } from '../../auth';
import type { Dialect } from '../../store/migrate';
import { knownSteps, migrate } from '../../store/migrate';
import { newEpoch } from '../../store/prepare';
import type { Tables } from '../../store/tables';
import { Refused } from '../exit';
import type { Contents, Reader } from './read-archive';
import { readArchive } from './read-archive';
import type { Cell } from './format';
import { intoPostgres } from './into-postgres';
import { intoSqlite } from './into-sqlite';
import type { BackupSecret } from './key';

export interface RestoreOptions {
  readonly file: string;
  readonly secret: BackupSecret;
  readonly into: { readonly dataDir: string } | { readonly databaseUrl: string };
  /** Whether a target that holds a school may be put aside. */
  readonly replace: boolean;
  readonly now: number;
}

export interface Restored extends Contents {
  /** The new epoch: phones notice by it, start a fresh copy and offer again what they had acknowledged (reliability.md S13). */
  readonly epoch: string;
  /** Where the former database is kept: a file, or a schema of PostgreSQL. Null when there was none worth keeping. */
  readonly kept: string | null;
}

/**
 * Reads a backup into a database beside the old one and changes over in one step at the very end. The whole file is checked before
 * anything is touched; interrupted anywhere, the old database is as it was.
 * @throws DamagedBackup, Refused
 */
export async function restore(options: RestoreOptions): Promise<Restored> {
  const contents = await readArchive(options.file, options.secret);
  return 'dataDir' in options.into
    ? intoSqlite(options.into.dataDir, contents, options)
    : intoPostgres(options.into.databaseUrl, contents, options);
}

/** Where a backup is read into: a fresh database with nothing in it. */
export interface Staging {
  readonly db: Kysely<Tables>;
  readonly dialect: Dialect;
  /** Columns of a table in this database, or none when it has no such table. */
  columns(table: string): Promise<readonly string[]>;
  insert(table: string, columns: readonly string[], rows: readonly Cell[][]): void | Promise<void>;
}

/** Fills a staging database: the schema the backup had, its rows, counted, then this build's schema and a new epoch. */
export async function fill(staging: Staging, contents: Contents, options: RestoreOptions): Promise<string> {
  const { db, dialect } = staging;
  const last = lastStep(contents, dialect);
  await migrate(db, dialect, { upTo: last });
  await migrateAuth(db, dialect);
  const columnsOf = new Map<string, readonly string[]>();
  const reader: Reader = {
    async table(name, columns) {
      const there = await staging.columns(name);
      const strange = columns.find((c) => !there.includes(c));
      if (there.length === 0 || strange !== undefined)
        throw new Refused(
          `备份里有这个版本不认识的内容（${name}${strange === undefined ? '' : `.${strange}`}），请用更新的版本恢复。` +
            ' The backup holds what this version does not know; use a newer one.',
        );
      columnsOf.set(name, columns);
      await sql`delete from ${sql.id(name)}`.execute(db);
    },
    rows: (name, rows) => staging.insert(name, columnsOf.get(name)!, rows),
  };
  await readArchive(options.file, options.secret, reader);
  for (const [name, rows] of contents.rows) {
    const counted = await sql<{ n: number }>`select count(*) as n from ${sql.id(name)}`.execute(db);
    if (Number(counted.rows[0]?.n) !== rows)
      throw new Error(`defect: ${name} has ${counted.rows[0]?.n} rows after the restore, the backup ${rows}`);
  }
  await migrate(db, dialect);
  const epoch = newEpoch();
  await db.updateTable('meta').set({ value: epoch }).where('key', '=', 'epoch').execute();
  return epoch;
}

function lastStep({ head }: Contents, dialect: Dialect): string {
  const known = knownSteps(dialect);
  const last = head.steps.at(-1);
  if (last === undefined || head.steps.some((step, i) => known[i] !== step))
    throw new Refused(
      `备份来自另一个版本（${head.build}），请用那个版本或更新的版本恢复。` +
        ` The backup is of another version (${head.build}); restore it with that one or a newer one.`,
    );
  return last;
}

export const occupied = (where: string): Refused =>
  new Refused(
    `${where} 里已经有学校的数据，没有动它。要换成备份里的，请加 --replace；现在的数据会另存在旁边。` +
      ` ${where} already holds a school and was not touched. To replace it add --replace; what is there is kept beside it.`,
  );

/** `20261123-070500`, in UTC: part of the name under which the former database is kept. */
export const stampOf = (now: number): string =>
  new Date(now).toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-');

import { copyFileSync, existsSync, linkSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { Kysely, SqliteDialect } from 'kysely';
import type { Tables } from '../../store/tables';
import { newSqliteFile } from '../../store/sqlite-file';
import { privateFolder, syncFile, syncFolder } from '../files';
import { takeLock } from '../process-lock';
import type { Contents } from './read-archive';
import type { Cell } from './format';
import type { Restored, RestoreOptions } from './restore';
import { fill, occupied, stampOf } from './restore';
import { quoted } from './snapshot-sqlite';

const SIDE = ['-wal', '-shm', '-journal'];

/** Restores into `qing.sqlite` of a data folder. Nobody may be serving it: the folder's lock is held meanwhile. */
export async function intoSqlite(
  dataDir: string,
  contents: Contents,
  options: RestoreOptions,
): Promise<Restored> {
  privateFolder(dataDir);
  const lock = takeLock(dataDir, 'restore');
  const target = join(dataDir, 'qing.sqlite');
  const staging = join(dataDir, 'qing.restoring.sqlite');
  try {
    const holds = existsSync(target) && holdsSchool(target);
    if (holds && !options.replace) throw occupied(target);
    remove(staging);
    const epoch = await load(staging, contents, options);
    const kept = holds ? join(dataDir, `qing.before-restore-${stampOf(options.now)}.sqlite`) : null;
    changeOver(target, staging, kept);
    return { ...contents, epoch, kept };
  } finally {
    remove(staging);
    lock.release();
  }
}

async function load(staging: string, contents: Contents, options: RestoreOptions): Promise<string> {
  const file = newSqliteFile(staging);
  const db = new Kysely<Tables>({ dialect: new SqliteDialect({ database: file }) });
  try {
    // Nobody reads this file before it is whole and synced, so the making of it needs no safety of its own.
    file.pragma('journal_mode = MEMORY');
    file.pragma('synchronous = OFF');
    file.pragma('foreign_keys = OFF');
    const columns = (table: string): { name: string; type: string }[] =>
      file.prepare(`pragma table_info(${quoted(table)})`).all() as { name: string; type: string }[];
    const epoch = await fill(
      {
        db,
        dialect: 'sqlite',
        columns: (table) => Promise.resolve(columns(table).map((c) => c.name)),
        insert(table, names, rows) {
          const types = new Map(columns(table).map((c) => [c.name, c.type.toLowerCase()]));
          const list = names.map(quoted).join(', ');
          const one = file.prepare(
            `insert into ${quoted(table)} (${list}) values (${names.map(() => '?').join(', ')})`,
          );
          file.transaction(() => {
            for (const row of rows) one.run(row.map((cell, i) => forSqlite(cell, types.get(names[i]!))));
          })();
        },
      },
      contents,
      options,
    );
    const broken = file.pragma('foreign_key_check') as unknown[];
    const check = file.pragma('quick_check', { simple: true });
    if (broken.length > 0 || check !== 'ok')
      throw new Error(
        `defect: the restored file is not sound: ${String(check)}, ${broken.length} loose rows`,
      );
    return epoch;
  } finally {
    await db.destroy();
    syncFile(staging);
  }
}

function forSqlite(cell: Cell, type: string | undefined): string | number | null | Buffer {
  if (typeof cell === 'boolean') return cell ? 1 : 0;
  if (cell !== null && typeof cell === 'object') return Buffer.from(cell.b, 'base64');
  // Where SQLite keeps times as text they compare as text: to the millisecond, as they are written here.
  return type === 'date' && typeof cell === 'string' ? new Date(cell).toISOString() : cell;
}

/** The new file takes the name in one step; the old one is under its dated name before. */
function changeOver(target: string, staging: string, kept: string | null): void {
  if (existsSync(target)) {
    closeLog(target, kept);
    if (kept !== null) alsoAs(target, kept);
  }
  renameSync(staging, target);
  syncFolder(join(target, '..'));
}

/** A log left beside the name would be played into the new file: it is moved into the old one first. */
function closeLog(target: string, kept: string | null): void {
  try {
    const db = new Database(target);
    try {
      db.pragma('wal_checkpoint(TRUNCATE)');
      db.pragma('journal_mode = DELETE');
    } finally {
      db.close();
    }
  } catch {
    // Too damaged to be opened, which may be why it is replaced: its log is kept as it is.
  }
  for (const side of SIDE)
    if (existsSync(target + side)) {
      if (kept === null) rmSync(target + side);
      else renameSync(target + side, kept + side);
    }
}

function alsoAs(target: string, kept: string): void {
  try {
    linkSync(target, kept);
  } catch {
    copyFileSync(target, kept); // a file system without second names
    syncFile(kept);
  }
}

/** Whether there is a school in it. What cannot be read may hold one. */
function holdsSchool(file: string): boolean {
  try {
    const db = new Database(file, { readonly: true });
    try {
      const tables = db.prepare("select count(*) from sqlite_master where name = 'school'").pluck().get();
      return tables !== 0 && db.prepare('select count(*) from school').pluck().get() !== 0;
    } finally {
      db.close();
    }
  } catch {
    return true;
  }
}

function remove(file: string): void {
  for (const side of ['', ...SIDE]) rmSync(file + side, { force: true });
}

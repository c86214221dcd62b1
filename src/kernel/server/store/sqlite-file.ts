import {
  chmodSync,
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { Refused } from '../ops/exit';
import { privateFolder, syncFile, syncFolder, temporaryName } from '../ops/files';

/** Set before the first table of a new file; an older file keeps its own. */
const PAGE_SIZE = 8_192;
/** Pages in the log before it is moved into the file: about 32 MB. */
const CHECKPOINT_PAGES = 4_000;
/** Copies made before migrations that are kept beside the database. */
const COPIES = 2;

/**
 * Opens the database file so that a commit that returned survives a power cut, or refuses: WAL and `synchronous=FULL` are asked
 * for and then read back (reliability.md D3). Folder and file are for this user alone.
 */
export function openSqliteFile(file: string): Database.Database {
  privateFolder(dirname(file));
  if (file !== ':memory:') onlyOurs(file);
  const db = new Database(file);
  try {
    db.pragma(`page_size = ${PAGE_SIZE}`);
    const mode = db.pragma('journal_mode = WAL', { simple: true });
    if (mode !== 'wal') throw unsafe(file, `journal_mode is ${String(mode)}`);
    db.pragma('synchronous = FULL');
    const level = db.pragma('synchronous', { simple: true });
    if (level !== 2) throw unsafe(file, `synchronous is ${String(level)}`);
    // Elsewhere a promise of the kernel's; on a Mac only this reaches the disk itself.
    if (process.platform === 'darwin') db.pragma('fullfsync = ON');
    db.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
    db.pragma('journal_size_limit = 67108864');
    db.pragma('busy_timeout = 5000');
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** An empty file with our page size, for whoever fills one apart. */
export function newSqliteFile(file: string): Database.Database {
  closeSync(openSync(file, 'wx', 0o600));
  const db = new Database(file);
  db.pragma(`page_size = ${PAGE_SIZE}`);
  return db;
}

/**
 * Moves what a crash left in the log into the file and syncs both, before anything is acknowledged from it: after a failed `fsync`
 * the log may be readable from memory and still not be on the disk, and this writes it once more.
 */
export function settleLog(db: Database.Database): void {
  try {
    db.pragma('wal_checkpoint(TRUNCATE)');
  } catch (error) {
    // Without space the log stays where it is, whole; the server then starts read-only.
    if ((error as { code?: unknown }).code !== 'SQLITE_FULL') throw error;
  }
}

/**
 * A whole copy beside the file before its schema changes: `qing.before-<last step>-<time>.sqlite`. The newest two are kept.
 * @throws when there is no room for it: the schema is then not touched
 */
export function copyBeforeMigration(db: Database.Database, file: string, last: string): string {
  const folder = dirname(file);
  const stem = basename(file, '.sqlite');
  const stamp = new Date().toISOString().replace(/[-:]/g, '').slice(0, 15);
  const copy = join(folder, `${stem}.before-${last}-${stamp}.sqlite`);
  const temporary = temporaryName(copy);
  try {
    closeSync(openSync(temporary, 'wx', 0o600));
    db.prepare('vacuum into ?').run(temporary);
    syncFile(temporary);
    renameSync(temporary, copy);
    syncFolder(folder);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw new Refused(
      `升级前没能留下一份副本（${(error as Error).message}），数据没有动。请腾出空间再启动。` +
        ' No copy could be made before the upgrade; nothing was changed. Make room and start again.',
      { cause: error },
    );
  }
  const copies = readdirSync(folder)
    .filter(
      (name) => name.startsWith(`${stem}.before-`) && name.endsWith('.sqlite') && !name.includes('restore'),
    )
    .map((name) => ({ name, at: statSync(join(folder, name)).mtimeMs }))
    .sort((a, b) => b.at - a.at);
  for (const { name } of copies.slice(COPIES)) rmSync(join(folder, name));
  return copy;
}

/** SQLite gives its log and index files the rights of the database file. */
function onlyOurs(file: string): void {
  if (!existsSync(file)) {
    closeSync(openSync(file, 'a', 0o600));
    return;
  }
  if ((statSync(file).mode & 0o077) === 0) return;
  try {
    chmodSync(file, 0o600);
  } catch {
    // Somebody else's file that we may write: `doctor` says so.
  }
}

const unsafe = (file: string, why: string): Refused =>
  new Refused(
    `${file} 所在的磁盘不能保证写下的不丢（${why}），没有启动。请换到本机磁盘。` +
      ` This file system cannot promise that what is written stays (${why}); not started. Use a local disk.`,
  );

import { closeSync, openSync, readFileSync, rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { Refused } from './exit';
import { privateFolder, writeWhole } from './files';

/** Who holds a lock, for people: nothing is decided by it. */
export interface Holder {
  readonly pid: number;
  readonly host: string;
  /** What the process is doing: `server`, `restore`. */
  readonly what: string;
  /** When the process started: the kernel's own mark where there is one, else the time. Tells two processes with one pid apart. */
  readonly started: string;
  readonly since: string;
}

export interface ProcessLock {
  release(): void;
}

/** Another live process has the folder. */
export class Occupied extends Refused {
  constructor(
    folder: string,
    readonly holder: Holder | null,
  ) {
    const who = holder
      ? `进程 ${holder.pid}（${holder.what}，${holder.host}，${holder.since} 起）`
      : '另一个进程';
    super(
      `${folder} 正由${who}使用，先停掉它再试。` +
        ` The folder is in use by ${holder ? `process ${holder.pid} (${holder.what} on ${holder.host}, since ${holder.since})` : 'another process'}; stop it first.`,
    );
  }
}

/**
 * One process per data folder (reliability.md rule 3). The lock itself is the operating system's, taken through SQLite on a file
 * of its own: the kernel gives it up when its holder is gone, by whatever death, and at no other time. So nothing is judged by age,
 * heartbeat or a pid somebody else may have got meanwhile, and a holder whose event loop is blocked keeps it. The card beside it
 * (`qing.lock`: pid, start, host) only tells the refused who it is.
 * @param options.name which lock of the folder; `waitMs`: how long a predecessor that is just ending is waited for
 * @throws Occupied naming the holder
 */
export function takeLock(
  folder: string,
  what: string,
  { name = 'qing', waitMs = 500 }: { name?: string; waitMs?: number } = {},
): ProcessLock {
  privateFolder(folder);
  const card = join(folder, `${name}.lock`);
  const guard = join(folder, `${name}.guard`);
  closeSync(openSync(guard, 'a', 0o600));
  const db = new Database(guard, { timeout: waitMs });
  try {
    // Nothing is ever written to it, so it needs no journal beside it.
    db.pragma('journal_mode = memory');
    db.exec('begin exclusive');
  } catch (error) {
    db.close();
    if ((error as { code?: unknown }).code === 'SQLITE_BUSY')
      throw new Occupied(folder, readHolder(folder, name));
    throw error;
  }
  try {
    writeWhole(card, `${JSON.stringify(own(what))}\n`);
  } catch {
    // A full disk must not keep the server from showing what it has: the lock holds without its card.
    rmSync(card, { force: true });
  }
  return {
    release() {
      if (!db.open) return;
      rmSync(card, { force: true });
      db.close();
    },
  };
}

/** The card of whoever holds the folder, or held it last; null when there is none. */
export function readHolder(folder: string, name = 'qing'): Holder | null {
  try {
    return JSON.parse(readFileSync(join(folder, `${name}.lock`), 'utf8')) as Holder;
  } catch {
    return null;
  }
}

/** Whether a live process holds the folder right now. */
export function isHeld(folder: string): boolean {
  let db: Database.Database;
  try {
    db = new Database(join(folder, 'qing.guard'), { timeout: 0, fileMustExist: true });
  } catch {
    return false;
  }
  try {
    db.exec('begin exclusive');
    return false;
  } catch {
    return true;
  } finally {
    db.close();
  }
}

function own(what: string): Holder {
  return { pid: process.pid, host: hostname(), what, started: startMark(), since: new Date().toISOString() };
}

/** Boot and clock tick of this process's start on Linux; elsewhere the time it started. */
function startMark(): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    // The name in the second field may hold spaces; what follows its last bracket does not. Start is field 22.
    const stat = readFileSync('/proc/self/stat', 'utf8');
    return `${boot}/${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]}`;
  } catch {
    return new Date(Date.now() - process.uptime() * 1_000).toISOString();
  }
}

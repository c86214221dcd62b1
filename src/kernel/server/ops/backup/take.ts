import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Refused } from '../exit';
import { freeBytes, inMegabytes, privateFolder } from '../files';
import { takeLock } from '../process-lock';
import type { Written } from './write-archive';
import { writeArchive } from './write-archive';
import type { BackupSecret } from './key';
import { backupName } from './keep';
import { postgresSnapshot } from './snapshot-postgres';
import { sqliteSnapshot } from './snapshot-sqlite';

export interface BackupSource {
  /** The SQLite file, or the address of PostgreSQL. */
  readonly from: { readonly file: string } | { readonly databaseUrl: string };
  readonly build: string;
}

/** Left over for the server after a backup was written. */
const MARGIN = 256_000_000;
const LEFT_BEHIND = /^qing-[\dZ-]+\.qbk\.[0-9a-f]{8}\.tmp$/;

/**
 * Takes a backup while the server runs. One at a time per folder.
 * @throws Refused when there is no room or another backup is being made into the folder
 */
export async function takeBackup(
  source: BackupSource,
  folder: string,
  secret: BackupSecret,
  options: { now: number; signal?: AbortSignal },
): Promise<Written> {
  privateFolder(folder);
  const lock = takeLock(folder, 'backup', { name: 'backup', waitMs: 0 });
  try {
    for (const name of readdirSync(folder)) if (LEFT_BEHIND.test(name)) rmSync(join(folder, name)); // of a process that was killed at it
    refuseWithoutRoom(source, folder);
    const snapshot =
      'file' in source.from
        ? await sqliteSnapshot(source.from.file)
        : await postgresSnapshot(source.from.databaseUrl);
    let written: Written;
    try {
      const file = join(folder, freeName(folder, options.now));
      const about = {
        build: source.build,
        taken: options.now,
        ...(options.signal ? { signal: options.signal } : {}),
      };
      written = await writeArchive(file, snapshot, secret, about);
    } finally {
      await snapshot.close();
    }
    return written;
  } finally {
    lock.release();
  }
}

/** A backup must not be what fills the disk. Packed it is smaller than the database; the whole size is asked for all the same. */
function refuseWithoutRoom({ from }: BackupSource, folder: string): void {
  if (!('file' in from) || !existsSync(from.file)) return;
  const need = statSync(from.file).size;
  const free = freeBytes(folder);
  if (free < need + Math.min(MARGIN, need))
    throw new Refused(
      `备份的磁盘只剩 ${inMegabytes(free)}，放不下。Only ${inMegabytes(free)} left where backups go; the database has ${inMegabytes(need)}.`,
    );
}

function freeName(folder: string, now: number): string {
  for (let at = now; ; at += 1_000) {
    const name = backupName(at);
    if (!existsSync(join(folder, name))) return name;
  }
}

import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { readArchive } from '../backup/read-archive';
import { backupsIn } from '../backup/keep';
import type { BackupSecret } from '../backup/key';
import type { Finding } from './finding';
import { bad, good, spanOf } from './finding';

/** Nightly, and half a day for a machine that is switched off. */
const STALE = 36 * 3_600_000;
/** A newest backup up to this size is always read to its end. */
const SMALL = 64_000_000;

export interface BackupsToCheck {
  readonly scheduled: boolean;
  readonly dir: string;
  readonly now: number;
  readonly full: boolean;
  /** Null when there is no key: then nothing can be opened. */
  readonly secret: BackupSecret | null;
  readonly keyFile: string | null;
}

/** Is there a fresh one, and does it open to its last byte? */
export async function checkBackups(options: BackupsToCheck): Promise<Finding[]> {
  const found: Finding[] = [];
  if (!options.scheduled) found.push(bad('自动备份关着 (BACKUP_OFF)'));
  const files = backupsIn(options.dir);
  const newest = files[0];
  if (!newest) return [...found, bad(`还没有备份：npm run backup，或让服务器开过夜 (${options.dir})`)];
  const age = options.now - newest.at;
  const text = `最近的备份在 ${spanOf(age)}前，共 ${files.length} 份 (${options.dir})`;
  found.push(age > STALE ? bad(text) : good(text));
  if (!options.secret) return [...found, bad('钥匙不在，备份打不开 (no key)')];
  const file = join(options.dir, newest.name);
  if (options.full || statSync(file).size <= SMALL)
    found.push(await readable(file, newest.name, options.secret));
  if (options.keyFile !== null && existsSync(options.keyFile))
    found.push(good(`备份钥匙在 ${options.keyFile}：请确认别处也有一份 (key)`));
  return found;
}

async function readable(file: string, name: string, secret: BackupSecret): Promise<Finding> {
  try {
    const { rows } = await readArchive(file, secret);
    const total = [...rows.values()].reduce((a, b) => a + b, 0);
    return good(`最近的备份能完整打开，${total} 行 (${name})`);
  } catch (error) {
    return bad(`最近的备份打不开：${(error as Error).message} (${name})`);
  }
}

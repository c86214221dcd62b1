import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { freeBytes, freeNames, inMegabytes } from '../files';
import { isHeld, readHolder } from '../process-lock';
import type { Finding } from './finding';
import { bad, good } from './finding';

/** Below this a school's server may stop taking writes within days. */
const LEAST_FREE = 1_000_000_000;
/** Files, as against bytes: a start needs two, a backup two. */
const LEAST_NAMES = 1_000;
/** A log this long means that something keeps it from being moved into the file. */
const LONG_LOG = 256_000_000;

export function checkSpace(folder: string, databaseBytes: number): Finding[] {
  const free = freeBytes(folder);
  const text = `磁盘还有 ${inMegabytes(free)}，数据库 ${inMegabytes(databaseBytes)} (disk space)`;
  const found = [free < Math.max(LEAST_FREE, databaseBytes) ? bad(`${text}：请腾出空间`) : good(text)];
  const names = freeNames(folder);
  if (names !== null && names < LEAST_NAMES)
    found.push(bad(`磁盘只能再放 ${names} 个文件 (inodes)：请删掉不用的小文件`));
  return found;
}

/** Nobody else on the machine may read a school's data. */
export function checkRights(folder: string, files: readonly string[]): Finding[] {
  if (process.platform === 'win32') return [];
  const wide = [folder, ...files]
    .filter((path) => existsSync(path))
    .filter((path) => (statSync(path).mode & 0o077) !== 0);
  if (wide.length === 0) return [good('数据只有本用户能读 (file permissions)')];
  return wide.map((path) => {
    const mode = (statSync(path).mode & 0o777).toString(8);
    return bad(`${path} 别的用户也能进（${mode}）：chmod go-rwx ${path}`);
  });
}

export function checkHolder(folder: string): Finding[] {
  if (!isHeld(folder)) return [good('服务器没有在运行 (not running)')];
  const holder = readHolder(folder);
  return [good(`服务器正在运行${holder ? `，进程 ${holder.pid}，${holder.since} 起` : ''} (running)`)];
}

export function checkLog(file: string): Finding[] {
  const log = `${file}-wal`;
  const bytes = existsSync(log) ? statSync(log).size : 0;
  const text = `未并入的日志 ${inMegabytes(bytes)} (write-ahead log)`;
  return [bytes > LONG_LOG ? bad(`${text}：可能有程序一直占着数据库`) : good(text)];
}

export const sqliteFiles = (dataDir: string): string[] =>
  ['qing.sqlite', 'qing.sqlite-wal', 'qing.sqlite-shm'].map((name) => join(dataDir, name));

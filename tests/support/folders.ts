import { existsSync, mkdtempSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const MEMORY = '/dev/shm';
/** Shared memory of a container is often 64 MB, and `doctor` calls less than 1 GB too little. */
const PLENTY = 4e9;

const roomy = (): boolean => {
  if (!existsSync(MEMORY)) return false;
  const { bavail, bsize } = statfsSync(MEMORY);
  return bavail * bsize > PLENTY;
};

/**
 * A new folder for a database, in memory where there is plenty: processes are killed here and nobody pulls the power, so waiting for
 * a disk would show nothing. The caller removes it.
 */
export const memoryFolder = (prefix: string): string =>
  mkdtempSync(join(roomy() ? MEMORY : tmpdir(), prefix));

/** The same, but in the long run a disk is a disk: its databases are large and its figures are kept. */
export const databaseFolder = (prefix: string): string =>
  process.env['LONG'] === '1' ? mkdtempSync(join(tmpdir(), prefix)) : memoryFolder(prefix);

import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Refused } from '@kernel/server/ops/exit';
import type { Keep } from '@kernel/server/ops/backup/keep';
import type { BackupSecret } from '@kernel/server/ops/backup/key';
import { keyFile } from '@kernel/server/ops/backup/key';

type Environment = Readonly<Record<string, string | undefined>>;

export interface BackupConfig {
  /** Nightly backups by the server. */
  readonly scheduled: boolean;
  readonly dir: string;
  /** `HH:MM` in `ZONE`. */
  readonly at: string;
  readonly keep: Keep;
  /** What opens them: the passphrase when there is one, else the key file. */
  readonly passphrase: string | null;
  readonly keyFile: string;
}

export interface Config {
  readonly port: number;
  readonly host: string;
  readonly dataDir: string;
  readonly databaseUrl: string | null;
  /** Left out where nothing is backed up: tests, benches. */
  readonly backup?: BackupConfig;
  /** Serve the worker that removes every worker: for the day a broken one was released. */
  readonly killWorker?: boolean;
}

/** The zone in which "at night" is meant; schools may have another for their own days. */
export const ZONE = 'Asia/Shanghai';

/** Reads the environment; throws with words a person can act on. */
export function readConfig(env: Environment, cwd: string): Config {
  const port = Number(env.PORT ?? '8080');
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new Refused(`PORT must be a whole number from 0 to 65535, not "${env.PORT}"`);
  const databaseUrl = env.DATABASE_URL ?? '';
  if (databaseUrl !== '' && !isPostgres(databaseUrl))
    throw new Refused(
      'DATABASE_URL must start with postgres:// or postgresql://; leave it out for the built-in SQLite file',
    );
  const dataDir = env.DATA_DIR ?? join(cwd, 'data');
  return {
    port,
    host: env.HOST ?? '0.0.0.0',
    dataDir,
    databaseUrl: databaseUrl === '' ? null : databaseUrl,
    backup: readBackup(env, cwd, dataDir),
    killWorker: env.SW_KILL === '1',
  };
}

export const isPostgres = (url: string): boolean => /^postgres(ql)?:\/\//.test(url);

function readBackup(env: Environment, cwd: string, dataDir: string): BackupConfig {
  const at = env.BACKUP_AT ?? '02:30';
  if (!/^([01]\d|2[0-3]):[0-5]\d$/.test(at))
    throw new Refused(`BACKUP_AT must be a time like 02:30, not "${at}"`);
  const keep = /^(\d{1,3}),(\d{1,3}),(\d{1,3})$/.exec(env.BACKUP_KEEP ?? '7,4,6');
  if (!keep || keep.slice(1).every((n) => Number(n) === 0))
    throw new Refused(`BACKUP_KEEP must be days,weeks,months like 7,4,6, not "${env.BACKUP_KEEP}"`);
  return {
    scheduled: (env.BACKUP_OFF ?? '') === '' || env.BACKUP_OFF === '0',
    dir: env.BACKUP_DIR ? resolve(cwd, env.BACKUP_DIR) : join(dataDir, 'backups'),
    at,
    keep: { daily: Number(keep[1]), weekly: Number(keep[2]), monthly: Number(keep[3]) },
    passphrase: readPassphrase(env, cwd),
    keyFile: env.BACKUP_KEY_FILE ? resolve(cwd, env.BACKUP_KEY_FILE) : join(dataDir, 'keys', 'backup.key'),
  };
}

function readPassphrase(env: Environment, cwd: string): string | null {
  let words = env.BACKUP_PASSPHRASE ?? '';
  if (env.BACKUP_PASSPHRASE_FILE) {
    try {
      words = readFileSync(resolve(cwd, env.BACKUP_PASSPHRASE_FILE), 'utf8').trim();
    } catch (error) {
      throw new Refused(`BACKUP_PASSPHRASE_FILE cannot be read: ${(error as Error).message}`);
    }
  }
  if (words === '') return null;
  if (words.length < 12) throw new Refused('BACKUP_PASSPHRASE needs at least 12 characters');
  return words;
}

/** What seals and opens backups. Makes the key file when `make` and there is neither. */
export function backupSecret(config: BackupConfig, make: boolean): { secret: BackupSecret; made: boolean } {
  return config.passphrase === null
    ? keyFile(config.keyFile, make)
    : { secret: { kind: 'passphrase', passphrase: config.passphrase }, made: false };
}

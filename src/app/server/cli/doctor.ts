import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { Kysely, PostgresDialect, SqliteDialect } from 'kysely';
import pg from 'pg';
import type { BackupSecret } from '@kernel/server/ops/backup/key';
import { checkBackups } from '@kernel/server/ops/doctor/backups';
import {
  checkChains,
  checkClock,
  checkCounters,
  checkEngine,
  checkSteps,
} from '@kernel/server/ops/doctor/database';
import type { Finding } from '@kernel/server/ops/doctor/finding';
import { bad, checked, good } from '@kernel/server/ops/doctor/finding';
import {
  checkHolder,
  checkLog,
  checkRights,
  checkSpace,
  sqliteFiles,
} from '@kernel/server/ops/doctor/folder';
import type { Tables } from '@kernel/server/store/tables';
import type { Config } from '../config';
import { backupSecret } from '../config';

/** Looks at everything an operator should know and changes nothing. `full` reads every index and the whole newest backup. */
export async function examine(config: Config, full: boolean, now = Date.now()): Promise<Finding[]> {
  const { dataDir, databaseUrl } = config;
  const file = join(dataDir, 'qing.sqlite');
  const found: Finding[] = [];
  if (!existsSync(dataDir)) {
    if (databaseUrl === null) return [bad(`没有 ${dataDir}：先启动一次 (DATA_DIR)`)];
  } else {
    const bytes = existsSync(file) ? statSync(file).size : 0;
    found.push(...(await checked('磁盘', () => checkSpace(dataDir, bytes))));
    const keys = [join(dataDir, 'keys'), config.backup?.keyFile ?? ''];
    found.push(...(await checked('权限', () => checkRights(dataDir, [...sqliteFiles(dataDir), ...keys]))));
  }
  if (databaseUrl === null) {
    found.push(...(await checked('占用', () => checkHolder(dataDir))));
    found.push(...(await checked('日志', () => checkLog(file))));
  }
  found.push(...(await checked('服务', () => askServer(config))));
  found.push(...(await checked('数据库', () => checkDatabase(config, file, full, now))));
  const { backup } = config;
  if (backup) {
    let secret: BackupSecret | null = null;
    try {
      secret = backupSecret(backup, false).secret;
    } catch {
      // Said by the check.
    }
    const keyFile = backup.passphrase === null ? backup.keyFile : null;
    found.push(
      ...(await checked('备份', () =>
        checkBackups({ scheduled: backup.scheduled, dir: backup.dir, now, full, secret, keyFile }),
      )),
    );
  }
  return found;
}

async function checkDatabase(config: Config, file: string, full: boolean, now: number): Promise<Finding[]> {
  const { databaseUrl } = config;
  if (databaseUrl === null && !existsSync(file)) return [good('还没有数据，第一次启动时建好 (empty)')];
  const dialect = databaseUrl === null ? 'sqlite' : 'postgres';
  const db = new Kysely<Tables>({
    dialect:
      databaseUrl === null
        ? new SqliteDialect({ database: new Database(file, { readonly: true }) })
        : new PostgresDialect({
            pool: new pg.Pool({ connectionString: databaseUrl, max: 1, connectionTimeoutMillis: 5_000 }),
          }),
  });
  try {
    const found = await checkEngine(db, dialect, full);
    const steps = await checkSteps(db, dialect);
    found.push(...steps);
    if (steps.some((s) => !s.ok || s.text.includes('empty'))) return found;
    found.push(...(await checked('编号', () => checkCounters(db, dialect))));
    if (full) found.push(...(await checked('账本', () => checkChains(db))));
    found.push(...(await checked('时钟', () => checkClock(db, now))));
    return found;
  } finally {
    await db.destroy();
  }
}

/** What the running server says of itself, if it runs. */
async function askServer({ host, port }: Config): Promise<Finding[]> {
  const to = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  let said: { readOnly?: string; backup?: { error: string | null } | null };
  try {
    const answer = await fetch(`http://${to}:${port}/healthz`, { signal: AbortSignal.timeout(3_000) });
    if (!answer.ok) return [bad(`服务器答 ${answer.status}：数据库连不上 (healthz)`)];
    said = (await answer.json()) as typeof said;
  } catch {
    return [];
  }
  const found: Finding[] = [];
  if (said.readOnly !== undefined)
    found.push(bad(`服务器现在只能看，写不进去：${said.readOnly} (read-only)`));
  if (said.backup?.error) found.push(bad(`上次自动备份没成：${said.backup.error} (scheduled backup)`));
  return found.length > 0 ? found : [good(`服务器在答应 (http://${to}:${port}/healthz)`)];
}

import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { takeBackup } from '@kernel/server/ops/backup/take';
import { Refused } from '@kernel/server/ops/exit';
import { inMegabytes } from '@kernel/server/ops/files';
import type { Config } from '../config';
import { backupSecret } from '../config';
import type { Say } from './main';

/** `backup [--to folder]`: now, beside a running server or without one. */
export async function backup(config: Config, to: string | undefined, say: Say): Promise<void> {
  const { backup: settings, databaseUrl, dataDir } = config;
  if (!settings) throw new Error('defect: no backup settings');
  const file = join(dataDir, 'qing.sqlite');
  if (databaseUrl === null && !existsSync(file))
    throw new Refused(`${file} 不在，没有可备份的。There is no database to back up.`);
  const { secret, made } = backupSecret(settings, true);
  const folder = to === undefined ? settings.dir : resolve(to);
  const written = await takeBackup(
    { from: databaseUrl === null ? { file } : { databaseUrl }, build: __BUILD__ },
    folder,
    secret,
    { now: Date.now() },
  );
  const total = [...written.rows.values()].reduce((a, b) => a + b, 0);
  say(`✓ ${written.file}（${inMegabytes(written.bytes)}，${total} 行，已从头读过一遍 read back whole）`);
  say('  里面有全部数据和这台服务器的密钥。It holds all data and the secret of this installation.');
  if (secret.kind === 'key')
    say(
      `${made ? '!' : ' '} 钥匙 Key: ${settings.keyFile}，没有它打不开，请另存到别处。Without it nobody opens the backup; keep a copy elsewhere.`,
    );
  else say('  用 BACKUP_PASSPHRASE 的口令打开。Opened with the passphrase in BACKUP_PASSPHRASE.');
}

import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { keyFile } from '@kernel/server/ops/backup/key';
import { restore as restoreInto } from '@kernel/server/ops/backup/restore';
import { Refused } from '@kernel/server/ops/exit';
import type { Config } from '../config';
import { backupSecret, isPostgres } from '../config';
import type { Say } from './main';

export interface RestoreArgs {
  readonly file: string | undefined;
  readonly into: string | undefined;
  readonly key: string | undefined;
  readonly replace: boolean;
}

/** `restore file [--into DATA_DIR | postgres://…] [--key file] [--replace]`; the server must be stopped. */
export async function restore(config: Config, args: RestoreArgs, say: Say): Promise<void> {
  if (args.file === undefined || !existsSync(args.file))
    throw new Refused('请给出备份文件：restore 文件 [--into 文件夹或数据库地址]。Name the backup file.');
  const into = args.into ?? config.databaseUrl ?? config.dataDir;
  const secret =
    args.key === undefined
      ? backupSecret(config.backup!, false).secret
      : keyFile(resolve(args.key), false).secret;
  const from = performance.now();
  const restored = await restoreInto({
    file: resolve(args.file),
    secret,
    into: isPostgres(into) ? { databaseUrl: into } : { dataDir: resolve(into) },
    replace: args.replace,
    now: Date.now(),
  });
  const total = [...restored.rows.values()].reduce((a, b) => a + b, 0);
  const seconds = ((performance.now() - from) / 1_000).toFixed(1);
  say(
    `✓ 已恢复 ${total} 行，行数都对过（${seconds} s）。备份取于 ${new Date(restored.head.taken).toISOString()}。`,
  );
  say(`  Restored ${total} rows, counted; taken ${new Date(restored.head.taken).toISOString()}.`);
  if (restored.kept !== null)
    say(`  原来的数据在 ${restored.kept}。What was there before is kept under that name.`);
  say(
    '  手机会自己发现，把备份之后已经送到的再送一遍。Phones notice by themselves and offer again what was accepted after the backup.',
  );
}

import { networkInterfaces } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { renderUnicodeCompact } from 'uqr';
import { EXIT, Refused } from '@kernel/server/ops/exit';
import type { Config } from './config';
import { backupSecret, readConfig } from './config';
import { groundWords } from './ground-words';
import type { Served } from './serve';
import { serve } from './serve';

export { serve } from './serve';
export { readConfig } from './config';

/** A stop that takes longer is ended: what was acknowledged is on the disk, the rest the phones send again. */
const STOP_WITHIN = 10_000;

/** The first address another device in the same network can reach. */
function lanAddress(): string | null {
  for (const list of Object.values(networkInterfaces()))
    for (const a of list ?? []) if (a.family === 'IPv4' && !a.internal) return a.address;
  return null;
}

async function main(): Promise<void> {
  // Whatever this process writes is for its user alone.
  process.umask(0o077);
  const config = readConfig(process.env, process.cwd());
  const clientFolder = join(dirname(fileURLToPath(import.meta.url)), '..', 'client');
  const keyMade = prepareKey(config);
  const served = await serve({ ...config, clientFolder }, { onFatal: () => process.exit(EXIT.storage) });
  stopWhenAsked(served);
  process.stdout.write(`${welcome(config, served, keyMade).join('\n')}\n`);
  // For a supervisor: where to ask whether we still answer.
  process.send?.({ listening: { host: config.host, port: served.port } });
}

/** The first start makes the key, so that its owner hears of it while somebody is looking. */
function prepareKey({ backup }: Config): boolean {
  return backup?.scheduled === true && backup.passphrase === null && backupSecret(backup, true).made;
}

function welcome(config: Config, served: Served, keyMade: boolean): string[] {
  const lines = [
    '',
    '轻台账已启动 · Qing Taizhang is running',
    `  本机 Local:  http://localhost:${served.port}`,
  ];
  const lan = config.host === '0.0.0.0' || config.host === '::' ? lanAddress() : null;
  if (lan !== null) {
    const url = `http://${lan}:${served.port}`;
    lines.push(
      `  手机 Phone:  ${url}`,
      '',
      renderUnicodeCompact(served.setUpCode ? `${url}/welcome#${served.setUpCode}` : url),
    );
  }
  if (served.setUpCode !== null)
    lines.push(
      `  口令 Code:   ${served.setUpCode}`,
      '               建立学校时要填，只给要建校的人。Asked for when a school is set up; for that person only.',
    );
  lines.push(`  数据 Data:   ${config.databaseUrl === null ? config.dataDir : 'PostgreSQL'}`);
  const { backup } = config;
  if (backup?.scheduled) lines.push(`  备份 Backup: ${backup.dir}，每天 ${backup.at}`);
  if (backup && keyMade)
    lines.push(
      `  钥匙 Key:    ${backup.keyFile}`,
      '               请另存到别的地方，没有它备份打不开。Keep a copy elsewhere: without it no backup opens.',
    );
  return [...lines, ''];
}

function stopWhenAsked(served: Served): void {
  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    setTimeout(() => process.exit(1), STOP_WITHIN).unref();
    served.close().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  process.on('SIGHUP', stop);
  // Our supervisor is gone: whoever starts the next one must find the folder free.
  if (process.send) process.on('disconnect', stop);
}

/** Words for the operator, and whether starting again can help. */
function failed(error: unknown): never {
  const { message, code } = error as { message?: string; code?: string };
  const busy = code === 'EADDRINUSE' || code === 'EACCES';
  const said = message || code || String(error);
  const words = busy ? '端口用不了，可能另一个程序在用。The port cannot be used: ' : groundWords(error);
  process.stderr.write(`无法启动 Cannot start: ${words}${said}\n`);
  process.exit(error instanceof Refused || busy ? EXIT.refused : 1);
}

// Run only as a program: tests import `serve` from the same built file.
if (process.argv[1] === fileURLToPath(import.meta.url)) main().catch(failed);

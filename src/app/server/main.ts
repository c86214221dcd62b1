import { networkInterfaces } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { renderUnicodeCompact } from 'uqr';
import { readConfig } from './config';
import { serve } from './serve';

export { serve } from './serve';
export { readConfig } from './config';

/** The first address another device in the same network can reach. */
function lanAddress(): string | null {
  for (const list of Object.values(networkInterfaces()))
    for (const a of list ?? []) if (a.family === 'IPv4' && !a.internal) return a.address;
  return null;
}

async function main(): Promise<void> {
  const config = readConfig(process.env, process.cwd());
  const clientFolder = join(dirname(fileURLToPath(import.meta.url)), '..', 'client');
  const served = await serve({ ...config, clientFolder });
  const lines = [
    '',
    '轻台账已启动 · Qing Taizhang is running',
    `  本机 Local:  http://localhost:${served.port}`,
  ];
  const lan = config.host === '0.0.0.0' || config.host === '::' ? lanAddress() : null;
  if (lan !== null) {
    const url = `http://${lan}:${served.port}`;
    lines.push(`  手机 Phone:  ${url}`, '', renderUnicodeCompact(url));
  }
  lines.push(`  数据 Data:   ${config.databaseUrl === null ? config.dataDir : 'PostgreSQL'}`, '');
  process.stdout.write(`${lines.join('\n')}\n`);

  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    served.close().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

// Run only as a program: tests import `serve` from the same built file.
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  main().catch((error: unknown) => {
    process.stderr.write(
      `无法启动 Cannot start: ${error instanceof Error ? error.message : String(error)}\n`,
    );
    process.exit(1);
  });
}

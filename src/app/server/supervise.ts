import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Supervisor } from './supervisor';

/** `node dist/server/supervise.js`: the server with somebody outside who starts it again. */
const main = join(dirname(fileURLToPath(import.meta.url)), 'main.js');

const supervisor = new Supervisor({
  args: [main, ...process.argv.slice(2)],
  log: (fields, message) =>
    process.stdout.write(
      `${JSON.stringify({ level: 50, time: Date.now(), supervisor: process.pid, ...fields, msg: message })}\n`,
    ),
  onEnd: (code) => process.exit(code),
});

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const)
  process.on(signal, () => supervisor.stop(signal));
supervisor.start();

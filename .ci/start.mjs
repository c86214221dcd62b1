/**
 * `npm start`: from a fresh clone to a running server, and the second time only the server. It runs under a supervisor that starts
 * it again when it crashes or does not answer; `SUPERVISE=0` leaves that out, for machines where somebody else does it.
 */
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureBuilt } from './lib/build.mjs';
import { ensureInstalled, requireNode } from './lib/install.mjs';
import { stopRunning, whenOrphaned } from './lib/run.mjs';
import { Stop } from './lib/say.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
let server = null;

const serve = () => {
  const entry = process.env.SUPERVISE === '0' ? 'dist/server/main.js' : 'dist/server/supervise.js';
  server = spawn(process.execPath, [join(root, entry), ...process.argv.slice(2)], {
    cwd: root,
    stdio: 'inherit',
    env: { NODE_ENV: 'production', ...process.env },
  });
  server.once('error', (error) => {
    process.stderr.write(`The server could not be started: ${error.message}\n`);
    process.exit(1);
  });
  server.once('exit', (code) => process.exit(code ?? 1));
};

/** Before the server runs there is only an installation or a build to end; afterwards the server ends itself. */
const stop = async (signal) => {
  if (!server) {
    await stopRunning();
    process.exit(130);
  }
  // A terminal sends Ctrl-C to both of us; a second one would cut the server's graceful stop short.
  if (signal === 'SIGINT' && process.stdin.isTTY) return;
  server.kill(signal);
};

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => stop(signal));
whenOrphaned(() => stop('SIGTERM'));

try {
  requireNode();
  await ensureInstalled(root);
  if (!(await ensureBuilt(root))) throw new Stop('The build failed; its message is above.');
  serve();
} catch (error) {
  process.stderr.write(`${error instanceof Stop ? error.message : error.stack}\n`);
  process.exit(1);
}

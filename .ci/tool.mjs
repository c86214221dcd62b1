/**
 * `npm run backup | restore | doctor | verify`: the operator's commands. On a machine where nothing was built yet (the new one
 * after the old one burnt down) it is built first; a build that is there is used as it is, also beside a running server.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureBuilt } from './lib/build.mjs';
import { ensureInstalled, requireNode } from './lib/install.mjs';
import { Stop } from './lib/say.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const cli = join(root, 'dist/server/cli.js');

try {
  requireNode();
  if (!existsSync(cli)) {
    await ensureInstalled(root);
    if (!(await ensureBuilt(root))) throw new Stop('The build failed; its message is above.');
  }
} catch (error) {
  process.stderr.write(`${error instanceof Stop ? error.message : error.stack}\n`);
  process.exit(1);
}
// npm runs scripts in the package's folder; paths are meant from where the person stands.
const cwd = process.env.INIT_CWD ?? process.cwd();
const env = { ...process.env, DATA_DIR: process.env.DATA_DIR ?? join(root, 'data') };
const done = spawnSync(process.execPath, [cli, ...process.argv.slice(2)], { cwd, env, stdio: 'inherit' });
process.exit(done.status ?? 1);

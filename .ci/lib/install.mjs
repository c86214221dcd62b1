/** Dependencies, installed when they differ from the lock file and at no other time. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { hashOf, readStamp, writeStamp } from './inputs.mjs';
import { ask, run } from './run.mjs';
import { say, seconds, Stop } from './say.mjs';

const LEAST_NODE = [20, 19];

export const requireNode = () => {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > LEAST_NODE[0] || (major === LEAST_NODE[0] && minor >= LEAST_NODE[1])) return;
  throw new Stop(
    `This is Node ${process.versions.node}; 轻台账 needs Node ${LEAST_NODE.join('.')} or newer (20, 22 and 24 are known to work).\n` +
      '  Install a newer one from https://nodejs.org or with your version manager, then run the same command again.',
  );
};

export const ensureInstalled = async (root) => {
  const stampFile = join(root, 'node_modules/.cache/house/install.json');
  // The ABI counts: native libraries built for one Node do not load in the next.
  const wanted = { lock: hashOf(root, ['package.json', 'package-lock.json']), abi: process.versions.modules };
  const stamp = readStamp(stampFile);
  if (stamp?.lock === wanted.lock && stamp.abi === wanted.abi) return;

  if (!agreesWithLock(root) || !nativeLoads(root)) {
    const from = Date.now();
    say('Installing dependencies (npm ci)…');
    const code = await npm(root, ['ci', '--include=dev', '--loglevel=error']);
    if (code !== 0) {
      throw new Stop(
        'npm ci failed; its message is above. Usual causes: no way to the npm registry (set one in ~/.npmrc), or no disk space.',
      );
    }
    if (!nativeLoads(root)) {
      throw new Stop(
        'Dependencies are installed, but better-sqlite3 does not load. Its prebuilt binary could not be fetched; ' +
          'install a C++ compiler, make and python3, then run the same command again.',
      );
    }
    say(`Dependencies installed in ${seconds(from)}.`);
  }
  writeStamp(stampFile, wanted);
};

const npm = (root, args) => {
  const cli = process.env.npm_execpath;
  const env = { ...process.env, NODE_ENV: 'development' };
  return cli?.endsWith('.js')
    ? run(process.execPath, [cli, ...args], { cwd: root, env })
    : run(process.platform === 'win32' ? 'npm.cmd' : 'npm', args, {
        cwd: root,
        env,
        shell: process.platform === 'win32',
      });
};

/** npm leaves a list of what it really installed; when it matches the lock there is nothing to do. */
const agreesWithLock = (root) => {
  const installedFile = join(root, 'node_modules/.package-lock.json');
  if (!existsSync(installedFile)) return false;
  const read = (file) => JSON.parse(readFileSync(file, 'utf8')).packages;
  const installed = read(installedFile);
  return Object.entries(read(join(root, 'package-lock.json'))).every(
    ([path, wanted]) =>
      path === '' || installed[path]?.version === wanted.version || (wanted.optional && !installed[path]),
  );
};

const nativeLoads = (root) =>
  ask(process.execPath, ['-e', "new (require('better-sqlite3'))(':memory:').close(); console.log('ok')"], {
    cwd: root,
  }) === 'ok';

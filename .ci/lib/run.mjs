/** Starting other programs, without a shell, always awaited. */
import { spawn, spawnSync } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const running = new Set();

/** Runs to the end with the terminal inherited; resolves to the exit code (128 when a signal ended it). */
export const run = (command, args, options = {}) =>
  new Promise((resolve, reject) => {
    // Its own group, so that stopping it stops its workers and browsers too.
    const child = spawn(command, args, {
      stdio: ['ignore', 'inherit', 'inherit'],
      detached: true,
      ...options,
    });
    running.add(child);
    child.once('error', reject);
    child.once('exit', (code) => {
      running.delete(child);
      resolve(code ?? 128);
    });
  });

/** Ends what run() still has running, gently first, and waits until it is gone. */
export const stopRunning = async () => {
  await Promise.all(
    [...running].map(
      (child) =>
        new Promise((resolve) => {
          const hurry = setTimeout(() => signalGroup(child, 'SIGKILL'), 5000);
          child.once('exit', () => {
            clearTimeout(hurry);
            resolve();
          });
          signalGroup(child, 'SIGTERM');
        }),
    ),
  );
};

/** Signals a group that we started as one, and nothing else. */
export const signalGroup = (child, signal) => {
  try {
    process.kill(-child.pid, signal);
  } catch {
    // Already gone.
  }
};

/** The output of a quick question, or null when it could not be asked. */
export const ask = (command, args, options = {}) => {
  const result = spawnSync(command, args, { encoding: 'utf8', timeout: 15_000, ...options });
  return result.status === 0 ? result.stdout.trim() : null;
};

export const onPath = (...names) => {
  for (const name of names) {
    for (const folder of (process.env.PATH ?? '').split(delimiter)) {
      if (folder && isExecutable(join(folder, name))) return join(folder, name);
    }
  }
  return null;
};

export const isExecutable = (path) => {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
};

export const isRoot = () => process.getuid?.() === 0;

/**
 * Calls back once when the shell that npm put between us is gone. npm passes a SIGTERM to that shell, and the shell
 * dies of it without a word to us: without this, `npm start` under a service manager would leave its server running.
 */
export const whenOrphaned = (callback) => {
  if (!process.env.npm_lifecycle_event) return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    callback();
  }, 250);
  timer.unref();
};

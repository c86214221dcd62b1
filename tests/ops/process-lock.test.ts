import { fork, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isHeld, Occupied, readHolder, takeLock } from '@kernel/server/ops/process-lock';
import { times } from './support/counts';

let folder: string;
const children: ChildProcess[] = [];
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'qing-lock-'))));
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

/** Another process with the lock, in plain JavaScript: what it does is what `takeLock` does. */
const HOLDER = `
const Database = require(process.env.SQLITE);
const { writeFileSync } = require('node:fs');
const db = new Database(process.env.FOLDER + '/qing.guard', { timeout: 500 });
db.pragma('journal_mode = memory');
db.exec('begin exclusive');
writeFileSync(process.env.FOLDER + '/qing.lock', JSON.stringify({ pid: process.pid, host: 'desk', what: 'server', started: 'x', since: '2026-11-23T00:00:00.000Z' }));
process.send('held');
process.on('message', () => { for (;;); });
`;

async function holder(): Promise<ChildProcess> {
  const script = join(folder, 'holder.cjs');
  writeFileSync(script, HOLDER);
  const child = fork(script, [], {
    env: { ...process.env, FOLDER: folder, SQLITE: createRequire(import.meta.url).resolve('better-sqlite3') },
    execArgv: [],
  });
  children.push(child);
  await new Promise((resolve) => child.once('message', resolve));
  return child;
}

const gone = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill('SIGKILL');
  });

describe('the lock of a data folder (D4)', () => {
  test('is one process’s, names it, and is given back', () => {
    const lock = takeLock(folder, 'server');
    expect(isHeld(folder)).toBe(true);
    expect(readHolder(folder)).toMatchObject({ pid: process.pid, what: 'server' });
    expect(() => takeLock(folder, 'restore', { waitMs: 0 })).toThrow(Occupied);
    lock.release();
    lock.release();
    expect(isHeld(folder)).toBe(false);
    expect(readHolder(folder)).toBeNull();
    takeLock(folder, 'restore').release();
  });

  test('is refused within two seconds, naming the holder, however often it is tried and though its loop is blocked', async () => {
    const child = await holder();
    child.send('block');
    let longest = 0;
    for (let i = 0; i < times('D4', 50, 200); i++) {
      const from = performance.now();
      expect(() => takeLock(folder, 'server', { waitMs: 20 })).toThrow(
        new RegExp(`进程 ${child.pid}（server，desk`),
      );
      longest = Math.max(longest, performance.now() - from);
    }
    expect(longest).toBeLessThan(2_000);
    const from = performance.now();
    expect(() => takeLock(folder, 'server')).toThrow(Occupied);
    expect(performance.now() - from).toBeLessThan(2_000);
    expect(child.exitCode).toBeNull();
  });

  test('of a stopped process is not taken by any age', async () => {
    const child = await holder();
    child.kill('SIGSTOP');
    writeFileSync(join(folder, 'qing.lock'), JSON.stringify({ pid: 1, since: '1999-01-01T00:00:00.000Z' }));
    expect(() => takeLock(folder, 'server', { waitMs: 50 })).toThrow(Occupied);
  });

  test('of a killed process is free at once, whatever its card says', async () => {
    for (let i = 0; i < 5; i++) {
      const child = await holder();
      await gone(child);
      expect(readHolder(folder)?.pid).toBe(child.pid);
      // Somebody else has the number by now: a pid alone says nothing.
      writeFileSync(join(folder, 'qing.lock'), JSON.stringify({ ...readHolder(folder), pid: process.pid }));
      const lock = takeLock(folder, 'server');
      expect(readHolder(folder)).toMatchObject({ pid: process.pid, what: 'server' });
      lock.release();
    }
  });

  test('many at once: exactly one has it', async () => {
    const got = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        Promise.resolve().then(() => {
          try {
            return takeLock(folder, `n${i}`, { waitMs: 0 });
          } catch {
            return null;
          }
        }),
      ),
    );
    expect(got.filter((lock) => lock !== null)).toHaveLength(1);
    got.find((lock) => lock !== null)!.release();
  });

  test('control: a lock by pid and age is taken from a live process whose loop is blocked', async () => {
    const child = await holder();
    child.send('block');
    const card = join(folder, 'qing.lock');
    const naive = (): boolean => {
      const { since } = JSON.parse(readFileSync(card, 'utf8')) as { since: string };
      if (Date.now() - Date.parse(since) < 60_000) return false;
      unlinkSync(card); // no heartbeat for a minute: must be dead
      writeFileSync(card, JSON.stringify({ pid: process.pid, since: new Date().toISOString() }), {
        flag: 'wx',
      });
      return true;
    };
    // The holder took it "long ago" and cannot renew it: its loop is blocked.
    expect(naive()).toBe(true);
    expect(child.exitCode).toBeNull();
    expect(() => takeLock(folder, 'server', { waitMs: 0 })).toThrow(Occupied);
  });
});

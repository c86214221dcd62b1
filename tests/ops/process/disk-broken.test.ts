import { readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { breakableDisk, memoryDisk, removeDisks } from '../support/disks';
import { pullOf, showsAndTakesNothing, until } from '../support/filling';
import { dropTowns, founded, tidyUp } from '../support/founded';
import { ask, Phones } from '../support/phones';
import type { Place } from '../support/places';
import { ServerProcess } from '../support/server';
import { wrongWith } from '../support/town';

afterEach(async () => {
  await tidyUp();
  removeDisks();
});
afterAll(dropTowns);

const noDisk = (test: string): void =>
  void process.stdout.write(`${test}: no file system of our own here (root and Linux only)\n`);
const WORDS = 'The disk takes nothing (full, read-only, or no room for new files)';
const refusals = (server: ServerProcess): number => server.output.split(WORDS).length - 1;

/** A supervised server on this place, which may not be able to start yet. */
async function supervised(place: Place): Promise<{ server: ServerProcess; port: number }> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as { port: number };
  await new Promise((resolve) => probe.close(resolve));
  return { server: ServerProcess.launch(place, { entry: 'supervise', port }), port };
}
const answers = async (port: number): Promise<boolean> => (await ask(port, '/healthz'))?.status === 200;

/** Takes every name that is left; gives them back when called. */
function takeNames(folder: string): () => void {
  const taken: string[] = [];
  for (let i = 0; statfsSync(folder).ffree > 0; i++) {
    const name = join(folder, `name-${i}`);
    writeFileSync(name, '');
    taken.push(name);
  }
  return () => taken.forEach((name) => rmSync(name));
}

describe('a disk without a name for one more file (D5, inodes)', () => {
  test('stops nobody’s work, lets no half backup lie, and the server that was killed on it starts', async () => {
    const disk = memoryDisk('size=40000000,nr_inodes=64');
    if (!disk) return noDisk('D5 inodes');
    const { place, town } = await founded('sqlite');
    const where = disk.takes(place);
    const first = await ServerProcess.start(where);
    const phones = new Phones(town);
    phones.work(() => first.port, 12);
    await phones.more(20);
    const giveBack = takeNames(disk.folder);
    expect(() => writeFileSync(join(disk.folder, 'one-more'), '')).toThrow('ENOSPC');
    await phones.more(100);
    const before = readdirSync(disk.folder);
    const backup = ServerProcess.launch(where, { entry: 'cli', args: ['backup'] });
    const doctor = ServerProcess.launch(where, { entry: 'cli', args: ['doctor'] });
    expect(await backup.ended).toEqual({ code: 2, signal: null });
    expect(backup.output).toContain(WORDS);
    expect(readdirSync(disk.folder)).toEqual(before);
    expect(await doctor.ended).toEqual({ code: 1, signal: null });
    expect(doctor.output).toContain('磁盘只能再放 0 个文件');

    await first.kill('SIGKILL');
    await phones.rest();
    const second = await ServerProcess.start(where);
    phones.work(() => second.port, 12);
    await phones.more(60);
    await phones.rest();
    giveBack();
    expect(await second.kill('SIGTERM')).toEqual({ code: 0, signal: null });
    // Work needs no new file, so it never came to "no space".
    expect([...phones.statuses.keys()].filter((status) => status !== 200 && status !== 0)).toEqual([]);
    expect(await wrongWith(await where.open(), town, phones.acked)).toEqual([]);
    await where.shut();
  });

  test('keeps a server that was stopped in order from its log: it says so, and starts by itself when there is one', async () => {
    const disk = memoryDisk('size=40000000,nr_inodes=64');
    if (!disk) return noDisk('D5 inodes, start');
    const { place, town } = await founded('sqlite');
    const where = disk.takes(place);
    const giveBack = takeNames(disk.folder);
    const { server, port } = await supervised(where);
    await until('it says why', () => refusals(server) > 0);
    giveBack();
    await until('it is there', () => answers(port), 30_000);
    const phones = new Phones(town);
    phones.work(() => port, 12);
    await phones.more(30);
    await phones.rest();
    await server.kill('SIGTERM');
    expect(await wrongWith(await where.open(), town, phones.acked)).toEqual([]);
    await where.shut();
  });
});

describe('a disk that was made read-only (D5)', () => {
  test.each(['between two commits', 'in the middle of them'])(
    '%s of a working server: pushes are told so, pulls go on, and what was acknowledged is there when it is back',
    async (when) => {
      const disk = breakableDisk();
      if (!disk) return noDisk('D5 read-only');
      const { place, town } = await founded('sqlite');
      const where = disk.takes(place);
      const env = { PROBE_MS: '300' };
      const server = await ServerProcess.start(where, { plant: 'full-disk', env });
      const phones = new Phones(town);
      phones.work(() => server.port, 12);
      await phones.more(60);
      if (when === 'between two commits') await phones.rest();
      // What ext4 does to itself after an error of the disk: read-only at once, files open or not.
      expect(disk.remount('abort')).toBe(true);
      expect(() => writeFileSync(join(disk.folder, 'one-more'), '')).toThrow('EROFS');
      if (when === 'between two commits') phones.work(() => server.port, 12);
      const ended = (): boolean => server.child.exitCode !== null;
      await until('pushes are told so', () => phones.of(507) > 10 || ended());
      if (ended()) {
        // The break came between a write and its `fsync`: what is on the disk is not known, so nothing more is said (D6).
        expect(when).toBe('in the middle of them');
        expect(await server.ended).toEqual({ code: 74, signal: null });
      } else {
        await showsAndTakesNothing(server, town, 'ext4 broken off');
        expect((await server.kill('SIGTERM')).signal, 'it stops by itself').toBeNull();
      }
      await phones.rest();
      expect([...phones.statuses.keys()].filter((status) => ![0, 200, 503, 507].includes(status))).toEqual(
        [],
      );

      disk.remake();
      const again = await ServerProcess.start(where);
      phones.work(() => again.port, 12);
      await phones.more(30);
      await phones.rest();
      expect(await again.kill('SIGTERM')).toEqual({ code: 0, signal: null });
      expect(await wrongWith(await where.open(), town, phones.acked)).toEqual([]);
      await where.shut();
    },
  );

  test('before a start: the server says so, and starts by itself when it may write again', async () => {
    const disk = memoryDisk('size=40000000');
    if (!disk) return noDisk('D5 read-only, start');
    const { place, town } = await founded('sqlite');
    const where = disk.takes(place);
    const first = await ServerProcess.start(where);
    const phones = new Phones(town);
    phones.work(() => first.port, 12);
    await phones.more(60);
    await first.kill('SIGKILL');
    await phones.rest();
    expect(disk.remount('ro')).toBe(true);

    const { server, port } = await supervised(where);
    await until('it says why', () => refusals(server) > 1);
    expect(disk.remount('rw')).toBe(true);
    await until('it is there', () => answers(port), 30_000);
    expect((await pullOf({ port } as ServerProcess, town))?.status).toBe(200);
    phones.work(() => port, 12);
    await phones.more(30);
    await phones.rest();
    await server.kill('SIGTERM');
    expect(await wrongWith(await where.open(), town, phones.acked)).toEqual([]);
    await where.shut();
  });
});

import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest';
import { readArchive } from '@kernel/server/ops/backup/read-archive';
import { writeArchive } from '@kernel/server/ops/backup/write-archive';
import type { Snapshot } from '@kernel/server/ops/backup/format';
import type { BackupSecret } from '@kernel/server/ops/backup/key';
import { keyFile } from '@kernel/server/ops/backup/key';
import { restore } from '@kernel/server/ops/backup/restore';
import { takeBackup } from '@kernel/server/ops/backup/take';
import { Refused } from '@kernel/server/ops/exit';
import { isHeld, takeLock } from '@kernel/server/ops/process-lock';
import type { Dialect } from '../support/databases';
import { dialects } from '../support/databases';
import { dumped, snapshotOf } from './support/dumped';
import { live } from './support/lived';
import type { Lived } from './support/model';
import { dropModels, livedIn as copyOfModel } from './support/model';
import type { Place } from './support/places';
import { freshPlace } from './support/places';
import { openKernel, wrongWith } from './support/town';

const secret: BackupSecret = { kind: 'key', key: randomBytes(32) };
const places: Place[] = [];
afterEach(async () => {
  for (const place of places.splice(0)) await place.drop();
});
const place = async (dialect: Dialect): Promise<Place> => {
  const made = await freshPlace(dialect);
  places.push(made);
  return made;
};

const livedIn = async (dialect: Dialect): Promise<Lived> => {
  const lived = await copyOfModel(dialect);
  places.push(lived.at);
  return lived;
};
afterAll(dropModels);

const take = (at: Place, now = Date.now()) =>
  takeBackup({ from: at.from, build: 'test' }, join(at.folder, 'backups'), secret, { now });
const read = (file: string, at: Place, replace = false) =>
  restore({ file, secret, into: at.into, replace, now: Date.parse('2026-11-23T07:05:00Z') });

const pairs = dialects.flatMap((from) => dialects.map((to) => [from, to] as const));

describe.each(pairs)('a backup of %s restored into %s', (from, to) => {
  test('holds every row, tells of a new history and keeps the installation’s secret', async () => {
    const lived = await livedIn(from);
    const written = await take(lived.at);
    expect(readdirSync(join(lived.at.folder, 'backups')).filter((n) => n.endsWith('.tmp'))).toEqual([]);
    if (process.platform !== 'win32') expect(statSync(written.file).mode & 0o777).toBe(0o600);

    const target = await place(to);
    const restored = await read(written.file, target);
    expect(restored.kept).toBeNull();
    const before = await dumped(lived.at);
    const after = await dumped(target);
    expect(before.command!.length).toBeGreaterThan(20);
    for (const name of Object.keys(before).filter((n) => n !== 'meta'))
      expect(after[name], name).toEqual(before[name]);
    expect(Object.keys(after).sort()).toEqual(Object.keys(before).sort());
    expect(after.meta!.filter((r) => !r.includes('"epoch"'))).toEqual(
      before.meta!.filter((r) => !r.includes('"epoch"')),
    );

    const store = await target.open();
    expect(store.secret).toBe(lived.secret);
    expect(store.epoch).toBe(restored.epoch);
    expect(store.epoch).not.toBe(lived.epoch);
    expect(await wrongWith(store, lived.town, lived.said)).toEqual([]);
    // People stay signed in, and the school goes on.
    const kernel = await openKernel(store);
    expect(await kernel.auth.member(lived.town.cookies.lin)).toMatchObject({ person: 'lin' });
    const more = await live(kernel, { ...lived.town, days: lived.town.days.slice(0, 1) });
    expect(await wrongWith(store, lived.town, [...lived.said, ...more])).toEqual([]);
  });
});

describe.each(dialects)('restoring into %s', (dialect) => {
  test('refuses a target that holds a school, and with --replace keeps it beside', async () => {
    const lived = await livedIn(dialect);
    const { file } = await take(lived.at);
    const held = await dumped(lived.at);
    await expect(read(file, lived.at)).rejects.toThrow('--replace');
    expect(await dumped(lived.at)).toEqual(held);

    const store = await lived.at.open();
    await live(await openKernel(store), { ...lived.town, days: lived.town.days.slice(0, 1) }, 2);
    await lived.at.shut();
    const grown = await dumped(lived.at);
    const { kept } = await read(file, lived.at, true);
    expect(kept).toContain('20261123');
    expect((await dumped(lived.at)).command).toEqual(held.command);
    const former: Place = { ...lived.at, from: formerly(lived.at, kept!) };
    expect((await dumped(former)).command).toEqual(grown.command);
    expect((await dumped(former)).record).toEqual(grown.record);
  });

  test('a server that was only started once is no school: nothing needs to be put aside', async () => {
    const lived = await livedIn(dialect);
    const { file } = await take(lived.at);
    const target = await place(dialect);
    await target.open();
    await target.shut();
    expect((await read(file, target)).kept).toBeNull();
    expect(await wrongWith(await target.open(), lived.town, lived.said)).toEqual([]);
  });

  test('is refused while somebody serves from it', async () => {
    const lived = await livedIn(dialect);
    const { file } = await take(lived.at);
    const target = await place(dialect);
    const lock = dialect === 'sqlite' ? takeLock(target.folder, 'server') : null;
    const store = await target.open();
    await store.schools();
    await expect(read(file, target, true)).rejects.toThrow(Refused);
    expect(await store.schools()).toEqual([]);
    lock?.release();
  });

  test('is refused as well while the server has had nothing to do for a long time', async () => {
    const lived = await livedIn(dialect);
    const { file } = await take(lived.at);
    const target = await place(dialect);
    const lock = dialect === 'sqlite' ? takeLock(target.folder, 'server') : null;
    const store = await target.open();
    // A pool gives idle connections back by timers; a server that looked gone would then write into what was restored.
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      await Promise.all([store.schools(), store.schools(), store.schools()]);
      vi.advanceTimersByTime(3_600_000);
    } finally {
      vi.useRealTimers();
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
    await expect(read(file, target, true)).rejects.toThrow(Refused);
    lock?.release();
  });

  test('a backup of a newer or of another build is refused before anything is touched', async () => {
    const lived = await livedIn(dialect);
    const snapshot = await snapshotOf(lived.at);
    const newer: Snapshot = {
      ...snapshot,
      head: { ...snapshot.head, steps: [...snapshot.head.steps, '9999-later'] },
    };
    const file = join(lived.at.folder, 'newer.qbk');
    await writeArchive(file, newer, secret, { build: '9.9', taken: 0 });
    await snapshot.close();
    const target = await place(dialect);
    await expect(read(file, target)).rejects.toThrow('9.9');
    expect(await leftIn(target)).toEqual([]);
  });

  test('control: a snapshot that skips a row makes a file that is whole, and the walk of the log finds it', async () => {
    const lived = await livedIn(dialect);
    const snapshot = await snapshotOf(lived.at);
    const short: Snapshot = {
      ...snapshot,
      rows: (table) => (table === 'command' ? lessOne(snapshot.rows(table)) : snapshot.rows(table)),
    };
    const file = join(lived.at.folder, 'short.qbk');
    await writeArchive(file, short, secret, { build: 'test', taken: 0 });
    await snapshot.close();
    const target = await place(dialect);
    await read(file, target);
    expect(await wrongWith(await target.open(), lived.town, lived.said)).not.toEqual([]);
  });

  test('interrupted at any row it leaves what was there, and nothing half', async () => {
    const lived = await livedIn(dialect);
    const { file, rows } = await take(lived.at);
    const target = await place(dialect);
    const was = await livedIn(dialect);
    const held = await dumped(was.at);
    const total = [...rows.values()].reduce((a, b) => a + b, 0);
    for (const at of [0, 1, Math.floor(total / 2), total - 1]) {
      for (const into of [target, was.at])
        await expect(breaking(file, into, at)).rejects.toThrow('the power went');
      expect(await leftIn(target)).toEqual([]);
      expect(await dumped(was.at)).toEqual(held);
      if (dialect === 'sqlite') expect(isHeld(was.at.folder)).toBe(false);
    }
    await read(file, was.at, true);
    expect(await wrongWith(await was.at.open(), lived.town, lived.said)).toEqual([]);
  });
});

/** A restore whose clock hand falls off: the n-th row that would be read throws. */
async function breaking(file: string, into: Place, at: number): Promise<unknown> {
  let row = 0;
  const parse = JSON.parse;
  let passes = 0;
  JSON.parse = (text: string) => {
    const value = parse(text) as unknown;
    if ((value as { qing?: string } | null)?.qing === 'backup') passes += 1;
    if (passes === 2 && Array.isArray(value) && row++ === at) throw new Error('the power went');
    return value;
  };
  try {
    return await read(file, into, true);
  } catch (error) {
    // A line that cannot be read is damage to the reader; what matters here is that it stops.
    if (row > at) throw new Error('the power went', { cause: error });
    throw error;
  } finally {
    JSON.parse = parse;
  }
}

async function* lessOne<T>(portions: AsyncIterable<readonly T[]>): AsyncGenerator<readonly T[]> {
  let first = true;
  for await (const portion of portions) {
    yield first ? portion.slice(1) : portion;
    first = false;
  }
}

/** The tables somebody would find in a target, and the files beside it. */
async function leftIn(target: Place): Promise<string[]> {
  if ('dataDir' in target.into)
    return readdirSync(target.folder).filter((name) => name !== 'qing.guard' && name !== 'backups');
  const snapshot = await snapshotOf(target).catch(() => null);
  const names = snapshot?.tables.map((t) => t.name) ?? [];
  await snapshot?.close();
  return names;
}

function formerly(at: Place, kept: string): Place['from'] {
  if ('file' in at.from) return { file: kept };
  const url = new URL(at.databaseUrl!);
  url.searchParams.set('options', `-c search_path=${kept}`);
  return { databaseUrl: url.href };
}

describe('a backup', () => {
  test('is made once at a time per folder, and what a killed one left is swept', async () => {
    const lived = await livedIn('sqlite');
    const folder = join(lived.at.folder, 'backups');
    mkdirSync(folder);
    const left = join(folder, 'qing-20260101-000000Z.qbk.0a1b2c3d.tmp');
    writeFileSync(left, 'half');
    const both = await Promise.allSettled([take(lived.at), take(lived.at)]);
    expect(both.map((r) => r.status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(readdirSync(folder).filter((n) => n.endsWith('.tmp'))).toEqual([]);
  });

  test('stopped in the middle leaves nothing', async () => {
    const lived = await livedIn('sqlite');
    const folder = join(lived.at.folder, 'backups');
    const quit = new AbortController();
    const going = takeBackup({ from: lived.at.from, build: 'test' }, folder, secret, {
      now: 0,
      signal: quit.signal,
    });
    quit.abort();
    await expect(going).rejects.toThrow();
    expect(readdirSync(folder).filter((n) => n.includes('.qbk'))).toEqual([]);
  });

  test('of a database with pages that cannot be read is not called one', async () => {
    const lived = await livedIn('sqlite');
    const file = join(lived.at.folder, 'qing.sqlite');
    const bytes = readFileSync(file);
    bytes.fill(0xff, 8_192 * 3, 8_192 * 12);
    writeFileSync(file, bytes);
    await expect(take(lived.at)).rejects.toThrow();
    expect(readdirSync(join(lived.at.folder, 'backups')).filter((n) => n.includes('.qbk'))).toEqual([]);
  });

  test('of a damaged database can be put in its place, and the damaged file is kept', async () => {
    const lived = await livedIn('sqlite');
    const { file } = await take(lived.at);
    const target = join(lived.at.folder, 'qing.sqlite');
    writeFileSync(target, randomBytes(50_000));
    await expect(read(file, lived.at)).rejects.toThrow('--replace');
    const { kept } = await read(file, lived.at, true);
    expect(statSync(kept!).size).toBe(50_000);
    expect(await wrongWith(await lived.at.open(), lived.town, lived.said)).toEqual([]);
  });

  test('a log left beside the old file is never played into the new one', async () => {
    const lived = await livedIn('sqlite');
    const { file } = await take(lived.at);
    const name = join(lived.at.folder, 'qing.sqlite');
    // As a kill -9 leaves it: the log holds what the file does not.
    const db = new Database(name);
    db.pragma('wal_autocheckpoint = 0');
    db.prepare("update school set name = '只在日志里'").run();
    const wal = readFileSync(`${name}-wal`);
    const main = readFileSync(name);
    db.close();
    writeFileSync(name, main);
    writeFileSync(`${name}-wal`, wal);
    const { kept } = await read(file, lived.at, true);
    const store = await lived.at.open();
    expect((await store.schools()).map((s) => s.name)).toEqual(['小小中学']);
    const former = new Database(kept!, { readonly: true });
    expect(former.prepare('select name from school').pluck().get()).toBe('只在日志里');
    former.close();
  });

  test('keeps its key in a private file, made once', async () => {
    const at = await place('sqlite');
    const file = join(at.folder, 'keys', 'backup.key');
    const first = keyFile(file, true);
    const again = keyFile(file, true);
    expect([first.made, again.made]).toEqual([true, false]);
    expect(again.secret).toEqual(first.secret);
    if (process.platform !== 'win32') expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(() => keyFile(join(at.folder, 'none'), false)).toThrow(Refused);
    writeFileSync(file, 'not a key');
    expect(() => keyFile(file, false)).toThrow(Refused);
  });

  test('reads back what it holds', async () => {
    const lived = await livedIn('sqlite');
    const { file, rows } = await take(lived.at);
    expect((await readArchive(file, secret)).rows).toEqual(rows);
    expect(rows.get('command')).toBe(lived.said.length + 2);
  });
});

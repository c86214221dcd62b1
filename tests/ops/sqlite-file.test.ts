import {
  chmodSync,
  closeSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Refused } from '@kernel/server/ops/exit';
import { openSqlite } from '@kernel/server/store/sqlite';
import { openSqliteFile } from '@kernel/server/store/sqlite-file';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'qing-file-'));
  file = join(folder, 'data', 'qing.sqlite');
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});
const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8);

describe('the database file', () => {
  test('is opened so that a commit that returned survives a power cut', async () => {
    const store = await openSqlite(file);
    const { rows } = await store.db.executeQuery<{ synchronous: number }>(raw('pragma synchronous'));
    expect(rows).toEqual([{ synchronous: 2 }]);
    const settings = ['journal_mode', 'page_size', 'wal_autocheckpoint'];
    const values = [];
    for (const name of settings)
      values.push(Object.values((await store.db.executeQuery(raw(`pragma ${name}`))).rows[0]!));
    expect(values.flat()).toEqual(['wal', 8_192, 4_000]);
    await store.close();
  });

  test('and its folder are for this user alone, log and index too', async () => {
    if (process.platform === 'win32') return;
    const before = process.umask(0);
    try {
      const store = await openSqlite(file);
      expect(modeOf(join(folder, 'data'))).toBe('700');
      const names = readdirSync(join(folder, 'data')).sort();
      expect(names).toEqual(['qing.sqlite', 'qing.sqlite-shm', 'qing.sqlite-wal']);
      for (const name of names) expect(modeOf(join(folder, 'data', name)), name).toBe('600');
      await store.close();
      chmodSync(file, 0o644);
      await (await openSqlite(file)).close();
      expect(modeOf(file)).toBe('600');
    } finally {
      process.umask(before);
    }
  });

  test('of an older server keeps its page size', () => {
    const old = new Database(join(folder, 'old.sqlite'));
    old.pragma('page_size = 4096');
    old.exec('create table t (a)');
    old.close();
    const db = openSqliteFile(join(folder, 'old.sqlite'));
    expect(db.pragma('page_size', { simple: true })).toBe(4_096);
    db.close();
  });

  test('that cannot have a log is refused in words (D3)', () => {
    expect(() => openSqliteFile(':memory:')).toThrow(Refused);
    expect(() => openSqliteFile(':memory:')).toThrow('journal_mode is memory');
  });

  test('whose commits would not be synced is refused (D3)', () => {
    const pragma = Database.prototype.pragma;
    // As a library that was built or changed to know better.
    vi.spyOn(Database.prototype, 'pragma').mockImplementation(function (
      this: Database.Database,
      source,
      options,
    ) {
      return pragma.call(this, /^synchronous = /.test(source) ? 'synchronous = NORMAL' : source, options);
    });
    expect(() => openSqliteFile(file)).toThrow('synchronous is 1');
  });

  test('is not left open after a refusal', () => {
    vi.spyOn(Database.prototype, 'pragma').mockReturnValue('delete');
    expect(() => openSqliteFile(file)).toThrow(Refused);
    vi.restoreAllMocks();
    const db = openSqliteFile(file);
    db.exec('create table t (a)');
    db.close();
  });

  test('that is another’s, or no database, is said so', () => {
    closeSync(openSync(join(folder, 'note.txt'), 'w'));
    writeFileSync(join(folder, 'note.txt'), 'a shopping list, and not a short one either'.repeat(100));
    expect(() => openSqliteFile(join(folder, 'note.txt'))).toThrow('not a database');
  });
});

const raw = (text: string) =>
  ({ sql: text, parameters: [], query: { kind: 'RawNode' }, queryId: { queryId: '0' } }) as never;

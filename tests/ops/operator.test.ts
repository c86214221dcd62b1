import { chmodSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { run } from '@app/server/cli/main';
import { readConfig } from '@app/server/config';
import { backupName } from '@kernel/server/ops/backup/keep';
import { takeLock } from '@kernel/server/ops/process-lock';
import { dialects } from '../support/databases';
import type { Lived } from './support/model';
import { dropModels, livedIn } from './support/model';
import type { Place } from './support/places';
import { freshPlace } from './support/places';
import { wrongWith } from './support/town';

const places: Place[] = [];
const living = async (dialect: 'sqlite' | 'postgres'): Promise<Lived> => {
  const lived = await livedIn(dialect);
  places.push(lived.at);
  return lived;
};
afterEach(async () => {
  for (const place of places.splice(0)) await place.drop();
});
afterAll(dropModels);

/** The command as somebody types it, with the settings of this place. Port 9 is nobody's. */
async function types(
  at: Place,
  words: string,
  more: NodeJS.ProcessEnv = {},
): Promise<{ code: number; said: string }> {
  const said: string[] = [];
  const env = {
    PORT: '9',
    DATA_DIR: at.folder,
    ...(at.databaseUrl === null ? {} : { DATABASE_URL: at.databaseUrl }),
    ...more,
  };
  const code = await run(words.split(' '), env, (line) => said.push(line));
  return { code, said: said.join('\n') };
}
const wrong = (said: string): string[] => said.split('\n').filter((line) => line.startsWith('!'));

describe.each(dialects)('the operator’s commands on %s', (dialect) => {
  test('backup, restore elsewhere, doctor: all well', async () => {
    const lived = await living(dialect);
    chmodSync(lived.at.folder, 0o700);
    const taken = await types(lived.at, 'backup');
    expect(taken.code).toBe(0);
    expect(taken.said).toContain('read back whole');
    expect(taken.said).toContain('backup.key');
    const [file] = readdirSync(join(lived.at.folder, 'backups')).filter((n) => n.endsWith('.qbk'));

    const other = await freshPlace(dialect);
    places.push(other);
    const key = join(lived.at.folder, 'keys', 'backup.key');
    const into = other.databaseUrl ?? other.folder;
    const restored = await types(
      other,
      `restore ${join(lived.at.folder, 'backups', file!)} --into ${into} --key ${key}`,
    );
    expect(restored.said).toContain('Phones notice');
    expect(await wrongWith(await other.open(), lived.town, lived.said)).toEqual([]);

    const looked = await types(lived.at, 'doctor --full');
    expect(wrong(looked.said)).toEqual([]);
    expect(looked.code).toBe(0);
    for (const word of [
      'disk space',
      'file permissions',
      'schema',
      'counters',
      'chain',
      'clock',
      '能完整打开',
    ])
      expect(looked.said).toContain(word);
  });

  test('a log with a missing entry, and a clock behind the last record, are seen', async () => {
    const { at } = await living(dialect);
    const store = await at.open();
    const { log } = await store.db
      .selectFrom('command')
      .select((e) => e.fn.max('log').as('log'))
      .executeTakeFirstOrThrow();
    await store.db
      .deleteFrom('command')
      .where('log', '=', Number(log) - 1)
      .execute();
    await store.db
      .updateTable('command')
      .set({ received: Date.now() + 3_600_000 })
      .where('log', '=', 1)
      .execute();
    await at.shut();
    const { code, said } = await types(at, 'doctor --full');
    expect(code).toBe(1);
    expect(wrong(said).join()).toMatch(/counters.*|chain.*|clock behind/);
    for (const word of ['counters', 'chain', 'clock behind']) expect(wrong(said).join()).toContain(word);
  });
});

describe('doctor', () => {
  const settled = async (): Promise<Lived> => {
    const lived = await living('sqlite');
    chmodSync(lived.at.folder, 0o700);
    await types(lived.at, 'backup');
    return lived;
  };

  test('says when nothing was ever backed up, when it is long ago, and when the newest is damaged', async () => {
    const { at } = await living('sqlite');
    chmodSync(at.folder, 0o700);
    expect(wrong((await types(at, 'doctor')).said).join()).toContain('还没有备份');
    const { folder } = at;
    await types(at, 'backup');
    const dir = join(folder, 'backups');
    const [name] = readdirSync(dir).filter((n) => n.endsWith('.qbk'));
    const bytes = readFileSync(join(dir, name!));
    writeFileSync(join(dir, backupName(Date.now() + 1_000)), bytes.subarray(0, -1));
    expect(wrong((await types(at, 'doctor')).said).join()).toContain('最近的备份打不开');
    for (const n of readdirSync(dir)) if (n.endsWith('.qbk')) writeFileSync(join(dir, n), '');
    expect((await types(at, 'doctor', { BACKUP_DIR: join(folder, 'old') })).code).toBe(1);
    mkdirSync(join(folder, 'old'));
    writeFileSync(join(folder, 'old', backupName(Date.now() - 5 * 86_400_000)), bytes);
    const old = wrong((await types(at, 'doctor', { BACKUP_DIR: join(folder, 'old') })).said);
    expect(old).toHaveLength(1);
    expect(old[0]).toContain('5 天前');
    expect(wrong((await types(at, 'doctor', { BACKUP_OFF: '1' })).said).join()).toContain('BACKUP_OFF');
  });

  test('sees damaged pages', async () => {
    const { at } = await settled();
    const file = join(at.folder, 'qing.sqlite');
    const bytes = readFileSync(file);
    bytes.fill(0xee, 8_192 * 4, 8_192 * 14);
    writeFileSync(file, bytes);
    const { code, said } = await types(at, 'doctor');
    expect(code).toBe(1);
    expect(wrong(said).join()).toMatch(/损坏|malformed/);
  });

  test('sees who holds the folder, rights that are too wide and a log that grows', async () => {
    const { at } = await settled();
    const lock = takeLock(at.folder, 'server');
    expect((await types(at, 'doctor')).said).toContain(`进程 ${process.pid}`);
    lock.release();
    if (process.platform === 'win32') return;
    chmodSync(join(at.folder, 'qing.sqlite'), 0o644);
    expect(wrong((await types(at, 'doctor')).said).join()).toContain('chmod go-rwx');
    chmodSync(join(at.folder, 'qing.sqlite'), 0o600);
    const db = new Database(join(at.folder, 'qing.sqlite'));
    db.pragma('wal_autocheckpoint = 0');
    db.exec('create table big (x)');
    const row = db.prepare('insert into big values (zeroblob(50000000))');
    for (let i = 0; i < 6; i++) row.run();
    expect(wrong((await types(at, 'doctor')).said).join()).toContain('write-ahead log');
    db.close();
  });

  test('passes on what the running server says: read-only, and a backup that failed', async () => {
    const { at } = await settled();
    const said = { ok: true, readOnly: 'space', backup: { error: '备份的磁盘只剩 1 MB' } };
    const server = createServer((_request, answer) => void answer.end(JSON.stringify(said)));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const port = String((server.address() as AddressInfo).port);
    const lines = wrong((await types(at, 'doctor', { PORT: port })).said).join();
    expect(lines).toContain('read-only');
    expect(lines).toContain('备份的磁盘只剩 1 MB');
    await new Promise((resolve) => server.close(resolve));
  });

  test('changes nothing', async () => {
    const { at } = await settled();
    const file = join(at.folder, 'qing.sqlite');
    utimesSync(file, 1, 1);
    const before = readFileSync(file);
    await types(at, 'doctor --full');
    expect(readFileSync(file).equals(before)).toBe(true);
  });
});

describe('settings', () => {
  test('are read with words for what is wrong', () => {
    const config = readConfig(
      { BACKUP_KEEP: '3,2,1', BACKUP_AT: '23:15', BACKUP_DIR: '/elsewhere' },
      '/here',
    );
    expect(config.backup).toEqual({
      scheduled: true,
      dir: '/elsewhere',
      at: '23:15',
      keep: { daily: 3, weekly: 2, monthly: 1 },
      passphrase: null,
      keyFile: '/here/data/keys/backup.key',
    });
    expect(readConfig({ BACKUP_OFF: '1' }, '/here').backup).toMatchObject({
      scheduled: false,
      dir: '/here/data/backups',
    });
    for (const [name, value] of [
      ['PORT', 'eighty'],
      ['DATABASE_URL', 'mysql://x'],
      ['BACKUP_AT', '25:00'],
      ['BACKUP_KEEP', 'all'],
      ['BACKUP_KEEP', '0,0,0'],
      ['BACKUP_PASSPHRASE', 'short'],
      ['BACKUP_PASSPHRASE_FILE', '/nowhere/words'],
    ] as const)
      expect(() => readConfig({ [name]: value }, '/here'), name).toThrow(name);
  });

  test('a passphrase is used instead of a key, and is asked for again', async () => {
    const { at } = await living('sqlite');
    const words = { BACKUP_PASSPHRASE: '操场边的一棵老梧桐树 2026' };
    expect((await types(at, 'backup', words)).said).toContain('BACKUP_PASSPHRASE');
    const [file] = readdirSync(join(at.folder, 'backups')).filter((n) => n.endsWith('.qbk'));
    const command = `restore ${join(at.folder, 'backups', file!)} --into ${join(at.folder, 'new')}`;
    await expect(types(at, command)).rejects.toThrow();
    await expect(types(at, command, { BACKUP_PASSPHRASE: '操场边的一棵老槐树 2026' })).rejects.toThrow(
      'Wrong key',
    );
    expect((await types(at, command, words)).code).toBe(0);
  });

  test('an unknown command shows what there is', async () => {
    const at = await freshPlace('sqlite');
    places.push(at);
    expect(await types(at, 'upgrade')).toMatchObject({
      code: 64,
      said: expect.stringContaining('restore') as string,
    });
    await expect(types(at, 'backup')).rejects.toThrow('no database to back up');
    await expect(types(at, 'restore')).rejects.toThrow('Name the backup file');
  });
});

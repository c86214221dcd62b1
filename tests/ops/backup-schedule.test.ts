import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readArchive } from '@kernel/server/ops/backup/read-archive';
import type { BackupFile } from '@kernel/server/ops/backup/keep';
import { backupName, backupsIn, instantOfName, superfluous } from '@kernel/server/ops/backup/keep';
import type { BackupSecret } from '@kernel/server/ops/backup/key';
import { BackupSchedule, lastDue } from '@kernel/server/ops/backup/schedule';
import { openSqlite } from '@kernel/server/store/sqlite';
import type { Store } from '@kernel/server/store/store';
import { DAY_MS, HOUR, instantOf } from '@kernel/shared/time';
import { HandClock } from '../support/clock';
import { ZONE } from './support/town';

const secret: BackupSecret = { kind: 'key', key: randomBytes(32) };
const at = (day: string, clock: string): number => instantOf(day, clock, ZONE);

describe('which backups stay', () => {
  const nightly = (days: number, last: string): BackupFile[] =>
    Array.from({ length: days }, (_, i) => at(last, '02:30') - i * DAY_MS).map((t) => ({
      name: backupName(t),
      at: t,
    }));
  const keep = { daily: 7, weekly: 4, monthly: 6 };

  test('seven days, four weeks and six months of a year of nights', () => {
    const all = nightly(365, '2026-11-23');
    const gone = new Set(superfluous(all, keep, ZONE));
    const days = all
      .filter((f) => !gone.has(f))
      .map((f) => new Date(f.at + 8 * HOUR).toISOString().slice(0, 10));
    expect(days).toEqual([
      ...['2026-11-23', '2026-11-22', '2026-11-21', '2026-11-20', '2026-11-19', '2026-11-18', '2026-11-17'],
      ...['2026-11-15', '2026-11-08'],
      ...['2026-10-31', '2026-09-30', '2026-08-31', '2026-07-31', '2026-06-30'],
    ]);
  });

  test('removing night by night keeps the same as removing once', () => {
    let files: BackupFile[] = [];
    for (const file of nightly(200, '2026-11-23').reverse()) {
      files = [file, ...files];
      const gone = new Set(superfluous(files, keep, ZONE));
      files = files.filter((f) => !gone.has(f));
    }
    expect(files.length).toBeLessThanOrEqual(17);
    expect(files.filter((f) => f.at > at('2026-11-16', '23:00'))).toHaveLength(7);
    expect(
      new Set(files.map((f) => new Date(f.at + 8 * HOUR).toISOString().slice(0, 7))).size,
    ).toBeGreaterThanOrEqual(6);
  });

  test('the newest always stays, and a file with another name is nobody’s business', () => {
    const [only] = nightly(1, '2026-11-23');
    expect(superfluous([only!], { daily: 0, weekly: 0, monthly: 1 }, ZONE)).toEqual([]);
    for (const name of [
      'qing.sqlite',
      'qing-20261123-183000Z.qbk.0a1b2c3d.tmp',
      'my-qing-20261123-183000Z.qbk',
    ])
      expect(instantOfName(name), name).toBeNull();
    expect(instantOfName(only!.name)).toBe(only!.at);
  });

  test('a night is due at its time and not before', () => {
    expect(lastDue(at('2026-11-23', '02:29'), '02:30', ZONE)).toBe(at('2026-11-22', '02:30'));
    expect(lastDue(at('2026-11-23', '02:30'), '02:30', ZONE)).toBe(at('2026-11-23', '02:30'));
    expect(lastDue(at('2026-11-23', '23:59'), '02:30', ZONE)).toBe(at('2026-11-23', '02:30'));
  });
});

describe('nightly backups', () => {
  let folder: string;
  let store: Store;
  let clock: HandClock;
  let logged: string[];
  let schedule: BackupSchedule;
  const dir = (): string => join(folder, 'backups');
  const made = (): string[] => backupsIn(dir()).map((f) => f.name);

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'qing-nightly-'));
    store = await openSqlite(join(folder, 'qing.sqlite'));
    clock = new HandClock('2026-11-23', '01:00');
    logged = [];
    const note = (_fields: unknown, message: string): void => void logged.push(message);
    schedule = new BackupSchedule({
      source: { from: { file: join(folder, 'qing.sqlite') }, build: 'test' },
      folder: dir(),
      keep: { daily: 2, weekly: 0, monthly: 0 },
      at: '02:30',
      zone: ZONE,
      clock,
      log: { info: note, error: note },
      secret: () => secret,
    });
  });
  afterEach(async () => {
    await schedule.stop();
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test('the first at once, then one a night, rotated, each readable', async () => {
    await schedule.look();
    expect(made()).toHaveLength(1);
    await schedule.look();
    expect(made()).toHaveLength(1);
    for (const day of ['2026-11-23', '2026-11-24', '2026-11-25']) {
      clock.at(day, '02:29');
      await schedule.look();
      clock.at(day, '02:31');
      await schedule.look();
      clock.at(day, '12:00');
      await schedule.look();
    }
    expect(made().map((n) => instantOfName(n))).toEqual([
      at('2026-11-25', '02:31'),
      at('2026-11-24', '02:31'),
    ]);
    for (const name of made())
      expect((await readArchive(join(dir(), name), secret)).rows.has('school')).toBe(true);
    expect(logged).toEqual(Array.from({ length: 4 }, () => 'backup made'));
    expect(schedule.state).toEqual({ last: at('2026-11-25', '02:31'), error: null, running: false });
  });

  test('a machine that was off at night makes up for it in the morning', async () => {
    await schedule.look();
    clock.at('2026-11-26', '07:40');
    await schedule.look();
    expect(made().map((n) => instantOfName(n))[0]).toBe(at('2026-11-26', '07:40'));
  });

  test('never two at once', async () => {
    const first = schedule.look();
    expect(schedule.state.running).toBe(true);
    expect(schedule.look()).toBe(first);
    await first;
    expect(made()).toHaveLength(1);
  });

  test('a failure is logged, shown, keeps every older backup and is tried again after an hour', async () => {
    await schedule.look();
    clock.at('2026-11-24', '02:31');
    const [kept] = made();
    // Whatever the reason: here another process is at it.
    rmSync(join(dir(), 'backup.guard'), { force: true });
    mkdirSync(join(dir(), 'backup.guard'));
    await schedule.look();
    expect(schedule.state.error).not.toBeNull();
    expect(made()).toEqual([kept]);
    expect(logged.at(-1)).toBe('backup failed');
    rmSync(join(dir(), 'backup.guard'), { recursive: true });
    clock.passes(59);
    await schedule.look();
    expect(made()).toEqual([kept]);
    clock.passes(2);
    await schedule.look();
    expect(made()).toHaveLength(2);
    expect(schedule.state.error).toBeNull();
  });

  test('a stop gives it up and leaves nothing half', async () => {
    const going = schedule.look();
    await schedule.stop();
    await going;
    expect(readdirSync(dir()).filter((n) => n.includes('.tmp'))).toEqual([]);
    expect(logged).not.toContain('backup failed');
  });
});

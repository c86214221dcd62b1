import './globals';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { Kernel } from '@kernel/server/kernel';
import { openSqlite } from '@kernel/server/store/sqlite';
import { memoryFolder } from '../../support/folders';
import { serverRegistry } from './school';
import { BEGIN, SCHOOL } from './server';

export const TEAMS = ['red', 'blue', 'green'] as const;
/** Who there is, and what they may see on the first day. */
export const PEOPLE: Readonly<Record<string, { teams: readonly string[]; head: boolean }>> = {
  lin: { teams: ['red', 'blue'], head: true },
  mei: { teams: ['red'], head: false },
  zhao: { teams: ['blue'], head: false },
  sun: { teams: ['green'], head: true },
  wu: { teams: ['red', 'green'], head: false },
};

let made: Promise<string> | null = null;

/** A finished database file that every schedule copies: migrations and first rights cost more than a short life. */
export function template(): Promise<string> {
  made ??= make();
  return made;
}

async function make(): Promise<string> {
  const folder = memoryFolder('qing-sim-template-');
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'school.sqlite');
  const store = await openSqlite(file);
  const log = { error: () => undefined, info: () => undefined };
  const kernel = await Kernel.open({ registry: serverRegistry, store, clock: { now: () => BEGIN }, log });
  await kernel.createSchool(SCHOOL);
  await kernel.systemAll(
    SCHOOL.id,
    Object.entries(PEOPLE).map(([person, rights]) => ({
      key: `first ${person}`,
      name: 'sim.v1.grant',
      args: { person, ...rights },
    })),
  );
  await kernel.close();
  // The same bytes in every run: what is random on a real server is fixed here.
  const db = new Database(file);
  db.pragma('wal_checkpoint(truncate)');
  db.prepare(`update meta set value = 'first' where key = 'epoch'`).run();
  db.prepare(`update meta set value = ? where key = 'secret'`).run('5'.repeat(64));
  db.pragma('journal_mode = delete');
  db.close();
  return file;
}

import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Instant } from '@kernel/shared/time';
import { dayOf, mondayOf } from '@kernel/shared/time';

/** How many days, weeks and months keep one backup each. */
export interface Keep {
  readonly daily: number;
  readonly weekly: number;
  readonly monthly: number;
}

const NAME = /^qing-(\d{4})(\d{2})(\d{2})-(\d{2})(\d{2})(\d{2})Z\.qbk$/;

/** `qing-20261122-183000Z.qbk`: the instant of the snapshot in UTC, so that names sort and say what they are. */
export const backupName = (at: Instant): string =>
  `qing-${new Date(at).toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-')}Z.qbk`;

/** The instant in a backup's name, or null for any other file. */
export function instantOfName(name: string): Instant | null {
  const m = NAME.exec(name);
  return m && Date.parse(`${m[1]}-${m[2]}-${m[3]}T${m[4]}:${m[5]}:${m[6]}Z`);
}

export interface BackupFile {
  readonly name: string;
  readonly at: Instant;
}

/** The backups of a folder, newest first. A folder that is not there has none. */
export function backupsIn(folder: string): BackupFile[] {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return [];
  }
  return names
    .flatMap((name) => {
      const at = instantOfName(name);
      return at === null ? [] : [{ name, at }];
    })
    .sort((a, b) => b.at - a.at);
}

/** Those no rule keeps: the newest of each of the last days, weeks and months stay, and the newest of all always. */
export function superfluous(files: readonly BackupFile[], keep: Keep, zone: string): BackupFile[] {
  const stays = new Set<BackupFile>(files.slice(0, 1));
  const rule = (count: number, period: (f: BackupFile) => string): void => {
    const seen = new Set<string>();
    for (const file of files) {
      const name = period(file);
      if (seen.has(name)) continue;
      if (seen.size >= count) break;
      seen.add(name);
      stays.add(file);
    }
  };
  rule(keep.daily, (f) => dayOf(f.at, zone));
  rule(keep.weekly, (f) => mondayOf(dayOf(f.at, zone)));
  rule(keep.monthly, (f) => dayOf(f.at, zone).slice(0, 7));
  return files.filter((file) => !stays.has(file));
}

/** Removes what no rule keeps. @returns the names that went */
export function rotate(folder: string, keep: Keep, zone: string): string[] {
  const gone = superfluous(backupsIn(folder), keep, zone).map((f) => f.name);
  for (const name of gone) rmSync(join(folder, name), { force: true });
  return gone;
}

import { randomBytes } from 'node:crypto';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import Database from 'better-sqlite3';
import { afterEach, describe, expect, test } from 'vitest';
import { restore } from '@kernel/server/ops/backup/restore';
import { takeBackup } from '@kernel/server/ops/backup/take';
import { dialects } from '../support/databases';
import { times } from './support/counts';
import { liveALittle } from './support/fixture';
import type { Place } from './support/places';
import { freshPlace } from './support/places';

const places: Place[] = [];
afterEach(async () => {
  for (const place of places.splice(0)) await place.drop();
});

const MEGABYTES = times('LARGE_MB', 200, 1_000);
const MINUTES_PER_GB = 15;

/** A database of years: records and log entries of the size a lesson's work has. */
async function grown(): Promise<{ place: Place; file: string }> {
  const place = await freshPlace('sqlite');
  places.push(place);
  await liveALittle(place);
  const file = join(place.folder, 'qing.sqlite');
  const db = new Database(file);
  db.pragma('journal_mode = WAL');
  const [row] = db.prepare('select * from record limit 1').all() as Record<string, unknown>[];
  const names = Object.keys(row!);
  const insert = db.prepare(
    `insert into record (${names.join(', ')}) values (${names.map((n) => `@${n}`).join(', ')})`,
  );
  for (let n = 0; statSync(file).size < MEGABYTES * 1e6;) {
    db.transaction(() => {
      for (let i = 0; i < 20_000; i++, n++) {
        // Half of it is chance, so that it packs no better than what people write.
        const body = JSON.stringify({
          room: 'a',
          books: [{ id: String(n), by: randomBytes(150).toString('base64') }],
          note: '练习册'.repeat(20),
        });
        insert.run({ ...row, id: `r${n}`, seq: 1_000 + n, body });
      }
    })();
    db.pragma('wal_checkpoint(TRUNCATE)');
  }
  db.close();
  return { place, file };
}

describe('a large database', () => {
  test('is backed up without holding up the server, and restored in time (D8)', async () => {
    const { place, file } = await grown();
    const size = statSync(file).size / 1e9;
    const secret = { kind: 'key', key: randomBytes(32) } as const;
    const delay = monitorEventLoopDelay({ resolution: 5 });
    delay.enable();
    let from = performance.now();
    const written = await takeBackup({ from: { file }, build: 'test' }, join(place.folder, 'b'), secret, {
      now: Date.now(),
    });
    delay.disable();
    const took = (performance.now() - from) / 1_000;
    const hold = delay.max / 1e6;
    process.stdout.write(
      `D8 large: ${size.toFixed(2)} GB, backup ${took.toFixed(1)} s (${(written.bytes / 1e6).toFixed(0)} MB), longest hold ${hold.toFixed(0)} ms\n`,
    );
    expect(hold).toBeLessThan(500);
    for (const dialect of dialects) {
      const target = await freshPlace(dialect);
      places.push(target);
      from = performance.now();
      await restore({ file: written.file, secret, into: target.into, replace: false, now: 0 });
      const minutes = (performance.now() - from) / 60_000;
      process.stdout.write(
        `D8 large: restored into ${dialect} in ${(minutes * 60).toFixed(1)} s, ${(minutes / size).toFixed(1)} min/GB\n`,
      );
      expect(minutes / size).toBeLessThan(MINUTES_PER_GB);
    }
  });
});

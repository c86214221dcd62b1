import { randomBytes } from 'node:crypto';
import {
  closeSync,
  copyFileSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { Kysely, SqliteDialect } from 'kysely';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { keyFile } from '@kernel/server/ops/backup/key';
import { restore } from '@kernel/server/ops/backup/restore';
import { Refused } from '@kernel/server/ops/exit';
import { openSqlite } from '@kernel/server/store/sqlite';
import { dialects } from '../../support/databases';
import { dice, seedOf, times } from '../support/counts';
import { dropTowns, founded, tidyUp } from '../support/founded';
import { pause, Phones } from '../support/phones';
import type { Place } from '../support/places';
import { freshPlace } from '../support/places';
import { ServerProcess } from '../support/server';
import type { Said, Town } from '../support/town';
import { wrongWith } from '../support/town';

const more: Place[] = [];
afterEach(async () => {
  await tidyUp();
  for (const place of more.splice(0)) await place.drop();
});
afterAll(dropTowns);

const fresh = async (dialect: 'sqlite' | 'postgres'): Promise<Place> => {
  const place = await freshPlace(dialect);
  more.push(place);
  return place;
};

describe.each(dialects)('a backup of a server on %s at work (D8)', (dialect) => {
  test('holds everything acknowledged before it began, whole, and restores into an empty place', async () => {
    const seed = seedOf(`D8 ${dialect}`);
    const { below } = dice(seed);
    const { place, town } = await founded(dialect);
    const server = await ServerProcess.start(place);
    const phones = new Phones(town);
    phones.work(() => server.port, 12);
    for (let i = 0; i < times('D8', dialect === 'sqlite' ? 3 : 2, 30); i++) {
      await phones.more(10 + below(60));
      const before: Said[] = [...phones.acked];
      const taking = ServerProcess.launch(place, {
        entry: 'cli',
        args: ['backup', '--to', join(place.folder, `b${i}`)],
      });
      expect((await taking.ended).code, taking.output).toBe(0);
      const during = phones.acked.length - before.length;
      const [name] = readdirSync(join(place.folder, `b${i}`)).filter((n) => n.endsWith('.qbk'));
      // Into either database, by turns.
      const target = await fresh(dialects[i % dialects.length]!);
      const { secret } = keyFile(join(place.folder, 'keys', 'backup.key'), false);
      const file = join(place.folder, `b${i}`, name!);
      await restore({ file, secret, into: target.into, replace: false, now: Date.now() });
      const wrong = await wrongWith(await target.open(), town, before);
      expect(wrong, `round ${i}, ${during} while it was taken, seed ${seed}`).toEqual([]);
      await target.shut();
    }
    await phones.rest();
    await server.kill('SIGTERM');
    expect([...phones.statuses.keys()].filter((s) => s !== 200)).toEqual([]);
    expect(await wrongWith(await place.open(), town, phones.acked)).toEqual([]);
  });
});

describe('a backup file', () => {
  test('that is cut, changed or opened with another key is refused, and the target stays as it was', async () => {
    const seed = seedOf('D8 damage');
    const { below } = dice(seed);
    const { place } = await founded('sqlite');
    const taking = ServerProcess.launch(place, { entry: 'cli', args: ['backup'] });
    expect((await taking.ended).code).toBe(0);
    const folder = join(place.folder, 'backups');
    const file = join(
      folder,
      readdirSync(folder).find((n) => n.endsWith('.qbk'))!,
    );
    const whole = readFileSync(file);
    const { secret } = keyFile(join(place.folder, 'keys', 'backup.key'), false);
    const before = readFileSync(join(place.folder, 'qing.sqlite'));
    const broken = join(place.folder, 'broken.qbk');
    for (let i = 0; i < times('D8_DAMAGED', 40, 100); i++) {
      const at = below(whole.length);
      let key = secret;
      let bytes = Buffer.from(whole);
      if (i % 3 === 0) bytes = bytes.subarray(0, at);
      else if (i % 3 === 1) bytes[at]! ^= 1 << below(8);
      else key = { kind: 'key', key: randomBytes(32) };
      writeFileSync(broken, bytes);
      const trying = restore({ file: broken, secret: key, into: place.into, replace: true, now: 0 });
      await expect(trying, `${i % 3} at ${at}, seed ${seed}`).rejects.toThrow(Refused);
    }
    expect(readFileSync(join(place.folder, 'qing.sqlite')).equals(before)).toBe(true);
  });
});

/** Byte by byte, as a file manager does it, while somebody writes. */
async function copiedByHand(from: string, to: string): Promise<void> {
  const source = openSync(from, 'r');
  const target = openSync(to, 'w');
  const piece = Buffer.alloc(32_768);
  for (let at = 0; at < statSync(from).size; at += piece.length) {
    const read = readSync(source, piece, 0, piece.length, at);
    writeSync(target, piece, 0, read);
    await pause(15);
  }
  closeSync(source);
  closeSync(target);
}

/** What somebody finds who opens such a copy. */
async function judged(copy: string, town: Town, before: readonly Said[]): Promise<string[]> {
  try {
    const raw = new Database(copy);
    const said = raw.pragma('integrity_check', { simple: true });
    raw.close();
    if (said !== 'ok') return [String(said).slice(0, 80)];
    const store = await openSqlite(copy);
    try {
      return await wrongWith(store, town, before);
    } finally {
      await store.close();
    }
  } catch (error) {
    return [(error as Error).message];
  }
}

test('control: copying the files of a server at work by hand is caught', async () => {
  const { place, town } = await founded('sqlite');
  const server = await ServerProcess.start(place);
  const phones = new Phones(town);
  phones.work(() => server.port, 16);
  const found: string[] = [];
  for (let i = 0; i < 6 && found.length === 0; i++) {
    await phones.more(150);
    const before = [...phones.acked];
    const folder = join(place.folder, `by-hand-${i}`);
    mkdirSync(folder);
    const copy = join(folder, 'qing.sqlite');
    await copiedByHand(join(place.folder, 'qing.sqlite'), copy);
    if (i % 2 === 1) copyFileSync(join(place.folder, 'qing.sqlite-wal'), `${copy}-wal`);
    found.push(...(await judged(copy, town, before)));
  }
  await phones.rest();
  expect(found).not.toEqual([]);
});

test('control: the judge has nothing against a copy of a server that stands still', async () => {
  const { place, town } = await founded('sqlite');
  const copy = join(place.folder, 'still.sqlite');
  await copiedByHand(join(place.folder, 'qing.sqlite'), copy);
  expect(await judged(copy, town, [])).toEqual([]);
  const file = new Database(copy, { readonly: true });
  const db = new Kysely<{ school: { id: string } }>({ dialect: new SqliteDialect({ database: file }) });
  expect(await db.selectFrom('school').select('id').execute()).toEqual([{ id: town.school }]);
  await db.destroy();
});

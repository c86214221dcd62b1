import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import type { Migration } from 'kysely';
import { Kysely, Migrator, PostgresDialect, sql, SqliteDialect } from 'kysely';
import { afterEach, describe, expect, test } from 'vitest';
import { migrateAuth } from '@kernel/server/auth';
import { knownSteps, migrate } from '@kernel/server/store/migrate';
import { migrations } from '@kernel/server/store/migrations';
import { copyBeforeMigration } from '@kernel/server/store/sqlite-file';
import type { Tables } from '@kernel/server/store/tables';
import type { Dialect } from '../support/databases';
import { dialects } from '../support/databases';
import { times } from './support/counts';
import { dumped } from './support/dumped';
import type { Fixture } from './support/fixture';
import { asReleased, fixtures, keepFixture, liveALittle, statementsOf } from './support/fixture';
import type { Place } from './support/places';
import { freshPlace } from './support/places';
import { dialectOf, poolOf, schemaOf } from './support/raw';

const version = (
  JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }
).version;
const places: Place[] = [];
afterEach(async () => {
  for (const place of places.splice(0)) await place.drop();
});
const fresh = async (dialect: Dialect, like?: Place): Promise<Place> => {
  const made = await freshPlace(dialect, like);
  places.push(made);
  return made;
};

/** The step after today's: it makes, fills, changes and drops, so that every kind of half is possible. */
const LATER = '9001-later';
const later: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`create table shelf_mark (school text not null, id text not null, mark text not null)`.execute(
      db,
    );
    await sql`insert into shelf_mark select school, id, 'old' from record where kind = 'tiny.shelf'`.execute(
      db,
    );
    await sql`create index shelf_mark_id on shelf_mark (school, id)`.execute(db);
    await sql`alter table membership add column note text`.execute(db);
    await sql`update membership set note = 'was here'`.execute(db);
    await sql`drop table throttle`.execute(db);
  },
};
const stepsOf = (dialect: Dialect): Record<string, Migration> => ({ ...migrations(dialect), [LATER]: later });

/** What a start does to a schema. */
async function bring(db: Kysely<Tables>, dialect: Dialect): Promise<void> {
  await migrate(db, dialect, { steps: stepsOf(dialect) });
  await migrateAuth(db, dialect);
}

/** Every schema that is whole: after each step, and after the session library's tables. */
async function wholeSchemas(dialect: Dialect, from: Fixture | null): Promise<Set<string>> {
  const place = await fresh(dialect);
  if (from) await asReleased(place, from);
  const db = new Kysely<Tables>({ dialect: dialectOf(place) });
  const whole = new Set<string>();
  const note = async (): Promise<void> => void whole.add((await schemaOf(db, dialect)).join('\n'));
  await note();
  for (const upTo of [...knownSteps(dialect), LATER]) {
    await migrate(db, dialect, { steps: stepsOf(dialect), upTo });
    await note();
  }
  await migrateAuth(db, dialect);
  await note();
  await db.destroy();
  return whole;
}

describe('released databases', () => {
  test('today’s is kept as a fixture: after a change of the schema run this with UPDATE_FIXTURES=1', async () => {
    const made = Object.fromEntries(
      await Promise.all(dialects.map(async (d) => [d, await statementsOf(await fresh(d))] as const)),
    ) as Record<Dialect, string[]>;
    const steps = knownSteps('sqlite');
    if (process.env.UPDATE_FIXTURES) {
      expect(dialects, 'both databases are needed to make a fixture').toContain('postgres');
      keepFixture({ version, steps, made, rows: await liveALittle(await fresh('sqlite')) });
    }
    const kept = fixtures().find((f) => f.version === version);
    expect(kept, `no fixture of ${version}`).toBeDefined();
    expect(kept!.steps).toEqual(steps);
    for (const dialect of dialects) expect(kept!.made[dialect], dialect).toEqual(made[dialect]);
  });

  describe.each(dialects)('on %s', (dialect) => {
    test.each(fixtures().map((f) => [f.version, f] as const))(
      '%s opens with every row, and again',
      async (_v, fixture) => {
        const place = await fresh(dialect);
        await asReleased(place, fixture);
        const before = await dumped(place);
        const reference = await fresh(dialect);
        for (const at of [place, reference]) {
          const store = await at.open();
          await migrateAuth(store.db, dialect);
          if (at === place) {
            expect(await store.schools()).toMatchObject([{ id: 'one', name: '一中' }]);
            const [row] = await store.reads.load('one', [{ kind: 'tiny.shelf', id: 's1' }]);
            expect(JSON.parse(row!.body!)).toMatchObject({ room: 'b' });
          }
          await at.shut();
        }
        const after = await dumped(place);
        for (const [table, rows] of Object.entries(before))
          expect(after[table]?.length, table).toBe(rows.length);
        const schemas = await Promise.all(
          [place, reference].map(async (at) => {
            const db = new Kysely<Tables>({ dialect: dialectOf(at) });
            const schema = await schemaOf(db, dialect);
            await db.destroy();
            return schema;
          }),
        );
        expect(schemas[0]).toEqual(schemas[1]);
      },
    );
  });
});

/** Copies what a kill -9 before this statement would leave: uncommitted pages are in memory or marked so in the log. */
function photographed(file: string, into: string): { dialect: SqliteDialect; images: string[] } {
  const db = new Database(file);
  db.pragma('journal_mode = WAL');
  const images: string[] = [];
  const photograph = (): void => {
    const image = join(into, `image-${images.length}`);
    mkdirSync(image, { recursive: true });
    for (const side of ['', '-wal', '-shm'])
      if (existsSync(file + side)) copyFileSync(file + side, join(image, `qing.sqlite${side}`));
    images.push(image);
  };
  const prepare = db.prepare.bind(db);
  db.prepare = ((source: string) => {
    photograph();
    return prepare(source);
  }) as typeof db.prepare;
  const close = db.close.bind(db);
  db.close = () => {
    photograph();
    return close();
  };
  return { dialect: new SqliteDialect({ database: db }), images };
}

/** Starts killed at every statement: how many images are neither old nor new, and whether a new start finishes each. */
async function judge(
  images: readonly string[],
  whole: ReadonlySet<string>,
): Promise<{ half: number; unfinished: number }> {
  let half = 0;
  let unfinished = 0;
  const last = [...whole].at(-1)!;
  for (const image of images) {
    const file = new Database(join(image, 'qing.sqlite'));
    const db = new Kysely<Tables>({ dialect: new SqliteDialect({ database: file }) });
    if (!whole.has((await schemaOf(db, 'sqlite')).join('\n'))) half += 1;
    await bring(db, 'sqlite').catch(() => undefined);
    if ((await schemaOf(db, 'sqlite')).join('\n') !== last) unfinished += 1;
    expect(file.pragma('integrity_check', { simple: true })).toBe('ok');
    await db.destroy();
  }
  return { half, unfinished };
}

const starts: readonly (readonly [string, Fixture | null])[] = [
  ['nothing', null],
  ...fixtures().map((f) => [`the database of ${f.version}`, f] as const),
];

describe.each(starts)('a start from %s, killed at every statement (D9)', (_name, fixture) => {
  test('on sqlite is never half, and the next start finishes it', async () => {
    const whole = await wholeSchemas('sqlite', fixture);
    const place = await fresh('sqlite');
    if (fixture) await asReleased(place, fixture);
    const file = join(place.folder, 'qing.sqlite');
    const { dialect, images } = photographed(file, join(place.folder, 'images'));
    const db = new Kysely<Tables>({ dialect });
    await bring(db, 'sqlite');
    await db.destroy();
    expect(images.length).toBeGreaterThan(10);
    expect(await judge(images, whole)).toEqual({ half: 0, unfinished: 0 });
  });

  test('on sqlite, control: the migrator without transactions leaves halves', async () => {
    const whole = await wholeSchemas('sqlite', fixture);
    const place = await fresh('sqlite');
    if (fixture) await asReleased(place, fixture);
    const { dialect, images } = photographed(join(place.folder, 'qing.sqlite'), join(place.folder, 'images'));
    const db = new Kysely<Tables>({ dialect });
    await new Migrator({
      db,
      provider: { getMigrations: () => Promise.resolve(stepsOf('sqlite')) },
      migrationTableName: 'kernel_migration',
    }).migrateToLatest();
    await db.destroy();
    expect((await judge(images, whole)).half).toBeGreaterThan(3);
  });

  test.each(dialects.filter((d) => d === 'postgres'))(
    'on %s is never half, and the next start finishes it',
    async (dialect) => {
      const whole = await wholeSchemas(dialect, fixture);
      const last = [...whole].at(-1)!;
      const base = await fresh(dialect);
      if (fixture) await asReleased(base, fixture);
      const statements = await brokenOff(await fresh(dialect, base), Infinity, 'before');
      const wanted = times('D9', 16, statements * 2);
      for (let i = 0; i < wanted; i++) {
        // Spread over the whole start; the connection goes before the statement is sent, or while its answer is on the way.
        const at = 1 + Math.floor((i / wanted) * statements);
        const place = await fresh(dialect, base);
        await brokenOff(place, at, i % 2 === 0 ? 'before' : 'after');
        const db = new Kysely<Tables>({ dialect: dialectOf(place) });
        await settled(db);
        expect(whole.has((await schemaOf(db, dialect)).join('\n')), `half at statement ${at}`).toBe(true);
        await bring(db, dialect);
        expect((await schemaOf(db, dialect)).join('\n'), `unfinished at ${at}`).toBe(last);
        await db.destroy();
        await place.drop();
        places.splice(places.indexOf(place), 1);
      }
    },
    170_000,
  );
});

/** A start whose connection is cut at its n-th statement. @returns how many statements it came to */
async function brokenOff(place: Place, at: number, when: 'before' | 'after'): Promise<number> {
  let count = 0;
  const pool = poolOf(place);
  pool.on('connect', (client) => {
    const query = client.query.bind(client) as (...args: unknown[]) => unknown;
    const cut = (): void =>
      (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
    client.query = ((...args: unknown[]) => {
      count += 1;
      if (count === at && when === 'before') cut();
      const answer = query(...args);
      if (count === at && when === 'after') setTimeout(cut, 1);
      return answer;
    }) as typeof client.query;
  });
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  await bring(db, 'postgres').catch(() => undefined);
  await db.destroy();
  return count;
}

/** The server has noticed that the connection is gone, and undone what was not committed. */
async function settled(db: Kysely<Tables>): Promise<void> {
  for (let i = 0; i < 200; i++) {
    const { rows } = await sql<{ n: number }>`select count(*)::int as n from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid()`.execute(db);
    if (rows[0]!.n === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('the cut connection never ended');
}

describe.each(dialects)('migrations on %s', (dialect) => {
  test('run again do nothing, and two servers at once make each step once', async () => {
    const place = await fresh(dialect);
    const one = new Kysely<Tables>({ dialect: dialectOf(place) });
    const two = dialect === 'postgres' ? new Kysely<Tables>({ dialect: dialectOf(place) }) : one;
    const made = await Promise.all([migrate(one, dialect), migrate(two, dialect)]);
    expect(made.flat().sort()).toEqual(knownSteps(dialect));
    await Promise.all([migrateAuth(one, dialect), migrateAuth(two, dialect)]);
    expect(await migrate(one, dialect)).toEqual([]);
    await one.destroy();
    if (two !== one) await two.destroy();
  });

  test('a step that fails leaves the database as it was, and the next try goes on', async () => {
    const place = await fresh(dialect);
    const db = new Kysely<Tables>({ dialect: dialectOf(place) });
    await migrate(db, dialect);
    const before = await schemaOf(db, dialect);
    const breaks: Migration = {
      async up(on: Kysely<unknown>) {
        await later.up(on);
        throw new Error('planted');
      },
    };
    const steps = { ...migrations(dialect), [LATER]: breaks };
    await expect(migrate(db, dialect, { steps })).rejects.toThrow('planted');
    expect(await schemaOf(db, dialect)).toEqual(before);
    expect(await migrate(db, dialect, { steps: stepsOf(dialect) })).toEqual([LATER]);
    await db.destroy();
  });

  test('a database of a newer build is refused and not touched', async () => {
    const place = await fresh(dialect);
    const db = new Kysely<Tables>({ dialect: dialectOf(place) });
    await migrate(db, dialect, { steps: stepsOf(dialect) });
    const before = await schemaOf(db, dialect);
    await expect(migrate(db, dialect)).rejects.toThrow(LATER);
    await expect(place.open()).rejects.toThrow(LATER);
    expect(await schemaOf(db, dialect)).toEqual(before);
    await db.destroy();
  });
});

describe('the copy before a migration', () => {
  test('is made once per change, whole, and the newest two are kept', async () => {
    const place = await fresh('sqlite');
    await liveALittle(place);
    const file = join(place.folder, 'qing.sqlite');
    const db = new Database(file);
    const on = new Kysely<Tables>({ dialect: new SqliteDialect({ database: db }) });
    const copies = (): string[] => readdirSync(place.folder).filter((n) => n.startsWith('qing.before-'));
    const asked: string[] = [];
    await migrate(on, 'sqlite', { before: (last) => void asked.push(last) });
    expect(asked).toEqual([]);
    await migrate(on, 'sqlite', {
      steps: stepsOf('sqlite'),
      before: (last) => void asked.push(copyBeforeMigration(db, file, last)),
    });
    expect(asked).toHaveLength(1);
    expect(copies()).toEqual([expect.stringContaining(`qing.before-${knownSteps('sqlite').at(-1)}-`)]);
    const copy = new Database(asked[0]!, { readonly: true });
    expect(copy.prepare('select count(*) from throttle').pluck().get()).toBe(0);
    expect(copy.prepare("select count(*) from record where kind = 'tiny.shelf'").pluck().get()).toBe(1);
    copy.close();
    for (const step of ['a', 'b', 'c']) copyBeforeMigration(db, file, step);
    expect(copies()).toHaveLength(2);
    await on.destroy();
  });

  test('that cannot be made stops the start before anything is changed', async () => {
    const place = await fresh('sqlite');
    await liveALittle(place);
    const file = join(place.folder, 'qing.sqlite');
    const db = new Database(file);
    const on = new Kysely<Tables>({ dialect: new SqliteDialect({ database: db }) });
    const before = await schemaOf(on, 'sqlite');
    const nowhere = join(dirname(file), 'gone', 'qing.sqlite');
    await expect(
      migrate(on, 'sqlite', {
        steps: stepsOf('sqlite'),
        before: (last) => void copyBeforeMigration(db, nowhere, last),
      }),
    ).rejects.toThrow('升级前没能留下一份副本');
    expect(await schemaOf(on, 'sqlite')).toEqual(before);
    await on.destroy();
  });
});

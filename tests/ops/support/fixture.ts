import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { LogEvent } from 'kysely';
import { Kysely, sql } from 'kysely';
import { Kernel } from '@kernel/server/kernel';
import { migrateAuth } from '@kernel/server/auth';
import { migrate } from '@kernel/server/store/migrate';
import type { Tables } from '@kernel/server/store/tables';
import type { Dialect } from '../../support/databases';
import { tinyRegistry } from '../../support/tiny-registry';
import { snapshotOf } from './dumped';
import type { Place } from './places';
import { dialectOf } from './raw';

const folder = fileURLToPath(new URL('../fixtures/', import.meta.url));

/** A released database: the statements that made it, and a few rows of every table somebody had filled. */
export interface Fixture {
  readonly version: string;
  readonly steps: readonly string[];
  readonly made: Readonly<Record<Dialect, readonly string[]>>;
  readonly rows: readonly { table: string; columns: readonly string[]; rows: readonly unknown[][] }[];
}

export const fixtures = (): Fixture[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as Fixture);

export function keepFixture(fixture: Fixture): void {
  writeFileSync(join(folder, `${fixture.version}.json`), `${JSON.stringify(fixture, null, 1)}\n`);
}

/** Every statement that makes an empty database into today's. */
export async function statementsOf(place: Place): Promise<string[]> {
  const seen: string[] = [];
  const log = (event: LogEvent): void => {
    if (/^(create|alter|drop)\b/i.test(event.query.sql)) seen.push(event.query.sql);
  };
  const db = new Kysely<Tables>({ dialect: dialectOf(place), log });
  try {
    await migrate(db, place.dialect);
    await migrateAuth(db, place.dialect);
  } finally {
    await db.destroy();
  }
  return seen;
}

/** A database as that release left it, with its rows. */
export async function asReleased(place: Place, fixture: Fixture): Promise<void> {
  const db = new Kysely<Tables>({ dialect: dialectOf(place) });
  try {
    for (const statement of fixture.made[place.dialect]) await sql.raw(statement).execute(db);
    for (const { table, columns, rows } of fixture.rows)
      for (const row of rows) {
        const value = (cell: unknown) =>
          typeof cell === 'boolean' && place.dialect === 'sqlite' ? Number(cell) : cell;
        await sql`insert into ${sql.id(table)} (${sql.join(columns.map((c) => sql.id(c)))})
          values (${sql.join(row.map(value))})`.execute(db);
      }
    for (const name of fixture.steps)
      await db
        .insertInto('kernel_migration')
        .values({ name, timestamp: '2026-11-23T00:00:00.000Z' })
        .execute();
  } finally {
    await db.destroy();
  }
}

const T0 = Date.parse('2026-11-23T00:00:00Z');

/** A school with a shelf, two readers and somebody signed in: something in as many tables as a small story fills. */
export async function liveALittle(place: Place): Promise<Fixture['rows']> {
  const store = await place.open();
  const clock = { now: () => T0 };
  const log = { error: () => undefined, info: () => undefined };
  const kernel = await Kernel.open({ registry: tinyRegistry, store, clock, log });
  await kernel.createSchool({ id: 'one', name: '一中', zone: 'Asia/Shanghai', example: false });
  await kernel.systemAll('one', [
    { key: 'a', name: 'tiny.v1.grant', args: { person: 'lin', rooms: ['a'], reader: true } },
    { key: 'b', name: 'tiny.v1.grant', args: { person: 'mei', rooms: ['a', 'b'], reader: true } },
  ]);
  const school = (await kernel.school('one'))!;
  const say = (n: number, actor: string, name: string, args: unknown) => ({
    id: `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`,
    device: 'd1',
    deviceSeq: n,
    actor,
    name,
    args,
    argsText: JSON.stringify(args),
    at: T0,
    time: { earliest: T0, latest: T0 },
  });
  await kernel.push(school, [say(1, 'lin', 'tiny.v1.place', { shelf: 's1' })]);
  await kernel.push(school, [say(2, 'mei', 'tiny.v1.move', { shelf: 's1', room: 'b' })]);
  await kernel.push(school, [say(3, 'lin', 'tiny.v1.place', { shelf: 7 })]);
  await kernel.auth.createAccount({
    school: 'one',
    person: 'lin',
    account: 'lin.one',
    password: 'a long password',
    name: '林',
  });
  await kernel.auth.signIn('lin.one', 'a long password');
  await place.shut();
  const snapshot = await snapshotOf(place);
  const out: { table: string; columns: readonly string[]; rows: unknown[][] }[] = [];
  for (const { name, columns } of snapshot.tables) {
    const rows: unknown[][] = [];
    for await (const portion of snapshot.rows(name)) rows.push(...portion);
    if (rows.length > 0) out.push({ table: name, columns, rows });
  }
  await snapshot.close();
  return out;
}

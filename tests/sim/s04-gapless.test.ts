import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Kernel } from '@kernel/server/kernel';
import type { Store } from '@kernel/server/store/store';
import { uuidv7 } from '@kernel/shared/ids';
import { dialects, freshDatabase, type TestDatabase } from '../support/databases';
import { tinyRegistry } from '../support/tiny-registry';
import { Dice } from './engine/dice';
import { count, FIRST_SEED, LONG } from './engine/report';
import { wrongCursors } from './engine/wrong-cursors';

const COMMITS = count('SIM_COMMITS', 40_000, 200_000);
const PROCESSES = 4;
const SCHOOLS = ['one', 'two', 'three', 'four'];
const log = { error: () => undefined, info: () => undefined };

/** S4, reliability.md b.1: the one promise only real concurrency can break. */
describe.each(dialects.filter((d) => d === 'postgres'))('many writers on %s', () => {
  const dice = new Dice(FIRST_SEED, 'S4');
  let db: TestDatabase;
  let url: string;
  const kernels: Kernel[] = [];

  const open = async (store: Store): Promise<Kernel> => {
    const clock = { now: () => Date.now() };
    return Kernel.open({ registry: tinyRegistry, store, clock, log });
  };
  const school = (id: string) => ({ id, name: id, zone: 'Asia/Shanghai', example: false });

  beforeAll(async () => {
    db = await freshDatabase('postgres');
    const first = await open(db.store);
    const own = new URL(process.env['TEST_DATABASE_URL']!);
    const { rows } = await pgRows<{ name: string }>(db.store, 'select current_database() as name');
    own.pathname = `/${rows[0]!.name}`;
    url = own.href;
    kernels.push(first);
    for (let i = 1; i < PROCESSES; i++) kernels.push(await open(await db.reopen()));
    for (const id of SCHOOLS) {
      await first.createSchool(school(id));
      for (const person of ['reader', 'writer'])
        await first.system(id, {
          key: `grant ${person}`,
          name: 'tiny.v1.grant',
          args: { person, rooms: ['a'], reader: true },
        });
    }
  });
  afterAll(() => db.drop());

  test(
    `${COMMITS} commits of ${PROCESSES} processes in ${SCHOOLS.length} schools: nothing is skipped, no place is empty; three wrong cursors miss`,
    { timeout: LONG ? 3_600_000 : 900_000 },
    async () => {
      const from = performance.now();
      const cpu = process.cpuUsage();
      const idle = new pg.Client({ connectionString: url });
      await idle.connect();
      await idle.query('begin');
      await idle.query('select pg_current_xact_id()');

      let left = COMMITS;
      let writing = true;
      const written = new Map(SCHOOLS.map((id) => [id, new Set<string>()]));
      let rolledBack = 0;
      // Half of the time somebody has left a transaction open: cursors that look at transaction ids stand still meanwhile.
      const wakes = async (): Promise<void> => {
        await idle.query('rollback');
        await idle.end();
      };
      const write = async (kernel: Kernel, id: string): Promise<void> => {
        for (let n = left--; n > 0; n = left--) {
          if (n === Math.floor(COMMITS / 2)) await wakes();
          if (dice.chance(0.1)) {
            rolledBack++;
            await abandoned(kernel.store, id);
          }
          const shelf = `s${n}`;
          const command = {
            id: uuidv7(Date.now(), dice.bytes(10)),
            device: 'd',
            deviceSeq: 1,
            actor: 'writer',
          };
          const args = { shelf };
          const now = Date.now();
          const said = { name: 'tiny.v1.place', args, argsText: JSON.stringify(args), at: now };
          const [result] = await kernel.push(school(id), [
            { ...command, ...said, time: { earliest: now, latest: now } } as never,
          ]);
          expect(result).toMatchObject({ outcome: 'accepted' });
          written.get(id)!.add(shelf);
        }
      };
      /** A phone that asks all the time: of a process that only reads, and of one that writes. */
      const read = async (kernel: Kernel, id: string): Promise<{ seen: Set<string>; polls: number }> => {
        const seen = new Set<string>();
        let cursor: string | null = null;
        let polls = 0;
        for (let rest = 2; rest > 0;) {
          const page = await kernel.feed.read(school(id), 'reader', cursor, Date.now(), false);
          const changes = JSON.parse(page!.changes) as { kind: string; id: string }[];
          for (const c of changes) if (c.kind === 'tiny.shelf') seen.add(c.id);
          cursor = page!.cursor;
          polls++;
          if (!writing && !page!.more) rest--;
          await new Promise((done) => setTimeout(done, 20));
        }
        return { seen, polls };
      };

      const onlyReads = await open(await db.reopen());
      const reads = SCHOOLS.flatMap((id) => [read(onlyReads, id), read(kernels[0]!, id)]);
      const control = wrongCursors(url, dice, { writers: 8, done: () => !writing });
      await Promise.all(kernels.flatMap((kernel) => SCHOOLS.map((id) => write(kernel, id))));
      writing = false;
      const readers = await Promise.all(reads);
      const missedByControls = await control;

      const missed = readers.map(({ seen }, i) => {
        const all = written.get(SCHOOLS[Math.floor(i / 2)]!)!;
        return [...all].filter((shelf) => !seen.has(shelf)).length;
      });
      let commits = 0;
      let gaps = 0;
      for (const id of SCHOOLS) {
        const places = await placesOf(db.store, id);
        commits += places.length;
        // Every commit takes three places here: the record and two sums.
        for (let i = 1; i < places.length; i++) if (places[i]! - places[i - 1]! !== 3) gaps++;
      }
      const seconds = (performance.now() - from) / 1000;
      const { user, system } = process.cpuUsage(cpu);
      console.log(
        `S4: ${commits} commits, ${rolledBack} rolled back, ${readers.reduce((n, r) => n + r.polls, 0)} polls in ${seconds.toFixed(0)} s (${((user + system) / 1e6).toFixed(0)} s of processor), ` +
          `missed ${missed.join(' / ')}, gaps ${gaps}; wrong cursors missed ${JSON.stringify(missedByControls)}`,
      );
      expect(commits).toBe(COMMITS);
      expect(missed).toEqual(readers.map(() => 0));
      expect(gaps).toBe(0);
      for (const [cursor, count_] of Object.entries(missedByControls))
        expect(count_, cursor).toBeGreaterThan(0);
    },
  );
});

/** Takes the counter, writes nothing good, and gives up: what was locked and counted must be as if it never was. */
async function abandoned(store: Store, school: string): Promise<void> {
  const gaveUp = new Error('gave up');
  await store
    .write(function* (tx) {
      yield tx.counter(school);
      throw gaveUp;
    })
    .catch((error: unknown) => {
      if (error !== gaveUp) throw error;
    });
}

async function placesOf(store: Store, school: string): Promise<number[]> {
  const rows = await store.db
    .selectFrom('record')
    .select('seq')
    .where('school', '=', school)
    .where('kind', '=', 'tiny.shelf')
    .orderBy('seq')
    .execute();
  return rows.map((r) => r.seq);
}

async function pgRows<T>(store: Store, text: string): Promise<{ rows: T[] }> {
  const { sql } = await import('kysely');
  return sql.raw<T>(text).execute(store.db);
}

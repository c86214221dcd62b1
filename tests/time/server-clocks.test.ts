import { afterEach, describe, expect, test } from 'vitest';
import type { FastifyInstance } from 'fastify';
import { buildHttp } from '@kernel/server/http';
import { Kernel } from '@kernel/server/kernel';
import { verifyDatabase } from '@kernel/server/proof/verify';
import { REACH } from '@kernel/shared/interval';
import type { Change, Envelope, SyncResponse } from '@kernel/shared/protocol';
import { MINUTE } from '@kernel/shared/time';
import { dice as makeDice, seedOf, times } from '../ops/support/counts';
import { HandClock } from '../support/clock';
import { dialects } from '../support/databases';
import { anEnvelope, aSync, HEADERS, httpWorld, type HttpWorld } from '../support/http-world';
import { tinyRegistry } from '../support/tiny-registry';

/**
 * T5: servers five minutes apart, and one that is set back ten seconds in the middle of the work. Order is by the counter alone, so
 * nothing is missed, nothing comes twice and no number is wrong; only verdicts may differ, by no more than the clocks do.
 */
const PUSHES = times('T5_PUSHES', 250, 5_000);
const SEED = seedOf('T5');
const PEOPLE = ['lin', 'mei', 'gao'] as const;

interface Server {
  readonly kernel: Kernel;
  readonly http: FastifyInstance;
  readonly clock: HandClock;
}

describe.each(dialects)('wrong clocks of servers, on %s', (dialect) => {
  let world: HttpWorld;
  let others: FastifyInstance[] = [];
  const cookies = new Map<string, string>();
  afterEach(async () => {
    for (const http of others) await http.close();
    others = [];
    await world.close();
  });

  async function begins(): Promise<Server> {
    world = await httpWorld(dialect, tinyRegistry);
    await world.kernel.createSchool({ id: 'one', name: 'one', zone: 'Asia/Shanghai', example: false });
    for (const person of PEOPLE) {
      await world.kernel.system('one', {
        key: person,
        name: 'tiny.v1.grant',
        args: { person, rooms: ['a'], reader: true },
      });
      await world.kernel.auth.createAccount({
        school: 'one',
        person,
        account: `${person}.one`,
        password: 'correct horse',
        name: person,
      });
      cookies.set(person, await world.signIn(`${person}.one`, 'correct horse'));
    }
    return { kernel: world.kernel, http: world.http, clock: world.clock };
  }
  /** A second server process on the same database, whose clock is off by some minutes. */
  async function another(minutes: number): Promise<Server> {
    const clock = new HandClock('2026-11-23', '07:05');
    clock.passes(minutes);
    const log = { error: (f: Record<string, unknown>) => void world.errors.push(f), info: () => undefined };
    const kernel = await Kernel.open({ registry: tinyRegistry, store: await world.db.reopen(), clock, log });
    const http = await buildHttp({ kernel, modules: [], clientFolder: null });
    others.push(http);
    return { kernel, http, clock };
  }
  async function sync(
    server: Server,
    person: string,
    commands: Envelope[],
    cursor: string | null,
  ): Promise<SyncResponse> {
    const payload = aSync({ person, commands, cursor });
    const headers = { ...HEADERS, cookie: cookies.get(person)! };
    const answer = await server.http.inject({ method: 'POST', url: '/api/sync', headers, payload });
    expect(answer.statusCode, answer.body).toBe(200);
    return answer.json();
  }

  /** Everybody pushes through whichever server, a reader pulls from whichever; `between` may turn clocks. */
  async function works(servers: readonly Server[], between: (n: number) => void): Promise<void> {
    const dice = makeDice(SEED);
    const sent: string[] = [];
    const seen: Change[] = [];
    const numbers: number[] = [];
    let cursor: string | null = null;
    let last = 0;
    const reads = async (): Promise<void> => {
      for (;;) {
        const page = await sync(servers[dice.below(servers.length)]!, 'mei', [], cursor);
        expect(page.reset).toBe(cursor === null);
        for (const c of page.changes) {
          expect(c.seq, 'the feed never goes back').toBeGreaterThan(last);
          last = c.seq;
          seen.push(c);
        }
        cursor = page.cursor;
        if (!page.more) return;
      }
    };
    await reads();
    for (let n = 0; n < PUSHES; n += 1) {
      between(n);
      const server = servers[dice.below(servers.length)]!;
      const command = anEnvelope(server.clock.now(), 'tiny.v1.place', { shelf: `s${n}` });
      const answer = await sync(server, PEOPLE[dice.below(3)]!, [command], null);
      expect(answer.results[0]?.outcome).toBe('accepted');
      numbers.push(answer.results[0]!.seq!);
      sent.push(`s${n}`);
      if (dice.chance(0.4)) await reads();
    }
    await reads();
    expect(seen.filter((c) => c.kind === 'tiny.shelf').map((c) => c.id)).toEqual(sent);
    expect(numbers, 'one after the other, whatever the clocks say').toEqual(
      numbers.map((_, i) => numbers[0]! + i),
    );
    const rows = await world.db.store.db
      .selectFrom('command')
      .select(['log', 'earliest', 'received'])
      .orderBy('received')
      .orderBy('log')
      .execute();
    // The control: by their times they would stand in another order, so the counter was really needed.
    expect(rows.some((r, i) => i > 0 && r.log < rows[i - 1]!.log)).toBe(true);
    expect(rows.every((r) => r.earliest <= r.received)).toBe(true);
    for await (const school of verifyDatabase(world.db.store.db)) expect(school.broken).toBeNull();
    expect(world.errors).toEqual([]);
  }

  test(
    `set back ten seconds again and again, over ${PUSHES} pushes`,
    { timeout: 30_000 + PUSHES * 50 },
    async () => {
      const server = await begins();
      await works([server], (n) => server.clock.passes(n % 10 === 9 ? -10 / 60 : 0.5 / 60));
    },
  );

  test(
    `two servers five minutes apart, over ${PUSHES} pushes`,
    { timeout: 30_000 + PUSHES * 50 },
    async () => {
      const servers = [await begins(), await another(5)];
      await works(servers, () => servers.forEach((s) => s.clock.passes(1 / 60)));
    },
  );

  test('a signed time of one server at the other: off by no more than the clocks, and never against the person when far off', async () => {
    const right = await begins();
    const dated = async (minutesAhead: number): Promise<number> => {
      const ahead = await another(minutesAhead);
      const { beacon } = await sync(ahead, 'lin', [], null);
      const act = anEnvelope(0, 'tiny.v1.place', { shelf: `b${minutesAhead}` }, { beacon, mono: 60_000 });
      right.clock.passes(20);
      await sync(right, 'lin', [act], null);
      const row = await world.db.store.db
        .selectFrom('command')
        .selectAll()
        .where('id', '=', act.id)
        .executeTakeFirstOrThrow();
      const truth = right.clock.now() - 19 * MINUTE;
      right.clock.passes(-20);
      return row.earliest - truth;
    };
    // Made a minute after the contact, arrived nineteen minutes later.
    expect(await dated(0)).toBe(0);
    expect(await dated(5)).toBe(5 * MINUTE);
    expect(await dated(-5)).toBe(-5 * MINUTE);
    expect(await dated(60), 'an hour ahead: our fault, so it counts for the person').toBe(
      19 * MINUTE - REACH,
    );
  });
});

import type { CommandResult, Envelope, SyncResponse } from '@kernel/shared/protocol';
import { buildHttp } from '@kernel/server/http';
import { Kernel } from '@kernel/server/kernel';
import type { Dialect } from '../../support/databases';
import { anEnvelope, aSync, HEADERS, httpWorld, type HttpWorld } from '../../support/http-world';
import { tinyRegistry } from '../../support/tiny-registry';
import { SimAuth } from './sim-auth';

export const SCHOOL_ONE = { id: 'one', name: '一中', zone: 'Asia/Shanghai', example: false };

/** One server behind its real door, with two readers signed in; for tests that need no phone. */
export interface SmallHttp {
  readonly world: HttpWorld;
  /** Answers of one push, as text exactly as they stand in the answer. */
  push(person: string, commands: Envelope[], device?: string): Promise<string[]>;
  cookie(person: string): string;
  /** The whole last answer. */
  lastAnswer(): SyncResponse;
  command(name: string, args: unknown, over?: Partial<Envelope>): Envelope;
  logged(): Promise<{ id: string; outcome: string }[]>;
  shelf(id: string): Promise<{ books: { id: string; by: string }[] } | null>;
}

/** @param servers processes on the same database that take the pushes by turns; more than one only on PostgreSQL */
export async function smallHttp(dialect: Dialect, servers = 1): Promise<SmallHttp> {
  const world = await httpWorld(dialect, tinyRegistry);
  const { kernel, http, clock } = world;
  const auth = new SimAuth(SCHOOL_ONE.id);
  Object.assign(kernel, { auth });
  await kernel.createSchool(SCHOOL_ONE);
  const doors = [http];
  for (let i = 1; i < servers; i++) {
    const other = await Kernel.open({ ...kernel, store: await world.db.reopen() });
    Object.assign(other, { auth });
    doors.push(await buildHttp({ kernel: other, modules: [], clientFolder: null }));
  }
  let turn = 0;
  const cookies = new Map<string, string>();
  let last: SyncResponse;
  for (const person of ['lin', 'mei']) {
    const args = { person, rooms: ['a'], reader: true };
    await kernel.system(SCHOOL_ONE.id, { key: `grant ${person}`, name: 'tiny.v1.grant', args });
    cookies.set(person, (await auth.signIn(person, 'a long password')).cookies[0]!.split(';')[0]!);
  }
  return {
    world,
    async push(person, commands, device) {
      const reply = await doors[turn++ % doors.length]!.inject({
        method: 'POST',
        url: '/api/sync',
        headers: { ...HEADERS, cookie: cookies.get(person)! },
        payload: aSync({ person, commands, ...(device ? { device } : {}) }),
      });
      if (reply.statusCode !== 200) throw new Error(`${reply.statusCode} ${reply.body}`);
      last = reply.json<SyncResponse>();
      const results: CommandResult[] = last.results;
      return results.map((r) => JSON.stringify(r));
    },
    cookie: (person) => cookies.get(person)!,
    lastAnswer: () => last,
    command: (name, args, over) => anEnvelope(clock.now(), name, args, over),
    logged: () =>
      kernel.store.db
        .selectFrom('command')
        .select(['id', 'outcome'])
        .where('school', '=', SCHOOL_ONE.id)
        .where('actor', '!=', 'system')
        .execute(),
    async shelf(id) {
      const view = kernel.view(SCHOOL_ONE);
      return ((await view.get(tinyRegistry.record('tiny.shelf')!, id)) as { books: [] } | undefined) ?? null;
    },
  };
}

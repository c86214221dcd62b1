import type { OutboxEntry } from '@kernel/client/person-db';
import { personDbName } from '@kernel/client/person-db';
import type { CommandDef } from '@kernel/shared/command';
import { isRefusal } from '@kernel/shared/refusal';
import type { Page } from './phone';
import { profiles, type Profile } from './profile';
import { SCHOOL } from './server';
import { type Seams, World } from './world';

/** A school without any trouble of its own: the test makes what there is. */
export const QUIET: Profile = {
  ...profiles.everything,
  phones: [2, 2],
  twoProcesses: 0,
  noLocks: 0,
  smallPages: 0,
  oldBuilds: 0,
};

/** A begun world for the length of a test. */
export async function inWorld<T>(
  seed: number,
  work: (world: World) => Promise<T>,
  seams: Seams = {},
  profile = QUIET,
): Promise<T> {
  const world = new World(seed, profile, seams);
  try {
    await world.begin();
    return await work(world);
  } finally {
    await world.end();
  }
}

/** Does something on a page and waits, in simulated time, until it is done. */
export async function on<T>(world: World, page: Page, work: () => Promise<T>): Promise<T> {
  let done: { value: T } | null = null;
  page.does(async () => {
    done = { value: await work() };
  });
  for (let i = 0; i < 240 && !done; i++) await world.scheduler.runFor(250);
  if (!done) throw new Error(`${page.name}: never ended`);
  return (done as { value: T }).value;
}

/** Keeps an act on a page; answers its id. */
export async function keeps<A>(world: World, page: Page, def: CommandDef<A>, args: A): Promise<string> {
  const kept = await on(world, page, () => page.engine!.outbox.enqueue(def, args));
  if (isRefusal(kept)) throw new Error(`${def.name} was refused: ${kept.code}`);
  return kept.id;
}

export const outboxOf = (page: Page, person = page.engine!.session.person.id): readonly OutboxEntry[] =>
  page.phone.storage.rows<OutboxEntry>(personDbName(SCHOOL.id, person), 'outbox');

/** What the server's log says of these ids. */
export function logOf(world: World, ids: readonly string[]): Map<string, string> {
  const read = world.server.observer.prepare('select outcome from command where id = ?').pluck();
  return new Map(ids.map((id) => [id, (read.get(id) as string | undefined) ?? 'unknown']));
}

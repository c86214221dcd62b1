import { expect } from 'vitest';
import { dice } from './counts';
import type { Disk } from './disks';
import { founded } from './founded';
import type { Answer } from './phones';
import { ask, pause, Phones } from './phones';
import type { ServerProcess } from './server';
import type { Town } from './town';
import { wrongWith } from './town';

/** Waits until it holds. @returns the milliseconds it took */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  within = 15_000,
): Promise<number> {
  const from = performance.now();
  while (!(await holds())) {
    if (performance.now() - from > within) throw new Error(`not within ${within} ms: ${what}`);
    await pause(20);
  }
  return performance.now() - from;
}

const request = (commands: unknown[]): object => ({
  ...{ protocol: 1, build: 'test', person: 'lin', device: crypto.randomUUID(), cursor: null },
  commands,
});

/** A phone that comes for everything there is and brings nothing. */
export const pullOf = (server: ServerProcess, town: Town): Promise<Answer | null> =>
  ask(server.port, '/api/sync', { cookie: town.cookies.lin, body: request([]) });

/** What the server says of itself. */
export const healthOf = async (server: ServerProcess): Promise<{ ok?: boolean; readOnly?: string }> =>
  JSON.parse((await ask(server.port, '/healthz'))?.body ?? '{}') as { ok?: boolean; readOnly?: string };

/** Of a server whose disk takes nothing: whoever writes is told so in words, whoever reads notices nothing. */
export async function showsAndTakesNothing(server: ServerProcess, town: Town, where: string): Promise<void> {
  expect(await healthOf(server), where).toMatchObject({ ok: true, readOnly: expect.any(String) as string });
  const pushed = await ask(server.port, '/api/sync', { cookie: town.cookies.lin, body: request([{}]) });
  expect(pushed?.status, where).toBe(507);
  expect(JSON.parse(pushed!.body), where).toMatchObject({
    code: 'kernel.readOnly',
    title: expect.stringContaining('暂时只能看，已写的都在手机上，会自动再送') as string,
  });
  const pulled = await pullOf(server, town);
  expect(pulled?.status, `pulls go on, ${where}`).toBe(200);
  expect((JSON.parse(pulled!.body) as { changes: unknown[] }).changes.length).toBeGreaterThan(0);
}

/** Takes the disk away again and again at random moments of a working school, and gives it back (D5). */
export async function filling(
  disk: Disk,
  count: number,
  seed: number,
  env: Record<string, string> = {},
): Promise<void> {
  const { below } = dice(seed);
  const { place, town } = await founded('sqlite');
  const { place: where, server } = await disk.start(place, env);
  const phones = new Phones(town);
  phones.work(() => server.port, 12);
  for (let i = 0; i < count; i++) {
    await phones.more(5 + below(40));
    const refused = phones.of(507);
    await disk.fill(server, where.folder);
    await until('pushes are told so', () => phones.of(507) > refused + 3);
    await showsAndTakesNothing(server, town, `round ${i}, seed ${seed}`);
    await disk.free(server, where.folder);
    await phones.more(5);
    expect(await healthOf(server)).toMatchObject({ ok: true });
  }
  await phones.rest();
  const wrongStatuses = [...phones.statuses.keys()].filter((s) => s !== 200 && s !== 507);
  expect(wrongStatuses, 'nothing but "taken" and "no space"').toEqual([]);
  expect(await server.kill('SIGTERM')).toEqual({ code: 0, signal: null });
  const after = await where.open();
  expect(await wrongWith(after, town, phones.acked), `seed ${seed}`).toEqual([]);
  await where.shut();
}

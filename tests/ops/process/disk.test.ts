import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { dice, seedOf, times } from '../support/counts';
import type { Disk } from '../support/disks';
import { noMorePages, removeDisks, smallDisk } from '../support/disks';
import { dropTowns, founded, tidyUp } from '../support/founded';
import { ask, pause, Phones } from '../support/phones';
import { ServerProcess } from '../support/server';
import { wrongWith } from '../support/town';

afterEach(async () => {
  await tidyUp();
  removeDisks();
});
afterAll(dropTowns);

const until = async (
  what: string,
  holds: () => boolean | Promise<boolean>,
  within = 15_000,
): Promise<number> => {
  const from = performance.now();
  while (!(await holds())) {
    if (performance.now() - from > within) throw new Error(`not within ${within} ms: ${what}`);
    await pause(20);
  }
  return performance.now() - from;
};

/** Fills the disk again and again at random moments of a working school. */
async function filling(
  disk: Disk,
  count: number,
  seed: number,
  env: Record<string, string> = {},
): Promise<void> {
  const { below } = dice(seed);
  const { place, town } = await founded('sqlite');
  const { place: where, server } = await disk.start(place, env);
  const phones = new Phones(town);
  const pulls = () =>
    ask(server.port, '/api/sync', {
      cookie: town.cookies.lin,
      body: { ...EMPTY, person: 'lin', device: crypto.randomUUID() },
    });
  const health = async () =>
    JSON.parse((await ask(server.port, '/healthz'))?.body ?? '{}') as { ok?: boolean; readOnly?: string };
  phones.work(() => server.port, 12);
  for (let i = 0; i < count; i++) {
    await phones.more(5 + below(40));
    const refused = phones.of(507);
    await disk.fill(server, where.folder);
    await until('pushes are told so', () => phones.of(507) > refused + 3);
    expect(await health(), `round ${i}, seed ${seed}`).toMatchObject({
      ok: true,
      readOnly: expect.any(String) as string,
    });
    const pulled = await pulls();
    expect(pulled?.status, `pulls go on, round ${i}, seed ${seed}`).toBe(200);
    expect((JSON.parse(pulled!.body) as { changes: unknown[] }).changes.length).toBeGreaterThan(0);
    await disk.free(server, where.folder);
    await phones.more(5);
    expect(await health()).toMatchObject({ ok: true });
  }
  await phones.rest();
  const wrongStatuses = [...phones.statuses.keys()].filter((s) => s !== 200 && s !== 507);
  expect(wrongStatuses, 'nothing but "taken" and "no space"').toEqual([]);
  expect(await server.kill('SIGTERM')).toEqual({ code: 0, signal: null });
  const after = await where.open();
  expect(await wrongWith(after, town, phones.acked), `seed ${seed}`).toEqual([]);
  await where.shut();
}

const EMPTY = { protocol: 1, build: 'test', cursor: null, commands: [] };

describe('a full disk (D5)', () => {
  test('is told to whoever writes, hides nothing from whoever reads, and is over by itself', async () => {
    const seed = seedOf('D5');
    const disk = smallDisk() ?? noMorePages;
    process.stdout.write(`D5: ${disk.name}\n`);
    await filling(disk, times('D5', 10, 100), seed, { PROBE_MS: '300' });
  });

  test('is no reason not to start: a server that was killed on it shows what it has, and goes on by itself', async () => {
    const disk = smallDisk();
    if (!disk)
      return void process.stdout.write('D5 start: no file system of our own here (root and Linux only)\n');
    const { place, town } = await founded('sqlite');
    const { place: where, server } = await disk.start(place, {});
    const phones = new Phones(town);
    phones.work(() => server.port, 12);
    await phones.more(60);
    await disk.fill(server, where.folder);
    await until('pushes are told so', () => phones.of(507) > 3);
    await server.kill('SIGKILL');
    await phones.rest();
    const again = await ServerProcess.start(where, { plant: 'full-disk', env: { PROBE_MS: '300' } });
    const pulled = await ask(again.port, '/api/sync', {
      cookie: town.cookies.lin,
      body: { ...EMPTY, person: 'lin', device: crypto.randomUUID() },
    });
    expect(pulled?.status).toBe(200);
    phones.work(() => again.port, 12);
    const refused = phones.of(507);
    await until('pushes are told so', () => phones.of(507) > refused);
    await disk.free(again, where.folder);
    await phones.more(30);
    await phones.rest();
    await again.kill('SIGTERM');
    expect(await wrongWith(await where.open(), town, phones.acked)).toEqual([]);
    await where.shut();
  });

  test('is tried again at its own pace, too', async () => {
    await filling(noMorePages, 1, seedOf('D5 pace'));
  });
});

describe('a disk that loses what it took (D6)', () => {
  test.each(['0', '1'])(
    'ends the server at once, and nothing is acknowledged afterwards (its bytes there: %s)',
    async (written) => {
      const { below } = dice(seedOf('D6'));
      for (let i = 0; i < times('D6_STARTS', 3, 25); i++) {
        const { place, town } = await founded('sqlite');
        const phones = new Phones(town);
        const env = { FSYNC_FAILS_AT: String(10 + below(60)), FSYNC_WRITTEN: written };
        const server = await ServerProcess.start(place, { plant: 'lost-fsync', env });
        phones.work(() => server.port, 8);
        expect(await server.ended).toEqual({ code: 74, signal: null });
        expect(server.output).toContain('the disk lost what it had taken');
        const acked = phones.acked.length;
        await pause(100);
        expect(phones.acked).toHaveLength(acked);
        // Started again on what is really there; the phones say again what was not answered.
        const again = await ServerProcess.start(place);
        await phones.rest();
        phones.work(() => again.port, 8);
        await phones.more(30);
        await phones.rest();
        await again.kill('SIGTERM');
        expect(await wrongWith(await place.open(), town, phones.acked)).toEqual([]);
        await place.shut();
      }
    },
  );
});

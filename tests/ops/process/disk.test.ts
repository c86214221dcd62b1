import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { dice, seedOf, times } from '../support/counts';
import { noMorePages, readOnlyDatabase, removeDisks, smallDisk } from '../support/disks';
import { filling, pullOf, until } from '../support/filling';
import { dropTowns, founded, tidyUp } from '../support/founded';
import { pause, Phones } from '../support/phones';
import { ServerProcess } from '../support/server';
import { wrongWith } from '../support/town';

afterEach(async () => {
  await tidyUp();
  removeDisks();
});
afterAll(dropTowns);

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
    expect((await pullOf(again, town))?.status).toBe(200);
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

  test('and one that was made read-only are told apart, and over the same way', async () => {
    await filling(readOnlyDatabase, times('D5_READONLY', 3, 30), seedOf('D5 read-only'), { PROBE_MS: '300' });
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

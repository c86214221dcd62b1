import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { dialects } from '../../support/databases';
import { dice, seedOf, times } from '../support/counts';
import { dropTowns, founded, tidyUp } from '../support/founded';
import { ask, pause, Phones } from '../support/phones';
import { ServerProcess } from '../support/server';
import { wrongWith } from '../support/town';

afterEach(tidyUp);
afterAll(dropTowns);

describe.each(dialects)('a server on %s that is asked to stop (D7)', (dialect) => {
  test('finishes what runs, takes nothing new, and is gone within ten seconds', async () => {
    const seed = seedOf(`D7 ${dialect}`);
    const { below, chance } = dice(seed);
    const { place, town } = await founded(dialect);
    const phones = new Phones(town);
    let slowest = 0;
    for (let i = 0; i < times('D7', dialect === 'sqlite' ? 6 : 4, 50); i++) {
      const server = await ServerProcess.start(place);
      phones.work(() => server.port, 24);
      // A phone that listens for pokes has a stream open that has no end of its own.
      const stream = ask(server.port, '/api/poke', { cookie: town.cookies.lin, timeout: 30_000 });
      await phones.more(10 + below(60));
      const from = performance.now();
      server.signal(chance(0.5) ? 'SIGTERM' : 'SIGINT');
      if (chance(0.3)) server.signal('SIGTERM'); // twice is once
      expect(await server.ended, `round ${i}, seed ${seed}`).toEqual({ code: 0, signal: null });
      slowest = Math.max(slowest, performance.now() - from);
      await phones.rest();
      await stream;
    }
    expect(slowest).toBeLessThan(10_000);
    // A stop under load may cut a connection; it never answers with a defect.
    expect([...phones.statuses.keys()].filter((s) => ![0, 200, 503].includes(s))).toEqual([]);
    expect(await wrongWith(await place.open(), town, phones.acked), `seed ${seed}`).toEqual([]);
    process.stdout.write(`D7 ${dialect}: slowest stop ${Math.round(slowest)} ms\n`);
  });
});

describe('a stop', () => {
  test('control: a server that is killed instead leaves requests without an answer', async () => {
    const { place, town } = await founded('sqlite');
    const phones = new Phones(town);
    const server = await ServerProcess.start(place);
    phones.work(() => server.port, 24);
    await phones.more(20);
    expect((await server.kill('SIGKILL')).signal).toBe('SIGKILL');
    await phones.rest();
    expect(phones.of(0)).toBeGreaterThan(0);
  });

  test('leaves the folder to the next server, and no log beside the file', async () => {
    const { place, town } = await founded('sqlite');
    const first = await ServerProcess.start(place);
    const phones = new Phones(town);
    phones.work(() => first.port);
    await phones.more(20);
    await phones.rest();
    await first.kill('SIGTERM');
    const { readdirSync } = await import('node:fs');
    expect(readdirSync(place.folder).filter((n) => /-wal|-shm|\.lock/.test(n))).toEqual([]);
    const second = await ServerProcess.start(place);
    expect((await ask(second.port, '/healthz'))?.status).toBe(200);
    await pause(50);
    await second.kill('SIGTERM');
  });
});

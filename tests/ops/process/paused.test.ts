import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { dialects } from '../../support/databases';
import { dice, seedOf, times } from '../support/counts';
import { dropTowns, founded, tidyUp } from '../support/founded';
import { pause, Phones } from '../support/phones';
import { ServerProcess } from '../support/server';
import { wrongWith } from '../support/town';

afterEach(tidyUp);
afterAll(dropTowns);

/** How long a server stands still, ms. */
const LONGEST = times('D14_MS', 2_500, 60_000);

describe.each(dialects.filter((d) => d === 'postgres'))('two servers on one %s database (D14)', (dialect) => {
  test('of which one stands still in the middle of its work and goes on: nothing happens twice, nothing is lost', async () => {
    const seed = seedOf('D14');
    const { below, chance } = dice(seed);
    const { place, town } = await founded(dialect);
    const servers = [await ServerProcess.start(place), await ServerProcess.start(place)];
    const phones = new Phones(town);
    // Impatient, so that what one server holds is said to the other while the first still has it.
    phones.patience = 400;
    phones.work(() => servers[chance(0.5) ? 0 : 1]!.port, 24);
    for (let i = 0; i < times('D14', 10, 50); i++) {
      await phones.more(10 + below(40), 60_000);
      const paused = servers[below(2)]!;
      paused.signal('SIGSTOP');
      await pause(200 + below(LONGEST - 200));
      paused.signal('SIGCONT');
    }
    // Nobody is stuck for longer than a connection that stands still may hold a school.
    phones.patience = 5_000;
    await phones.more(48, 60_000);
    await phones.rest();
    for (const server of servers) expect(await server.kill('SIGTERM')).toEqual({ code: 0, signal: null });
    expect(phones.of(0)).toBeGreaterThan(0);
    expect(await wrongWith(await place.open(), town, phones.acked), `seed ${seed}`).toEqual([]);
    process.stdout.write(
      `D14: ${phones.acked.length} acknowledged, answers ${JSON.stringify([...phones.statuses])}\n`,
    );
  });

  test('of which one stands still for good: the other is not held up for long', async () => {
    const { place, town } = await founded(dialect);
    const first = await ServerProcess.start(place);
    const second = await ServerProcess.start(place);
    const phones = new Phones(town);
    phones.patience = 1_000;
    phones.work(() => first.port, 16);
    await phones.more(30);
    first.signal('SIGSTOP');
    await phones.rest();
    phones.work(() => second.port, 16);
    const took = await phones.more(30, 40_000);
    expect(took).toBeLessThan(25_000);
    first.signal('SIGCONT');
    await pause(500);
    await phones.rest();
    await first.kill('SIGTERM');
    await second.kill('SIGTERM');
    expect(await wrongWith(await place.open(), town, phones.acked)).toEqual([]);
  });
});

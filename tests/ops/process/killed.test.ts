import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { dialects } from '../../support/databases';
import { dice, seedOf, times } from '../support/counts';
import { dropTowns, founded, tidyUp } from '../support/founded';
import { pause, Phones } from '../support/phones';
import type { Plant } from '../support/server';
import { ServerProcess } from '../support/server';
import { wrongWith } from '../support/town';

afterEach(tidyUp);
afterAll(dropTowns);

/** Kills a server at work again and again. @returns what is wrong in the end, and how long the starts took */
async function killing(dialect: 'sqlite' | 'postgres', count: number, seed: number, plant?: Plant) {
  const { below } = dice(seed);
  const { place, town } = await founded(dialect);
  const phones = new Phones(town);
  const starts: number[] = [];
  const wrong: string[] = [];
  for (let i = 0; i < count; i++) {
    const from = performance.now();
    const server = ServerProcess.launch(place, plant ? { plant } : {});
    if (i % 5 === 4) {
      // While it starts.
      await pause(below(700));
      await server.kill('SIGKILL');
    } else {
      await server.listening;
      starts.push(performance.now() - from);
      // In the very turn in which an acknowledgement arrived: whatever it promised must be there.
      const last = phones.acked.length + 20 + below(60);
      phones.onAck = () => void (phones.acked.length >= last && server.signal('SIGKILL'));
      // One phone alone leaves its last word in the server's hands; a crowd hurries it on.
      phones.work(() => server.port, plant || i % 2 === 1 ? 1 : 2 + below(22));
      await server.ended;
      await phones.rest();
    }
    for (const w of await wrongWith(await place.open(), town, phones.acked)) wrong.push(`kill ${i}: ${w}`);
    await place.shut();
    if (wrong.length > 0) break;
  }
  return { wrong, starts: starts.sort((a, b) => a - b), acked: phones.acked.length };
}

describe.each(dialects)('a server on %s that is killed at work (D1)', (dialect) => {
  test('comes back with everything it acknowledged, whole and in order', async () => {
    const seed = seedOf(`D1 ${dialect}`);
    const { wrong, starts, acked } = await killing(dialect, times('D1', 5, 200), seed);
    expect(wrong, `seed ${seed}`).toEqual([]);
    expect(acked).toBeGreaterThan(80);
    expect(starts[Math.ceil(starts.length * 0.99) - 1]).toBeLessThan(10_000);
    process.stdout.write(
      `D1 ${dialect}: ${acked} acknowledged, slowest start ${Math.round(starts.at(-1)!)} ms\n`,
    );
  });
});

test('control: a server that acknowledges before it commits is caught', async () => {
  const { wrong } = await killing('sqlite', 12, seedOf('D1 control'), 'ack-before-commit');
  expect(wrong.join('\n')).toContain('lost');
});

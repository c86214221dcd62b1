import { describe, expect, test } from 'vitest';
import type { Fetch } from '@kernel/client/wire';
import { FakeServer } from './fake-server';
import { write } from './notes-registry';
import { Phone } from './phone';

const AIR_PER_REQUEST = 40_000;

/** Whatever is larger than the air carries before the deadline never arrives. */
async function onThinAir(): Promise<Phone> {
  const server = new FakeServer();
  server.person('lin', ['red']);
  const phone = new Phone(server, 'lin', { deadlineMs: 60 });
  const through = phone.fetch;
  const thin: Fetch = async (path, init) => {
    if (String(init.body).length <= AIR_PER_REQUEST) return through(path, init);
    return new Promise((_done, lost) =>
      init.signal?.addEventListener('abort', () => lost(new Error('aborted'))),
    );
  };
  phone.fetch = thin;
  await phone.starts();
  expect(await phone.open.sync.now()).toBe('ok');
  return phone;
}

describe('where a large push never gets through in time', () => {
  test('smaller ones do, until the whole queue is delivered', async () => {
    const phone = await onThinAir();
    for (let i = 0; i < 120; i++) await phone.does(write, { team: 'red', text: `${i} ${'长'.repeat(900)}` });
    let tries = 0;
    while ((await phone.open.sync.now()) !== 'ok' && tries < 30) {
      tries++;
      phone.clock.passes(10 * 60_000);
    }
    expect(new Set(await phone.states())).toEqual(new Set(['accepted']));
    expect(tries).toBeGreaterThan(0);
    // Nothing was tried in steps of one.
    expect(phone.requests.length).toBeLessThan(60);
  });
});

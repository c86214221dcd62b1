import { IDBFactory, IDBKeyRange } from 'fake-indexeddb';
import { Dexie } from 'dexie';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { openPerson } from '@kernel/client/open-person';
import type { Fetch } from '@kernel/client/wire';
import type { SyncRequest, SyncResponse } from '@kernel/shared/protocol';
import { isRefusal } from '@kernel/shared/refusal';
import { place, tinyRegistry } from '../support/tiny-registry';
import { CuttingProxy, type Cut } from './engine/cutting-proxy';
import { Dice } from './engine/dice';
import { accepted } from './engine/mutant-tools';
import { responseOf } from './engine/network';
import { oneShotFetch } from './engine/one-shot-fetch';
import { count, FIRST_SEED } from './engine/report';
import { SCHOOL_ONE, smallHttp } from './engine/small-http';

interface Outcome {
  readonly lost: number;
  readonly doubled: number;
  /** Where the wire was cut, and whether the server had the request by then. */
  readonly cuts: number;
  readonly arrivedThough: number;
}

/** One phone, a real server behind a real socket, and a wire that breaks at another byte for every push. */
async function lives(offsets: number, bend: (honest: Fetch) => Fetch = (honest) => honest): Promise<Outcome> {
  const dice = new Dice(FIRST_SEED, 'N4');
  const small = await smallHttp('sqlite');
  await small.world.http.listen({ port: 0, host: '127.0.0.1' });
  const { port } = small.world.http.server.address() as AddressInfo;
  const proxy = await CuttingProxy.before(port);
  Dexie.dependencies.indexedDB = new IDBFactory();
  Dexie.dependencies.IDBKeyRange = IDBKeyRange;
  const person = { id: 'lin', name: 'lin' };
  const phone = await openPerson(
    { school: SCHOOL_ONE, person, account: 'lin' },
    {
      registry: tinyRegistry,
      build: 'test',
      clock: { now: () => small.world.clock.now(), mono: () => 0, random: (n) => dice.bytes(n) },
      fetch: bend(oneShotFetch(() => proxy.url, small.cookie('lin'))),
      locks: undefined,
      live: false,
      // A cut wire says nothing: the phone has to give up by itself.
      deadlineMs: 300,
    },
  );
  try {
    const ids: string[] = [];
    const acts = async (): Promise<void> => {
      for (let i = 0; i < 2; i++) {
        const kept = await phone.outbox.enqueue(place, { shelf: `s${ids.length}` });
        if (isRefusal(kept)) throw new Error(kept.code);
        ids.push(kept.id);
      }
    };
    await phone.sync.now();
    await acts();
    await phone.sync.resume();
    let arrivedThough = 0;
    for (let i = 0; i < offsets; i++) {
      // Both directions from the first byte to the last, spread over all the cuts.
      const side: Cut['side'] = i % 2 === 0 ? 'request' : 'response';
      const after = Math.floor(((Math.floor(i / 2) + 0.5) / Math.ceil(offsets / 2)) * proxy.seen[side]);
      await acts();
      const before = (await small.logged()).length;
      proxy.cut = { side, after };
      await phone.sync.resume();
      proxy.cut = null;
      if ((await small.logged()).length > before) arrivedThough++;
      await phone.sync.resume();
    }
    const states = await phone.db.outbox.toArray();
    let lost = 0;
    let doubled = 0;
    for (const [i, id] of ids.entries()) {
      const books = (await small.shelf(`s${i}`))?.books.filter((b) => b.id === id).length ?? 0;
      const here = states.find((e) => e.id === id)?.state;
      if (books === 0 || here !== 'accepted') lost++;
      if (books > 1) doubled++;
    }
    doubled += (await small.logged()).length - new Set((await small.logged()).map((l) => l.id)).size;
    return { lost, doubled, cuts: offsets, arrivedThough };
  } finally {
    await phone.sync.stop();
    phone.db.end();
    await proxy.end();
    await small.world.close();
  }
}

describe('N4: the wire is cut at any byte', () => {
  const offsets = count('SIM_CUTS', 500);
  test(
    `at ${offsets} places of request and answer: nothing lost, nothing twice`,
    { timeout: 60_000 + offsets * 700 },
    async () => {
      const outcome = await lives(offsets);
      console.log(`N4: ${JSON.stringify(outcome)}`);
      expect(outcome).toMatchObject({ lost: 0, doubled: 0 });
      // Cuts of both kinds were met: before the server had heard, and after it had answered.
      expect(outcome.arrivedThough).toBeGreaterThan(offsets / 4);
      expect(outcome.arrivedThough).toBeLessThan((offsets * 3) / 4);
    },
  );

  test(
    'the test bites: a phone that takes silence for an answer loses what was cut',
    { timeout: 300_000 },
    async () => {
      let last: SyncResponse;
      const gullible =
        (honest: Fetch): Fetch =>
        async (path, init) => {
          const { commands } = JSON.parse(init.body as string) as SyncRequest;
          try {
            const text = await (await honest(path, init)).text();
            last = JSON.parse(text) as SyncResponse;
          } catch {
            last = { ...last, results: commands.map(accepted), changes: [], reset: false, receipt: null };
          }
          return responseOf({ status: 200, headers: {}, body: JSON.stringify(last) });
        };
      const outcome = await lives(20, gullible);
      expect(outcome.lost).toBeGreaterThan(0);
    },
  );
});

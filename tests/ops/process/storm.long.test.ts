import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, afterEach, expect, test } from 'vitest';
import { backoff } from '@kernel/client/backoff';
import { uuidv7 } from '@kernel/shared/ids';
import type { SyncResponse } from '@kernel/shared/protocol';
import { dice, seedOf, times } from '../support/counts';
import { dropTowns, founded, tidyUp } from '../support/founded';
import { ask, pause } from '../support/phones';
import { ServerProcess } from '../support/server';
import type { Town } from '../support/town';
import { TEACHERS, TIERS, wrongWith } from '../support/town';

afterEach(tidyUp);
afterAll(dropTowns);

const DEVICES = times('D12', 5_000, 5_000);
/** How long the server is away, ms: long enough that waits have grown, short enough that most come back within a minute. */
const OUTAGE = 40_000;
/** Requests are counted in slots of this length, ms. */
const SLOT = 5_000;

/** Devices that all lost the server in one moment and come back as the phone's own waiting rule lets them. */
async function storm(wait: (failures: number, chance: number) => number) {
  const { below } = dice(seedOf('D12'));
  const { place, town } = await founded('sqlite');
  let server = await ServerProcess.start(place);
  const cursors = await cursorsOf(server.port, town);
  await server.kill('SIGTERM');
  const { port } = server;
  const down = performance.now();
  let up = Infinity;
  const arrivals: number[] = [];
  const latencies: number[] = [];
  const statuses = new Map<string, number>();
  const acked: { id: string; outcome: string; seq: number | null }[] = [];
  const device = async (): Promise<void> => {
    const { who, subject } = TEACHERS[below(TEACHERS.length)]!;
    const at = Date.now();
    const args = {
      classes: [`c-2026-${1 + below(2)}`],
      subject,
      date: town.days[below(town.days.length)],
      form: 'written',
      tiers: TIERS,
      copiedFrom: null,
    };
    const command = { seq: 1, name: 'homework.v1.assign', args, at, mono: null, beacon: null };
    const body = {
      protocol: 1,
      device: randomUUID(),
      build: 'test',
      person: who,
      cursor: cursors.get(who),
      commands: [{ id: uuidv7(at, new Uint8Array(randomBytes(10))), ...command }],
    };
    // Everybody notices within the same few seconds: the 25 s beat of the poke stream, or the next tap.
    await pause(below(5_000));
    for (let failures = 1; ; failures++) {
      if (performance.now() >= up) {
        const from = performance.now();
        arrivals.push(from - up);
        const answer = await ask(port, '/api/sync', { cookie: town.cookies[who], body, timeout: 20_000 });
        latencies.push(performance.now() - from);
        const retry = answer?.headers['retry-after'];
        const kind =
          answer?.status === 503 && retry !== undefined
            ? '503 with Retry-After'
            : String(answer?.status ?? 0);
        statuses.set(kind, (statuses.get(kind) ?? 0) + 1);
        if (answer?.status === 200) {
          const [result] = (JSON.parse(answer.body) as SyncResponse).results;
          acked.push({ id: result!.id, outcome: result!.outcome, seq: result!.seq });
          return;
        }
      }
      await pause(wait(failures, below(1_000_000) / 1_000_000));
    }
  };
  const all = Array.from({ length: DEVICES }, device);
  await pause(Math.max(0, OUTAGE - (performance.now() - down)));
  server = await ServerProcess.start(place, { port });
  up = performance.now();
  await Promise.all(all);
  await server.kill('SIGTERM');
  const wrong = await wrongWith(await place.open(), town, acked);
  latencies.sort((a, b) => a - b);
  const slots = new Map<number, number>();
  for (const t of arrivals) slots.set(Math.floor(t / SLOT), (slots.get(Math.floor(t / SLOT)) ?? 0) + 1);
  const used = Math.max(...slots.keys()) + 1;
  return {
    wrong,
    statuses,
    p50: latencies[Math.floor(latencies.length / 2)]!,
    p99: latencies[Math.ceil(latencies.length * 0.99) - 1]!,
    slots: [...slots].sort(([a], [b]) => a - b).map(([, n]) => n),
    peakToMean: Math.max(...slots.values()) / (arrivals.length / used),
  };
}

async function cursorsOf(port: number, town: Town): Promise<Map<string, string>> {
  const out = new Map<string, string>();
  for (const { who } of TEACHERS) {
    let cursor: string | null = null;
    for (let more = true; more;) {
      const body = { protocol: 1, device: randomUUID(), build: 'test', person: who, cursor, commands: [] };
      const answer = JSON.parse(
        (await ask(port, '/api/sync', { cookie: town.cookies[who], body }))!.body,
      ) as SyncResponse;
      ({ cursor, more } = answer);
    }
    out.set(who, cursor!);
  }
  return out;
}

test('five thousand devices that come back after an outage are all answered in time, and spread themselves (D12)', async () => {
  const { wrong, statuses, p50, p99, peakToMean, slots } = await storm((failures, chance) =>
    backoff(failures, chance),
  );
  process.stdout.write(
    `D12: ${JSON.stringify([...statuses])}, p50 ${Math.round(p50)} ms, p99 ${Math.round(p99)} ms, each 5 s ${slots.join(' ')}, peak/mean ${peakToMean.toFixed(2)}\n`,
  );
  expect(wrong).toEqual([]);
  expect([...statuses.keys()].filter((s) => s !== '200' && s !== '503 with Retry-After')).toEqual([]);
  expect(p99).toBeLessThan(2_000);
  expect(peakToMean).toBeLessThanOrEqual(3);
});

test('control: without chance in the waiting they come all at once', async () => {
  const { peakToMean } = await storm((failures) => Math.min(300_000, 2_000 * 2 ** (failures - 1)));
  expect(peakToMean).toBeGreaterThan(3);
});

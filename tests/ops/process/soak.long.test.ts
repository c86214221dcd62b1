import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, expect, test } from 'vitest';
import { times } from '../support/counts';
import { dropTowns, founded, tidyUp } from '../support/founded';
import { pause, Phones } from '../support/phones';
import { ServerProcess } from '../support/server';
import { wrongWith } from '../support/town';

afterEach(tidyUp);
afterAll(dropTowns);

const MINUTES = times('SOAK_MINUTES', 2, 60);

/** Megabytes a minute that are still none: an hour's allowance (D13), for the whole of a shorter look. */
const allowed = (minutes: number): number => Math.max(1, 60 / minutes);
/** What the process may hold at any time, megabytes: its caches (SQLite's pages, records of schools) and what is not collected yet. */
const MOST = 700;

interface Sample {
  readonly minutes: number;
  /** Of the process, as the kernel sees it; comes and goes by a hundred with the collector and SQLite's pages. */
  readonly megabytes: number;
  /** Of the program, right after a collection. */
  readonly kept: number;
  readonly descriptors: number;
  readonly log: number;
}

/** A server at full work for some time, looked at every few seconds. The first third is warming up. */
async function soak(minutes: number, env: Record<string, string> = {}) {
  const { place, town } = await founded('sqlite');
  const server = await ServerProcess.start(place, { plant: 'memory', env });
  const phones = new Phones(town);
  phones.work(() => server.port, times('SOAK_PHONES', 48, 48));
  const samples: Sample[] = [];
  const from = performance.now();
  for (;;) {
    const spent = (performance.now() - from) / 60_000;
    const { kept } = (await server.tell('memory')) as { kept: number };
    samples.push({ minutes: spent, kept: kept / 1e6, ...lookAt(server.child.pid!, place.folder) });
    if (spent >= minutes) break;
    await pause(Math.max(1_000, minutes * 500));
  }
  await phones.rest();
  await server.kill('SIGTERM');
  const wrong = await wrongWith(await place.open(), town, phones.acked);
  const steady = samples.slice(Math.floor(samples.length / 3));
  return { wrong, acked: phones.acked.length, steady, slope: slopeOf(steady) };
}

function lookAt(pid: number, folder: string): Omit<Sample, 'minutes' | 'kept'> {
  const log = join(folder, 'qing.sqlite-wal');
  // Without the mapped pages of the database file: those are the kernel's to keep or drop.
  const own = Number(/RssAnon:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]);
  return {
    megabytes: own / 1_024,
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
    log: existsSync(log) ? statSync(log).size : 0,
  };
}

/** Megabytes a minute, by least squares. */
function slopeOf(samples: readonly Sample[]): number {
  const mean = (pick: (s: Sample) => number): number =>
    samples.reduce((a, s) => a + pick(s), 0) / samples.length;
  const [t, m] = [mean((s) => s.minutes), mean((s) => s.kept)];
  const above = samples.reduce((a, s) => a + (s.minutes - t) * (s.kept - m), 0);
  return above / samples.reduce((a, s) => a + (s.minutes - t) ** 2, 0);
}

test('full work leaves memory, log and descriptors where they were (D13)', async () => {
  const { wrong, acked, steady, slope } = await soak(MINUTES);
  const [first, last] = [steady[0]!, steady.at(-1)!];
  const most = Math.max(...steady.map((s) => s.megabytes));
  process.stdout.write(
    `D13: ${acked} commands in ${MINUTES} min, ${slope.toFixed(2)} MB/min, ${Math.round(last.kept)} MB kept, process up to ${Math.round(most)} MB, ` +
      `log up to ${Math.round(Math.max(...steady.map((s) => s.log)) / 1e6)} MB, ${last.descriptors} descriptors\n`,
  );
  expect(wrong).toEqual([]);
  expect(slope).toBeLessThan(allowed(MINUTES));
  expect(most).toBeLessThan(MOST);
  expect(Math.max(...steady.map((s) => s.log))).toBeLessThan(128_000_000);
  expect(last.descriptors).toBeLessThanOrEqual(first.descriptors + 8);
});

test('control: a server that keeps what it served is seen', async () => {
  const plant = `--import ${new URL('../plants/leak.mjs', import.meta.url).href}`;
  const minutes = Math.min(1.5, MINUTES);
  const { slope } = await soak(minutes, { NODE_OPTIONS: plant });
  expect(slope).toBeGreaterThan(allowed(minutes));
});

import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { times } from '../support/counts';
import { dropTowns, founded, tidyUp } from '../support/founded';
import { ask, pause } from '../support/phones';
import type { Place } from '../support/places';
import { ServerProcess } from '../support/server';

afterEach(tidyUp);
afterAll(dropTowns);

const PLANT = `--import ${new URL('../plants/block.mjs', import.meta.url).href}`;
let port = 0;

/** A supervisor with a server that can be blocked from outside. */
async function supervised(place: Place, env: Record<string, string> = {}): Promise<ServerProcess> {
  port = await freePort();
  const supervisor = ServerProcess.launch(place, {
    entry: 'supervise',
    port,
    env: { NODE_OPTIONS: PLANT, ...env },
  });
  await answers();
  return supervisor;
}

async function freePort(): Promise<number> {
  const { createServer } = await import('node:net');
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const found = (probe.address() as { port: number }).port;
  await new Promise((resolve) => probe.close(resolve));
  return found;
}

/** The pid of the server that answers, when one other than `not` does. */
async function answers(not?: number, within = 60_000): Promise<number> {
  const from = performance.now();
  for (;;) {
    const answer = await ask(port, '/healthz', { timeout: 500 });
    const pid = answer?.status === 200 ? (JSON.parse(answer.body) as { pid: number }).pid : undefined;
    if (pid !== undefined && pid !== not) return pid;
    if (performance.now() - from > within) throw new Error(`nobody answers on ${port}`);
    await pause(20);
  }
}

const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};
const gone = async (pid: number, within = 12_000): Promise<void> => {
  for (const from = performance.now(); alive(pid); await pause(20))
    if (performance.now() - from > within) throw new Error(`${pid} is still there`);
};

describe('a supervised server', () => {
  test('whose event loop never comes back is back within ten seconds and a start (D11); without a supervisor it stays away', async () => {
    // The control, blocked for as long as the rest takes.
    const alone = await ServerProcess.start((await founded('sqlite')).place, { plant: 'block' });
    alone.signal('SIGUSR2');
    const blockedFrom = performance.now();
    const { place } = await founded('sqlite');
    const from = performance.now();
    const supervisor = await supervised(place);
    const start = performance.now() - from;
    let pid = await answers();
    for (let i = 0; i < times('D11', 2, 10); i++) {
      const blocked = performance.now();
      process.kill(pid, i % 2 === 0 ? 'SIGUSR2' : 'SIGSTOP');
      const next = await answers(pid);
      expect(performance.now() - blocked).toBeLessThan(10_000 + 2 * start + 1_000);
      expect(alive(pid)).toBe(false);
      pid = next;
    }
    expect(supervisor.output).toContain('no answer: killed');
    await pause(Math.max(0, 10_500 - (performance.now() - blockedFrom)));
    expect(await ask(alone.port, '/healthz', { timeout: 500 })).toBeNull();
  });

  test('that crashes is back soon, and later each time it crashes again', async () => {
    const { place } = await founded('sqlite');
    const supervisor = await supervised(place);
    let pid = await answers();
    for (let i = 0; i < 3; i++) {
      process.kill(pid, 'SIGKILL');
      pid = await answers(pid);
    }
    const waits = [...supervisor.output.matchAll(/"waitMs":(\d+)/g)].map((m) => Number(m[1]));
    expect(waits).toEqual([200, 1_000, 2_000]);
  });

  test('stops with its supervisor: asked, or gone without a word', async () => {
    const { place } = await founded('sqlite');
    const first = await supervised(place);
    const pid = await answers();
    expect(await first.kill('SIGTERM')).toEqual({ code: 0, signal: null });
    expect(alive(pid)).toBe(false);

    const second = await supervised(place);
    const orphan = await answers();
    await second.kill('SIGKILL');
    await gone(orphan);
    const third = await ServerProcess.start(place);
    expect((await ask(third.port, '/healthz'))?.status).toBe(200);
  });

  test('that is refused is not tried again', async () => {
    const { place } = await founded('sqlite');
    const first = await ServerProcess.start(place);
    const second = ServerProcess.launch(place, { entry: 'supervise' });
    expect(await second.ended).toEqual({ code: 78, signal: null });
    expect(second.output).toContain(`进程 ${first.child.pid}`);
    expect(second.output.match(/无法启动/g)).toHaveLength(1);
  });

  test('that ends by itself in peace is not started again', async () => {
    const { place } = await founded('sqlite');
    const supervisor = await supervised(place);
    process.kill(await answers(), 'SIGTERM');
    expect(await supervisor.ended).toEqual({ code: 0, signal: null });
  });
});

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { times } from '../support/counts';
import { dropTowns, founded, tidyUp } from '../support/founded';
import { ask } from '../support/phones';
import { ServerProcess } from '../support/server';

afterEach(tidyUp);
afterAll(dropTowns);

describe('a second server on one folder (D4)', () => {
  test('is refused within two seconds, naming the first, which goes on', async () => {
    const { place } = await founded('sqlite');
    const launched = performance.now();
    const first = await ServerProcess.start(place);
    // Two seconds, of which a busy machine may need more for starting a program at all.
    const patience = Math.max(2_000, 1_000 + performance.now() - launched);
    for (let i = 0; i < times('D4_STARTS', 3, 20); i++) {
      const from = performance.now();
      const second = ServerProcess.launch(place);
      expect(await second.ended).toEqual({ code: 78, signal: null });
      expect(performance.now() - from).toBeLessThan(patience);
      expect(second.output).toContain(`进程 ${first.child.pid}`);
      expect(second.output).not.toContain('    at ');
    }
    expect((await ask(first.port, '/healthz'))?.status).toBe(200);
  });

  test('is refused while the first’s event loop is blocked or stopped, and starts at once when it was killed', async () => {
    const { place } = await founded('sqlite');
    const blocked = await ServerProcess.start(place, { plant: 'block' });
    blocked.signal('SIGUSR2');
    expect((await ServerProcess.launch(place).ended).code).toBe(78);
    await blocked.kill('SIGKILL');
    const stopped = await ServerProcess.start(place);
    stopped.signal('SIGSTOP');
    expect((await ServerProcess.launch(place).ended).code).toBe(78);
    await stopped.kill('SIGKILL');
    const third = await ServerProcess.start(place);
    expect((await ask(third.port, '/healthz'))?.status).toBe(200);
  });

  test('is not the only thing refused: a restore is, too; a backup and a doctor are not', async () => {
    const { place } = await founded('sqlite');
    await ServerProcess.start(place);
    const cli = (...args: string[]) => ServerProcess.launch(place, { entry: 'cli', args });
    const backup = cli('backup');
    expect((await backup.ended).code).toBe(0);
    const file = /(\S+\.qbk)/.exec(backup.output)![1]!;
    const restore = cli('restore', file, '--replace');
    expect((await restore.ended).code).toBe(2);
    expect(restore.output).toContain('stop it first');
    const elsewhere = join(place.folder, 'elsewhere');
    mkdirSync(elsewhere);
    const beside = cli('restore', file, '--into', elsewhere);
    expect((await beside.ended).code, beside.output).toBe(0);
    const doctor = cli('doctor');
    await doctor.ended;
    expect(doctor.output).toContain('running');
  });

  test('a start that cannot be is refused in words and with its own code', async () => {
    const { place } = await founded('sqlite');
    const first = await ServerProcess.start(place);
    const other = await founded('sqlite');
    const busy = ServerProcess.launch(other.place, { port: first.port });
    expect((await busy.ended).code).toBe(78);
    expect(busy.output).toContain('EADDRINUSE');
    const wrong = ServerProcess.launch(other.place, { env: { BACKUP_AT: 'midnight' } });
    expect((await wrong.ended).code).toBe(78);
    expect(wrong.output).toContain('BACKUP_AT');
    // What was refused left nothing held.
    const fine = await ServerProcess.start(other.place);
    expect((await ask(fine.port, '/healthz'))?.status).toBe(200);
  });
});

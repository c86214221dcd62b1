import { writeFile } from 'node:fs/promises';
import { Session } from 'node:inspector/promises';
import { watchedMemory, watchMemory } from './memory';

type Answers = Readonly<Record<string, (args: never) => unknown>>;

/** What a process used since the last question, from the system's own counters. */
export interface Usage {
  /** CPU time of all its threads, µs. */
  readonly cpu: number;
  /** Resident memory, bytes. */
  readonly rss: number;
}

const inspector = new Session();

/** Every child can say what it used and be profiled. */
const common = {
  usage: (): Usage => {
    const { user, system } = process.cpuUsage();
    return { cpu: user + system, rss: process.memoryUsage.rss() };
  },
  watchMemory,
  watchedMemory,
  async profile() {
    inspector.connect();
    await inspector.post('Profiler.enable');
    await inspector.post('Profiler.setSamplingInterval', { interval: 500 });
    await inspector.post('Profiler.start');
  },
  async profiled(file: string) {
    const { profile } = await inspector.post('Profiler.stop');
    await writeFile(file, JSON.stringify(profile));
    inspector.disconnect();
  },
};

/** The other end of `bench/lib/child.ts`. `stop` may tidy up before the process ends. */
export function answer(answers: Answers): void {
  const all: Answers = { ...common, ...answers };
  process.on('message', (m: { id: number; what: string; args: never }) => {
    const tell = (reply: object): void => void process.send?.({ id: m.id, ...reply });
    void (async () => all[m.what]?.(m.args))()
      .then(
        (value) => tell({ value }),
        (error: unknown) =>
          tell({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
      )
      .finally(() => {
        if (m.what === 'stop') process.exit(0);
      });
  });
  // When the bench is gone nobody else ends us.
  process.on('disconnect', () => process.exit(1));
}

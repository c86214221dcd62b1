import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Memory of this process around a piece of work, bytes. */
export interface Memory {
  /** Resident before it, after a full collection. */
  readonly before: number;
  /** The highest resident size seen while it lasted, looked at every 50 ms. */
  readonly peak: number;
  /** Resident after it, after a full collection. */
  readonly after: number;
  /** Of that, what JavaScript holds. */
  readonly heap: number;
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
let watching: { before: number; peak: number; timer: NodeJS.Timeout } | undefined;

export function watchMemory(): void {
  collect();
  const before = process.memoryUsage.rss();
  const watch = { before, peak: before, timer: setInterval(look, 50).unref() };
  watching = watch;
  function look(): void {
    watch.peak = Math.max(watch.peak, process.memoryUsage.rss());
  }
}

export function watchedMemory(): Memory {
  const watch = watching;
  if (!watch) throw new Error('nobody watched');
  clearInterval(watch.timer);
  const peak = Math.max(watch.peak, process.memoryUsage.rss());
  collect();
  const { rss, heapUsed } = process.memoryUsage();
  return { before: watch.before, peak, after: rss, heap: heapUsed };
}

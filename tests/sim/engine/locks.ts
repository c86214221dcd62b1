import type { Owner, Scheduler } from './scheduler';

interface Waiting {
  readonly who: Owner;
  readonly enter: () => void;
}

/** Web Locks of one phone: exclusive, in order, let go when the page dies. */
export class PhoneLocks {
  private readonly queues = new Map<string, Waiting[]>();

  constructor(private readonly scheduler: Scheduler) {}

  request(name: string, options: { signal?: AbortSignal }, work: () => Promise<unknown>): Promise<unknown> {
    const who = this.scheduler.current;
    return new Promise((resolve, reject) => {
      const queue = this.queues.get(name) ?? [];
      this.queues.set(name, queue);
      const mine: Waiting = {
        who,
        enter: () => {
          // Once inside, giving up is no longer possible.
          options.signal?.removeEventListener('abort', giveUp);
          void Promise.resolve(work())
            .then(resolve, reject)
            .finally(() => this.leave(name, mine));
        },
      };
      const giveUp = (): void => {
        this.leave(name, mine);
        reject(new DOMException('gave up waiting', 'AbortError'));
      };
      options.signal?.addEventListener('abort', giveUp);
      queue.push(mine);
      if (queue.length === 1) this.scheduler.soon(who, mine.enter);
    });
  }

  release(who: Owner): void {
    for (const [name, queue] of this.queues)
      for (const waiting of queue.filter((w) => w.who === who)) this.leave(name, waiting);
  }

  private leave(name: string, mine: Waiting): void {
    const queue = this.queues.get(name) ?? [];
    const at = queue.indexOf(mine);
    if (at < 0) return;
    queue.splice(at, 1);
    const next = queue[0];
    if (at === 0 && next) this.scheduler.soon(next.who, next.enter);
  }
}

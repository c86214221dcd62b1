import type { Owner } from './scheduler';

/** What `setTimeout` answers inside a schedule: looks enough like Node's. */
export interface Timer {
  at: number;
  readonly order: number;
  readonly who: Owner;
  readonly task: () => void;
  cancelled: boolean;
  ref(): Timer;
  unref(): Timer;
  hasRef(): boolean;
}

/** Timers by time, and by age where the time is the same. */
export class TimerHeap {
  private readonly heap: Timer[] = [];
  private order = 0;

  add(at: number, who: Owner, task: () => void, again?: Timer): Timer {
    const timer: Timer = again ?? {
      at,
      order: ++this.order,
      who,
      task,
      cancelled: false,
      ref: () => timer,
      unref: () => timer,
      hasRef: () => true,
    };
    timer.at = at;
    let i = this.heap.push(timer) - 1;
    while (i > 0) {
      const up = (i - 1) >> 1;
      if (before(this.heap[up]!, timer)) break;
      this.heap[i] = this.heap[up]!;
      i = up;
    }
    this.heap[i] = timer;
    return timer;
  }

  peek(): Timer | undefined {
    while (this.heap[0] && (this.heap[0].cancelled || !this.heap[0].who.alive)) this.pop();
    return this.heap[0];
  }

  pop(): void {
    const last = this.heap.pop()!;
    if (this.heap.length === 0) return;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= this.heap.length) break;
      if (child + 1 < this.heap.length && before(this.heap[child + 1]!, this.heap[child]!)) child++;
      if (before(last, this.heap[child]!)) break;
      this.heap[i] = this.heap[child]!;
      i = child;
    }
    this.heap[i] = last;
  }
}

const before = (a: Timer, b: Timer): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);

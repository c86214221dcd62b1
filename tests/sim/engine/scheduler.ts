import type { Dice } from './dice';
import { TimerHeap, type Timer } from './timers';

/** Somebody whose code runs: a page on a phone, a server process, or the schedule itself. Dies and sleeps as one. */
export interface Owner {
  readonly name: string;
  alive: boolean;
  /** Frozen pages run nothing until then. */
  asleepUntil: number;
  /** Dies before the n-th of its coming turns. */
  turnsLeft: number | null;
  /** What dying means besides losing everything planned. */
  onDeath: (() => void) | null;
}

interface Task {
  readonly run: () => void;
  /** The browser's own work, which goes on when the page is gone. */
  readonly outlives: boolean;
}
/** More turns without a moment passing than anything honest needs. */
const CIRCLES = 100_000;
const realImmediate = globalThis.setImmediate;
/** Turns taken without going round Node's own loop. */
const AT_ONCE = 100;
const drain = (process as unknown as { _tickCallback(): void })._tickCallback;

/**
 * The only clock and the only event loop of a schedule. Every task belongs to an owner; between owners the dice say who goes
 * first, within one they keep their order. Time stands still while anybody has something to do at once, so a schedule of hours
 * takes milliseconds, and the same dice give the same run.
 */
export class Scheduler {
  /** Simulated milliseconds since the schedule began. */
  now = 0;
  readonly driver: Owner = owner('driver');
  /** Whose task runs: what it plans is planned in this name. */
  current: Owner = this.driver;
  private readonly ready = new Map<Owner, Task[]>();
  private readonly timers = new TimerHeap();
  /** Work that stops the world, e.g. a server starting: runs between two tasks, with the real event loop. */
  private readonly stops: (() => Promise<void>)[] = [];
  turns = 0;
  private instant = 0;
  private sameInstant = 0;
  private problem: unknown = null;

  constructor(private readonly dice: Dice) {}

  /** As soon as possible, in this owner's name. */
  soon(who: Owner, run: () => void, outlives = false): void {
    if (!who.alive) return;
    const task = { run, outlives };
    const queue = this.ready.get(who);
    if (queue) queue.push(task);
    else this.ready.set(who, [task]);
  }
  after(who: Owner, ms: number, task: () => void): Timer {
    return this.timers.add(this.now + Math.max(0, ms), who, task);
  }
  stopTheWorld(work: () => Promise<void>): void {
    this.stops.push(work);
  }

  /** Everything planned is lost. What the storage owes others goes on: see `storage.ts`. */
  kill(who: Owner, inherits: Owner | null): void {
    if (!who.alive) return;
    who.alive = false;
    const left = this.ready.get(who) ?? [];
    this.ready.delete(who);
    if (inherits) for (const task of left) if (task.outlives) this.soon(inherits, task.run, true);
    const before = this.current;
    this.current = this.driver;
    who.onDeath?.();
    this.current = before;
  }

  /** Something went wrong that nobody waits for: the schedule ends with it. */
  fail(problem: unknown): void {
    this.problem ??= problem;
  }

  /** Runs until this simulated moment and everything due by then is done. */
  runUntil(until: number): Promise<void> {
    return new Promise((done, fail) => {
      let quiet = 0;
      const loop = (): void => {
        try {
          for (let n = 0; n < AT_ONCE; n++) {
            if (this.problem) throw this.problem;
            const stop = this.stops.shift();
            if (stop) {
              quiet = 0;
              stop().then(() => realImmediate(loop), fail);
              return;
            }
            if (!this.turn()) break;
            quiet = 0;
            // What a task leaves to microtasks and ticks is done before the next one, as between two tasks of a real loop.
            drain();
          }
          // Node drains its own queues between two turns; two empty ones mean that nobody has anything left to say.
          if (this.ready.size === 0 || !this.runnable()) {
            if (++quiet >= 2) {
              if (!this.advance(until)) {
                this.current = this.driver;
                this.now = until;
                done();
                return;
              }
              quiet = 0;
            }
          }
          realImmediate(loop);
        } catch (error) {
          fail(error as Error);
        }
      };
      realImmediate(loop);
    });
  }
  runFor(ms: number): Promise<void> {
    return this.runUntil(this.now + ms);
  }

  private runnable(): boolean {
    for (const who of this.ready.keys()) if (who.asleepUntil <= this.now) return true;
    return false;
  }
  private turn(): boolean {
    let chosen: Owner | null = null;
    let seen = 0;
    for (const who of this.ready.keys()) {
      if (who.asleepUntil > this.now) continue;
      seen++;
      if (seen === 1 || this.dice.roll() * seen < 1) chosen = who;
    }
    if (!chosen) return false;
    if (this.countsOut(chosen)) return true;
    const queue = this.ready.get(chosen)!;
    const task = queue.shift()!;
    if (queue.length === 0) this.ready.delete(chosen);
    this.run(chosen, task.run);
    return true;
  }

  private advance(until: number): boolean {
    for (;;) {
      const next = this.timers.peek();
      if (!next || next.at > until) return false;
      this.timers.pop();
      const { who } = next;
      if (next.cancelled || !who.alive) continue;
      this.now = Math.max(this.now, next.at);
      if (who.asleepUntil > this.now) {
        this.timers.add(who.asleepUntil, who, next.task, next);
        continue;
      }
      if (!this.countsOut(who)) this.run(who, next.task);
      return true;
    }
  }

  private countsOut(who: Owner): boolean {
    if (who.turnsLeft === null || --who.turnsLeft >= 0) return false;
    this.kill(who, this.driver);
    return true;
  }
  private run(who: Owner, task: () => void): void {
    this.turns++;
    if (this.now !== this.instant) [this.instant, this.sameInstant] = [this.now, 0];
    if (++this.sameInstant > CIRCLES) throw new Error(`${who.name} goes round in circles at ${this.now}`);
    this.current = who;
    task();
  }
}

export function owner(name: string): Owner {
  return { name, alive: true, asleepUntil: 0, turnsLeft: null, onDeath: null };
}

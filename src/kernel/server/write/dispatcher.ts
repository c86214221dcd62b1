import type { Registry } from '@kernel/shared/contract';
import type { CommandResult } from '@kernel/shared/protocol';
import type { Clock } from '@kernel/shared/clock';
import type { BatchOutcome } from './batch';
import { decideBatch, Defect } from './batch';
import type { Incoming } from './incoming';
import { SchoolCache } from './school-cache';
import type { Store } from '../store/store';

interface Waiting {
  readonly school: string;
  readonly zone: string;
  readonly commands: readonly Incoming[];
  resolve(results: CommandResult[]): void;
  reject(error: unknown): void;
}

/** Most commands one transaction takes; more wait for the next. */
const BATCH = 1_000;

export interface DispatcherOptions {
  readonly store: Store;
  readonly registry: Registry;
  readonly clock: Clock;
  /** Called after a commit that changed something, with the schools concerned. */
  onChange?(school: string, seq: number): void;
  onDefect?(commandId: string, error: unknown): void;
}

/** One writer per lane, many pushes per transaction: what waits while a transaction runs is merged into the next. */
export class Dispatcher {
  private readonly waiting = new Map<string, Waiting[]>();
  private readonly running = new Set<string>();
  private readonly caches = new Map<string, SchoolCache>();
  private idle: (() => void)[] = [];

  constructor(private readonly options: DispatcherOptions) {}

  /** Resolves after commit, with one result per command in the same order. */
  push(school: string, zone: string, commands: readonly Incoming[]): Promise<CommandResult[]> {
    if (commands.length === 0) return Promise.resolve([]);
    return new Promise((resolve, reject) => {
      const lane = this.options.store.lane(school);
      const queue = this.waiting.get(lane) ?? [];
      queue.push({ school, zone, commands, resolve, reject });
      this.waiting.set(lane, queue);
      if (!this.running.has(lane)) {
        this.running.add(lane);
        // One turn of the event loop lets the requests that arrived together join the batch.
        setImmediate(() => void this.drain(lane));
      }
    });
  }

  /** Resolves when nothing is being written: for a graceful stop. */
  async settled(): Promise<void> {
    if (this.running.size === 0) return;
    await new Promise<void>((resolve) => this.idle.push(resolve));
  }

  /** Drops what is remembered of a school that was removed. */
  forget(school: string): void {
    this.caches.delete(school);
  }

  private async drain(lane: string): Promise<void> {
    for (;;) {
      const queue = this.waiting.get(lane) ?? [];
      if (queue.length === 0) break;
      const taken: Waiting[] = [];
      let size = 0;
      while (queue.length > 0 && (taken.length === 0 || size + queue[0]!.commands.length <= BATCH)) {
        const next = queue.shift()!;
        taken.push(next);
        size += next.commands.length;
      }
      await this.run(taken);
      // Let the answers go out before the next transaction takes the stack.
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    this.running.delete(lane);
    this.waiting.delete(lane);
    if (this.running.size === 0) for (const done of this.idle.splice(0)) done();
  }

  private async run(taken: readonly Waiting[]): Promise<void> {
    const { store } = this.options;
    const bySchool = new Map<string, Waiting[]>();
    for (const w of taken) bySchool.set(w.school, [...(bySchool.get(w.school) ?? []), w]);
    const parked = new Set<string>();
    const sections = [...bySchool].sort(([a], [b]) => (a < b ? -1 : 1));
    for (let attempt = 0; ; attempt++) {
      const now = this.options.clock.now();
      try {
        const outcomes = await store.write(
          function* (this: Dispatcher, tx: Parameters<Parameters<Store['write']>[0]>[0]) {
            const out: BatchOutcome[] = [];
            for (const [school, list] of sections) {
              const ctx = {
                registry: this.options.registry,
                school,
                zone: list[0]!.zone,
                now,
                cache: this.cacheOf(school),
              };
              out.push(
                yield* decideBatch(
                  tx,
                  ctx,
                  list.flatMap((w) => w.commands),
                  parked,
                ),
              );
            }
            return out;
          }.bind(this),
        );
        sections.forEach(([school, list], i) => {
          const outcome = outcomes[i]!;
          let at = 0;
          for (const w of list) {
            w.resolve(outcome.results.slice(at, at + w.commands.length));
            at += w.commands.length;
          }
          if (outcome.changed) this.options.onChange?.(school, outcome.seq);
        });
        return;
      } catch (error) {
        for (const [school] of sections) this.cacheOf(school).forget();
        if (error instanceof Defect && attempt <= taken.reduce((n, w) => n + w.commands.length, 0)) {
          // The culprit is parked as `stuck` and the rest goes on: one bad command never silences a phone.
          this.options.onDefect?.(error.commandId, error.cause);
          parked.add(error.commandId);
          continue;
        }
        for (const w of taken) w.reject(error);
        return;
      }
    }
  }

  private cacheOf(school: string): SchoolCache {
    let cache = this.caches.get(school);
    if (!cache) {
      cache = new SchoolCache();
      this.caches.set(school, cache);
    }
    return cache;
  }
}

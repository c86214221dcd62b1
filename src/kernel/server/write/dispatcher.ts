import type { Registry } from '@kernel/shared/contract';
import type { Clock } from '@kernel/shared/clock';
import { must } from '@kernel/shared/refusal';
import type { Reads, Soon, Store } from '../store/store';
import { wait } from '../store/store';
import type { BatchOutcome } from './batch';
import { decideBatch, Defect } from './batch';
import type { Answer, Incoming } from './incoming';
import { Memories } from './memories';
import type { SchoolMemory } from './school-memory';

interface Waiting {
  readonly school: string;
  readonly zone: string;
  readonly commands: readonly Incoming[];
  resolve(results: Answer[]): void;
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

/** The pushes of one school that a batch takes together. */
interface Section {
  readonly school: string;
  readonly zone: string;
  readonly commands: readonly Incoming[];
  readonly memory: SchoolMemory;
}

/**
 * One writer per lane, many pushes per transaction: what waits while a transaction runs is merged into the next. A batch is
 * decided on what is remembered and written in one round trip that fails when somebody else was there in between
 * (docs/decisions/0007).
 */
export class Dispatcher {
  private readonly waiting = new Map<string, Waiting[]>();
  private readonly running = new Set<string>();
  private readonly memories = new Memories();
  private idle: (() => void)[] = [];

  constructor(private readonly options: DispatcherOptions) {}

  /** Resolves after commit, with one result per command in the same order. */
  push(school: string, zone: string, commands: readonly Incoming[]): Promise<Answer[]> {
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
    this.memories.drop(school);
  }

  /** Do two phones send under this name? Told to each of them once it sends, so that it takes a name of its own. */
  isCloned(school: string, device: string): boolean {
    return this.memories.of(school).clones.has(device);
  }

  /** What is remembered of a school: pulls read it first. */
  memory(school: string): SchoolMemory {
    return this.memories.of(school);
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
    const sections = this.sectionsOf(taken);
    const parked = new Set<string>();
    let checkKnown = false;
    let patient = false;
    for (let defects = 0; ;) {
      try {
        const outcomes = patient
          ? await this.underLock(sections, parked)
          : await this.onMemory(sections, parked, checkKnown);
        if (outcomes === 'known') checkKnown = true;
        else if (outcomes === 'moved') patient = true;
        else return this.settle(taken, sections, outcomes);
      } catch (error) {
        for (const { memory } of sections) memory.forget();
        if (error instanceof Defect && defects++ <= taken.reduce((n, w) => n + w.commands.length, 0)) {
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

  private sectionsOf(taken: readonly Waiting[]): Section[] {
    const bySchool = new Map<string, { zone: string; commands: Incoming[] }>();
    for (const w of taken) {
      const section = bySchool.get(w.school);
      if (section) section.commands.push(...w.commands);
      else bySchool.set(w.school, { zone: w.zone, commands: [...w.commands] });
    }
    // In the order of their ids: two processes that write the same schools lock them in the same order.
    return [...bySchool]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([school, s]) => ({ school, ...s, memory: this.memories.of(school) }));
  }

  /** Decides without any lock and writes only if every counter still stands where it was. */
  private async onMemory(sections: readonly Section[], parked: ReadonlySet<string>, checkKnown: boolean) {
    const { store } = this.options;
    const now = this.options.clock.now();
    const outcomes: BatchOutcome[] = [];
    for (const s of sections)
      outcomes.push(await drive(this.decide(store.reads, s, now, parked, { checkKnown, fresh: false })));
    const decided = sections.map(({ school }, i) => {
      const { expected, batch } = outcomes[i]!;
      return { school, expected, batch };
    });
    const verdict = await store.commit(decided);
    if (verdict === 'written') return outcomes;
    if (verdict === 'moved') for (const { memory } of sections) memory.forget();
    return verdict;
  }

  /** When others write the same schools: every counter is locked before anything is read. */
  private underLock(sections: readonly Section[], parked: ReadonlySet<string>): Promise<BatchOutcome[]> {
    const { store, clock } = this.options;
    const now = clock.now();
    const decide = this.decide.bind(this);
    return store.write(function* (tx) {
      const outcomes: BatchOutcome[] = [];
      for (const s of sections) {
        const outcome = yield* decide(tx, s, now, parked, { checkKnown: true, fresh: true });
        const { expected, batch } = outcome;
        yield* wait(tx.write({ school: s.school, expected, batch }));
        outcomes.push(outcome);
      }
      return outcomes;
    });
  }

  private *decide(
    reads: Reads,
    { school, zone, commands, memory }: Section,
    now: number,
    parked: ReadonlySet<string>,
    how: { checkKnown: boolean; fresh: boolean },
  ): Generator<Soon<unknown>, BatchOutcome, unknown> {
    if (how.fresh || memory.counter === null)
      memory.begin(must(yield* wait(reads.counter(school)), `school ${school} has no counter row`));
    const { registry } = this.options;
    const ctx = { registry, school, zone, now, memory, checkKnown: how.checkKnown };
    return yield* decideBatch(reads, ctx, commands, parked);
  }

  /** After the commit: remember it, answer, and tell who listens. */
  private settle(
    taken: readonly Waiting[],
    sections: readonly Section[],
    outcomes: readonly BatchOutcome[],
  ): void {
    const answers = new Map<string, Answer[]>();
    sections.forEach(({ school, memory }, i) => {
      memory.apply(outcomes[i]!);
      answers.set(school, outcomes[i]!.results);
    });
    this.memories.trim();
    const given = new Map<string, number>();
    for (const w of taken) {
      const from = given.get(w.school) ?? 0;
      given.set(w.school, from + w.commands.length);
      w.resolve(must(answers.get(w.school), 'answers').slice(from, from + w.commands.length));
    }
    sections.forEach(({ school }, i) => {
      const { batch } = outcomes[i]!;
      if (batch.records.length > 0) this.options.onChange?.(school, batch.counter.seq);
    });
  }
}

/** Runs a generator of steps to its end, leaving the call stack only for steps that really wait. */
async function drive<T>(steps: Generator<Soon<unknown>, T, unknown>): Promise<T> {
  let step = steps.next();
  while (!step.done) {
    let value: unknown = step.value;
    if (value instanceof Promise) {
      try {
        value = await value;
      } catch (error) {
        step = steps.throw(error);
        continue;
      }
    }
    step = steps.next(value);
  }
  return step.value;
}

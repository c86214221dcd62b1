import type { Instant } from '@kernel/shared/time';
import type { Fault } from './store-faults';
import { faultOf } from './store-faults';

export interface ReadOnly {
  readonly cause: 'space' | 'readOnly';
  readonly since: Instant;
  /** The database's own words, for the operator only. */
  readonly message: string;
}

export interface HealthEvents {
  /** Writing stopped (`state`) or goes on again (`null`). */
  onChange?(state: ReadOnly | null): void;
  /** The disk cannot be believed any more. Called once; the process should end. */
  onFatal?(error: Error): void;
}

/** A failed write is tried again by a small one this often, ms. */
const PROBE_EVERY = 10_000;

/**
 * Whether the database takes writes. A full disk makes the server read-only in words, and a probe makes it write again by itself
 * when there is space; a disk that loses what it took ends all writing for good (reliability.md D5, D6).
 */
export class StoreHealth {
  events: HealthEvents = {};
  private state: ReadOnly | null = null;
  private dead: Error | null = null;
  private timer: NodeJS.Timeout | undefined;
  private probing: Promise<void> | null = null;

  /** @param probe a write that needs real space; throws as long as there is none */
  constructor(
    private readonly probe: () => Promise<void>,
    private readonly everyMs = PROBE_EVERY,
    private readonly now: () => Instant = Date.now,
  ) {}

  get readOnly(): ReadOnly | null {
    return this.state;
  }

  /** Told of every error of the database; says what it means. */
  notice(error: unknown): Fault | null {
    const fault = faultOf(error);
    if (fault === 'fatal') this.die(error as Error);
    else if ((fault === 'space' || fault === 'readOnly') && this.state === null) {
      this.state = { cause: fault, since: this.now(), message: (error as Error).message };
      this.timer = setInterval(() => void this.tryAgain(), this.everyMs);
      this.timer.unref();
      this.events.onChange?.(this.state);
    }
    return fault;
  }

  /** Called before every write: after a lost `fsync` nothing is ever acknowledged again by this process. */
  assertAlive(): void {
    if (this.dead) throw this.dead;
  }

  /** One try to write again. Resolves to whether writing goes on. */
  async tryAgain(): Promise<boolean> {
    this.probing ??= this.probe()
      .then(
        () => this.recovered(),
        () => undefined,
      )
      .finally(() => (this.probing = null));
    await this.probing;
    return this.state === null;
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.probing;
  }

  private recovered(): void {
    if (this.state === null || this.dead) return;
    clearInterval(this.timer);
    this.state = null;
    this.events.onChange?.(null);
  }

  private die(error: Error): void {
    if (this.dead) return;
    this.dead = error;
    this.events.onFatal?.(error);
  }
}

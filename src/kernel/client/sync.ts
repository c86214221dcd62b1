import { shallowReactive } from 'vue';
import { uuidv7 } from '@kernel/shared/ids';
import type { Instant } from '@kernel/shared/time';
import { backoff } from './backoff';
import type { BeaconSeen } from './beacon';
import type { Outbox } from './outbox';
import { PUSH_COMMANDS } from './outbox-push';
import { steady } from './steady';
import type { ExchangeParts, Verdict } from './sync-exchange';
import { exchange } from './sync-exchange';
import type { Standing } from './sync-lock';
import { LOCK_PATIENCE_MS, alone } from './sync-lock';
import type { TroubleKind } from './trouble';
import { troubleOf } from './trouble';
import { within } from './within';

export type SyncPhase =
  /** Talking to the server works, or has not been tried yet. */
  | 'ok'
  /** The last try failed; the next one is planned. */
  | 'failing'
  /** The server does not know us any more. The queue waits for a sign-in. */
  | 'signedOut'
  /** The cookie belongs to somebody else. Nothing of ours is sent under their name. */
  | 'otherPerson'
  /** The server cannot write just now (its disk is full): what it has is read, what waits is sent again by itself. */
  | 'readOnly'
  /** The server knows us and shuts its door. The queue stays here and can be taken along as a file. */
  | 'forbidden'
  /** The server no longer speaks this build's language. The queue waits for the update. */
  | 'updateNeeded'
  | 'stopped';

export interface SyncStatus {
  phase: SyncPhase;
  running: boolean;
  /** Estimated server time of the last complete round in this page. */
  lastSyncAt: Instant | null;
  failures: number;
  /** The server asked for patience: not before this moment of the phone's wall clock. */
  heldUntil: Instant | null;
}

export interface SyncParts extends ExchangeParts {
  readonly outbox: Outbox;
  readonly beacon: BeaconSeen;
  /** Absent in old web views; correctness never depends on it. */
  readonly locks?: LockManager | undefined;
  /** `false`: no retry by itself, a test says when. @default true */
  readonly live?: boolean | undefined;
  /** What became of some of the queue is stored. */
  readonly settled?: (() => void) | undefined;
  readonly onPhase?: ((phase: SyncPhase) => void) | undefined;
  /** The phone's own storage failed, or (`null`) works again. */
  readonly onTrouble?: ((kind: TroubleKind | null) => void) | undefined;
  /** A round without a single finished step for so long is given up, ms. @default 60,000 */
  readonly stallMs?: number | undefined;
  /** How long to wait for the window that holds the lock, ms. @default 10,000 */
  readonly lockPatienceMs?: number | undefined;
}

type Step = 'again' | 'done' | 'failed' | 'halt';

/** Why a round is wanted. `timer` and `poke` respect the backoff; a person (`now`, `save`) or a sign of life does not. */
export type SyncReason = 'now' | 'save' | 'poke' | 'timer';

/** A round that makes no step has died somewhere between us and the browser (reliability.md rule 22: correct engines still stalled). */
const STALL_MS = 60_000;
/** More steps than any honest backlog needs; a server that goes round in circles is asked again later. */
const STEPS = 1_000;
/** A door that stays shut, and a build that is too old, are looked at again this seldom, ms. */
const SELDOM_MS = 10 * 60_000;
const STOP_MS = 5_000;

/** Pushes the outbox and pulls the feed until both are quiet. One round at a time; asking during a round adds one after it. */
export class Sync {
  readonly status: SyncStatus = shallowReactive({
    phase: 'ok',
    running: false,
    lastSyncAt: null,
    failures: 0,
    heldUntil: null,
  });
  private running: Promise<SyncPhase> | null = null;
  private quit = new AbortController();
  private beat: () => void = () => undefined;
  private again = false;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private notBefore = 0;
  private most = PUSH_COMMANDS;
  private tab: string | null = null;
  private stuckLock = false;
  private renamed = false;
  /** The server takes nothing just now: one whole pull without commands, then patience for so many ms. */
  private onlyPull: { readonly wait: number | null } | null = null;
  /** The one command the server's door seems to refuse, until a request without it shows who was at fault; see `doubt`. */
  private parkNext: { id: string; status: number; code: string | null } | null = null;
  /** Refused alone once while the rest went through; only a second time convinces. */
  private suspect: string | null = null;

  constructor(private readonly parts: SyncParts) {}

  /** Resolves when the phone has the server's answer, or knows that it cannot have it now. Never throws. */
  now(reason: SyncReason = 'now'): Promise<SyncPhase> {
    const { phase, heldUntil } = this.status;
    if (!this.alive()) return Promise.resolve(phase);
    if (this.running) {
      if (reason !== 'timer') this.again = true;
      return this.running;
    }
    const early = this.parts.clock.mono() < this.notBefore;
    if (early && (reason === 'timer' || reason === 'poke' || heldUntil !== null))
      return Promise.resolve(phase);
    return this.begin();
  }

  /** After a sign-in as the same person. */
  resume(): Promise<SyncPhase> {
    if (this.status.phase !== 'stopped') this.enter('ok');
    this.notBefore = 0;
    this.status.heldUntil = null;
    return this.now();
  }

  /** Ends for good. Nothing that is still under way is stored after this resolves. */
  async stop(): Promise<void> {
    this.enter('stopped');
    clearTimeout(this.retry);
    this.quit.abort();
    if (this.running) await within(STOP_MS, this.running).catch(() => undefined);
  }

  private begin(): Promise<SyncPhase> {
    this.again = false;
    this.running = this.run().then((phase) => {
      this.running = null;
      // Asked for after the round had looked for the last time, and before it was over.
      return this.again && phase === 'ok' ? this.begin() : phase;
    });
    return this.running;
  }

  private async run(): Promise<SyncPhase> {
    const { db, locks, lockPatienceMs = LOCK_PATIENCE_MS, onTrouble } = this.parts;
    this.status.running = true;
    clearTimeout(this.retry);
    this.onlyPull = null;
    const quit = (this.quit = new AbortController());
    try {
      await alone(
        locks,
        `qing-sync-${db.name}`,
        (standing) => {
          this.stuckLock = standing === 'impatient';
          return this.watched(quit, () => this.rounds(quit.signal, standing));
        },
        // A window that was frozen once is not waited for as long again; the lease says whether it lives.
        this.stuckLock ? lockPatienceMs / 10 : lockPatienceMs,
      );
    } catch (error) {
      // Our own storage failed again and again, or did not answer. Nothing was acknowledged, so trying later is safe.
      if (this.alive()) onTrouble?.(troubleOf(error, db));
      this.failed(null);
    } finally {
      this.status.running = false;
    }
    return this.status.phase;
  }

  /** Ends with the work, or when it has not made a step for too long; what is still under way then comes to nothing. */
  private async watched(quit: AbortController, work: () => Promise<void>): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stalled = new Promise<void>((done) => {
      this.beat = () => {
        clearTimeout(timer);
        timer = setTimeout(() => {
          quit.abort();
          this.parts.db.callOff();
          this.failed(null);
          done();
        }, this.parts.stallMs ?? STALL_MS);
      };
    });
    this.beat();
    try {
      await Promise.race([work(), stalled]);
    } finally {
      clearTimeout(timer);
    }
  }

  private async rounds(signal: AbortSignal, standing: Standing): Promise<void> {
    do {
      this.again = false;
      let step: Step = 'again';
      for (let n = 0; step === 'again'; n++) {
        this.beat();
        const verdict = await exchange(this.parts, { most: this.asked(), turn: this.turn(standing), signal });
        if (signal.aborted) return;
        step = n < STEPS ? await this.judge(verdict) : 'failed';
        if (signal.aborted) return;
      }
      if (step === 'done') this.succeeded();
      else if (step === 'failed') this.failed(null);
      if (step !== 'done') return;
    } while (this.again && this.alive());
  }

  private asked(): number {
    return this.parkNext || this.onlyPull ? 0 : this.most;
  }

  private turn(standing: Standing): { tab: string; impatient: boolean } | null {
    if (standing === 'unlocked') return null;
    const { clock } = this.parts;
    this.tab ??= uuidv7(clock.now(), clock.random(10));
    return { tab: this.tab, impatient: standing === 'impatient' };
  }

  private async judge(verdict: Verdict): Promise<Step> {
    switch (verdict.kind) {
      case 'lost':
        // On the thinnest air a large push never ends in time, however often it is tried.
        if (verdict.late) this.most = Math.max(1, Math.floor(verdict.late / 4));
        return 'failed';
      case 'held':
        this.later(verdict.ms);
        return 'halt';
      case 'full':
        this.parts.onTrouble?.('full');
        return 'failed';
      case 'problem':
        return this.problem(verdict);
      case 'stored':
        return this.stored(verdict);
    }
  }

  private async stored({ answer, applied, pushed }: Extract<Verdict, { kind: 'stored' }>): Promise<Step> {
    const { outbox, beacon, db } = this.parts;
    beacon.note(answer.beacon);
    if (answer.device === 'cloned') {
      // Once is an accident; a server that finds every name taken has to be asked later.
      if (this.renamed) return 'failed';
      this.renamed = true;
      return 'again';
    }
    if (this.parkNext) {
      const { id, status, code } = this.parkNext;
      this.parkNext = null;
      if (this.suspect !== id) {
        // Once may have been the weather, and the server may have this command from an earlier try: it is asked again alone.
        this.suspect = id;
        return 'again';
      }
      this.suspect = null;
      await outbox.park(id, PARKED[status] ?? 'kernel.unreadable', { status, code });
      return 'again';
    }
    if (pushed > 0) this.most = Math.min(PUSH_COMMANDS, this.most * 2);
    if (answer.results.length > 0) this.parts.settled?.();
    if (answer.more || applied === 'behind') return 'again';
    if (this.onlyPull) {
      this.status.lastSyncAt = this.parts.clock.now();
      this.failed(this.onlyPull.wait, 'readOnly');
      this.onlyPull = null;
      return 'halt';
    }
    return (await steady(db, () => outbox.unsent())) > 0 ? 'again' : 'done';
  }

  private problem({ status, code, retryAfterMs, commands }: Extract<Verdict, { kind: 'problem' }>): Step {
    // Without a code of ours it was not our server that spoke: a portal's 401 must not sign anybody out.
    if (status === 401 && code !== null) return this.halt('signedOut');
    if (status === 409 && code === 'kernel.otherPerson') return this.halt('otherPerson');
    if (status === 426 && code !== null) return this.seldom('updateNeeded', retryAfterMs);
    if (status === 507 && code === 'kernel.readOnly' && commands.length > 0) {
      this.onlyPull = { wait: retryAfterMs };
      return 'again';
    }
    this.onlyPull = null;
    const about = status === 413 || (code !== null && [400, 403, 409, 422].includes(status));
    if (about && this.doubt(commands, status, code)) return 'again';
    this.parkNext = null;
    if (status === 403 && code !== null) return this.seldom('forbidden', retryAfterMs);
    if (retryAfterMs === null) return 'failed';
    this.failed(retryAfterMs);
    return 'halt';
  }

  /**
   * The server's door refused the whole request. Halve the push until one command is alone, then ask without it: if that
   * goes through, this command is what it could not read, and it is parked so that the others can pass. If not, the
   * trouble is not the command's, and nothing is parked.
   */
  private doubt(commands: readonly { readonly id: string }[], status: number, code: string | null): boolean {
    if (commands.length > 1) {
      this.most = Math.max(1, Math.floor(commands.length / 2));
      return true;
    }
    const only = commands[0];
    if (!only) return false;
    this.parkNext = { id: only.id, status, code };
    return true;
  }

  private succeeded(): void {
    this.status.failures = 0;
    this.notBefore = 0;
    this.status.heldUntil = null;
    this.renamed = false;
    this.status.lastSyncAt = this.parts.clock.now();
    this.parts.onTrouble?.(null);
    this.enter('ok');
  }

  private failed(retryAfterMs: number | null, phase: 'failing' | 'readOnly' = 'failing'): void {
    if (!this.alive()) return;
    this.again = false;
    const { clock } = this.parts;
    this.status.failures += 1;
    const wait = backoff(this.status.failures, (clock.random(1)[0] ?? 0) / 256, retryAfterMs);
    this.status.heldUntil = retryAfterMs === null ? null : clock.now() + wait;
    this.notBefore = clock.mono() + wait;
    this.later(wait);
    this.enter(phase);
  }

  private later(ms: number): void {
    clearTimeout(this.retry);
    if (this.parts.live !== false) this.retry = setTimeout(() => this.due(), ms);
  }

  /**
   * The wait is over when its timer says so. Asking the monotonic clock again could end the retries for good: it stands still
   * while a phone sleeps, and nobody would plan another one.
   */
  private due(): void {
    this.notBefore = 0;
    this.status.heldUntil = null;
    void this.now('timer');
  }

  private seldom(phase: 'updateNeeded' | 'forbidden', retryAfterMs: number | null): Step {
    this.later(retryAfterMs ?? SELDOM_MS);
    return this.halt(phase);
  }

  private halt(phase: SyncPhase): Step {
    this.enter(phase);
    return 'halt';
  }

  private alive(): boolean {
    return LIVING.includes(this.status.phase);
  }

  private enter(phase: SyncPhase): void {
    if (this.status.phase === phase || this.status.phase === 'stopped') return;
    this.status.phase = phase;
    this.parts.onPhase?.(phase);
  }
}

/** In these a next try is always planned. */
const LIVING: readonly SyncPhase[] = ['ok', 'failing', 'readOnly', 'updateNeeded', 'forbidden'];

/** Why the door refused one command alone, in a code that has words. */
const PARKED: Readonly<Record<number, string>> = {
  403: 'kernel.setAside',
  409: 'kernel.setAside',
  413: 'kernel.tooLarge',
};

import { shallowReactive } from 'vue';
import type { Registry } from '@kernel/shared/contract';
import type { Session, SyncRequest } from '@kernel/shared/protocol';
import { PROTOCOL } from '@kernel/shared/protocol';
import type { Instant } from '@kernel/shared/time';
import { applyAnswer } from './apply-answer';
import { backoff } from './backoff';
import type { BeaconSeen } from './beacon';
import { checkAnswer } from './check-answer';
import type { DeviceClock } from './clock';
import type { Outbox } from './outbox';
import { PUSH_COMMANDS } from './outbox';
import type { PersonDb } from './person-db';
import { steady } from './steady';
import { alone } from './sync-lock';
import type { Fetch } from './wire';
import { DEADLINE_MS, call } from './wire';

export type SyncPhase =
  /** Talking to the server works, or has not been tried yet. */
  | 'ok'
  /** The last try failed; the next one is planned. */
  | 'failing'
  /** The server does not know us any more. The queue waits for a sign-in. */
  | 'signedOut'
  /** The cookie belongs to somebody else. Nothing of ours is sent under their name. */
  | 'otherPerson'
  /** The server no longer speaks this build's language. The queue waits for the update. */
  | 'updateNeeded'
  | 'stopped';

export interface SyncStatus {
  phase: SyncPhase;
  running: boolean;
  /** Estimated server time of the last complete round in this page. */
  lastSyncAt: Instant | null;
  failures: number;
}

export interface SyncParts {
  readonly db: PersonDb;
  readonly registry: Registry;
  readonly session: Session;
  readonly outbox: Outbox;
  readonly clock: DeviceClock;
  readonly beacon: BeaconSeen;
  readonly build: string;
  readonly fetch: Fetch;
  readonly deadlineMs?: number | undefined;
  /** Absent in old web views; correctness never depends on it. */
  readonly locks?: LockManager | undefined;
  /** `false`: no retry by itself, a test says when. @default true */
  readonly live?: boolean | undefined;
  readonly onPhase?: (phase: SyncPhase) => void;
  /** The two seams where a mistake loses work; tests plant wrong ones here to see the suite object. */
  readonly check?: typeof checkAnswer;
  readonly apply?: typeof applyAnswer;
}

type Step = 'again' | 'done' | 'failed' | 'halt';

/** Why a round is wanted. `timer` and `poke` respect the backoff; a person (`now`, `save`) or a sign of life does not. */
export type SyncReason = 'now' | 'save' | 'poke' | 'timer';

/** Pushes the outbox and pulls the feed until both are quiet. One round at a time; asking during a round adds one after it. */
export class Sync {
  readonly status: SyncStatus = shallowReactive({
    phase: 'ok',
    running: false,
    lastSyncAt: null,
    failures: 0,
  });
  private running: Promise<SyncPhase> | null = null;
  private readonly quit = new AbortController();
  private again = false;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private notBefore = 0;
  private serverAsked = false;
  private most = PUSH_COMMANDS;
  /** The one command the server's door seems to refuse, until a request without it shows who was at fault; see `doubt`. */
  private parkNext: { id: string; status: number; code: string | null } | null = null;

  constructor(private readonly parts: SyncParts) {}

  /** Resolves when the phone has the server's answer, or knows that it cannot have it now. Never throws. */
  now(reason: SyncReason = 'now'): Promise<SyncPhase> {
    const { phase } = this.status;
    if (phase === 'stopped' || phase === 'signedOut' || phase === 'otherPerson')
      return Promise.resolve(phase);
    if (this.running) {
      if (reason !== 'timer') this.again = true;
      return this.running;
    }
    const early = this.parts.clock.mono() < this.notBefore;
    if (early && (reason === 'timer' || reason === 'poke' || this.serverAsked)) return Promise.resolve(phase);
    this.running = this.run().finally(() => {
      this.running = null;
    });
    return this.running;
  }

  /** After a sign-in as the same person. */
  resume(): Promise<SyncPhase> {
    if (this.status.phase !== 'stopped') this.enter('ok');
    this.notBefore = 0;
    return this.now();
  }

  async stop(): Promise<void> {
    this.enter('stopped');
    clearTimeout(this.retry);
    this.quit.abort();
    await this.running;
  }

  private async run(): Promise<SyncPhase> {
    this.status.running = true;
    clearTimeout(this.retry);
    try {
      await alone(this.parts.locks, `qing-sync-${this.parts.db.name}`, async () => {
        do {
          this.again = false;
          let step: Step = 'again';
          while (step === 'again' && this.status.phase !== 'stopped') step = await this.exchange();
          if (step === 'done') this.succeeded();
          else if (step === 'failed') this.failed(null);
          if (step !== 'done') break;
        } while (this.again && this.alive());
      });
    } catch {
      // Our own storage failed twice. Nothing was acknowledged, so trying later is safe.
      this.failed(null);
    } finally {
      this.status.running = false;
    }
    return this.status.phase;
  }

  private async exchange(): Promise<Step> {
    const { db, registry, session, outbox, clock, beacon } = this.parts;
    const probing = this.parkNext !== null;
    const commands = probing ? [] : await steady(db, () => outbox.takeBatch(this.most));
    const request: SyncRequest = {
      protocol: PROTOCOL,
      device: (await steady(db, () => db.read('device'))) ?? '',
      build: this.parts.build,
      person: session.person.id,
      cursor: (await db.read('cursor')) ?? null,
      commands,
    };
    const sentAt = clock.now();
    const reply = await call(this.parts.fetch, '/api/sync', {
      method: 'POST',
      body: request,
      deadlineMs: this.parts.deadlineMs ?? DEADLINE_MS,
      signal: this.quit.signal,
    });
    const receivedAt = clock.now();
    if (this.status.phase === 'stopped') return 'halt';
    if (reply.kind === 'problem')
      return this.problem(reply.status, reply.problem?.code ?? null, reply.retryAfterMs, commands);
    if (reply.kind === 'lost') return 'failed';

    const answer = (this.parts.check ?? checkAnswer)(request, reply.body);
    if (!answer) return 'failed';
    const applied = await steady(db, () =>
      (this.parts.apply ?? applyAnswer)(db, registry, session, { request, answer, sentAt, receivedAt }),
    );
    beacon.note(answer.beacon);
    if (this.parkNext) {
      const { id, status, code } = this.parkNext;
      await outbox.park(id, 'kernel.unreadable', { status, code });
      this.parkNext = null;
      return 'again';
    }
    if (commands.length > 0) this.most = Math.min(PUSH_COMMANDS, this.most * 2);
    if (answer.more || applied === 'behind') return 'again';
    return (await outbox.unsent()) > 0 ? 'again' : 'done';
  }

  private problem(
    status: number,
    code: string | null,
    retryAfterMs: number | null,
    commands: readonly { readonly id: string }[],
  ): Step {
    if (status === 401) return this.halt('signedOut');
    if (status === 409 && code !== null) return this.halt('otherPerson');
    if (status === 426 && code !== null) {
      this.failed(retryAfterMs ?? 10 * 60_000);
      return this.halt('updateNeeded');
    }
    if (
      (status === 400 || status === 413 || status === 422) &&
      code !== null &&
      this.doubt(commands, status, code)
    )
      return 'again';
    this.parkNext = null;
    if (retryAfterMs === null) return 'failed';
    this.failed(retryAfterMs);
    return 'halt';
  }

  /**
   * The server's door refused the whole request. Halve the push until one command is alone, then ask without it: if that
   * goes through, this command is what it could not read, and it is parked so that the others can pass. If not, the
   * trouble is not the command's, and nothing is parked.
   */
  private doubt(commands: readonly { readonly id: string }[], status: number, code: string): boolean {
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
    this.serverAsked = false;
    this.status.lastSyncAt = this.parts.clock.now();
    this.enter('ok');
  }

  private failed(retryAfterMs: number | null): void {
    if (!this.alive()) return;
    this.status.failures += 1;
    this.serverAsked = retryAfterMs !== null;
    const wait = backoff(this.status.failures, (this.parts.clock.random(1)[0] ?? 0) / 256, retryAfterMs);
    this.notBefore = this.parts.clock.mono() + wait;
    if (this.parts.live !== false) this.retry = setTimeout(() => void this.now('timer'), wait + 5);
    this.enter('failing');
  }

  private halt(phase: SyncPhase): Step {
    this.enter(phase);
    return 'halt';
  }

  private alive(): boolean {
    return (
      this.status.phase === 'ok' || this.status.phase === 'failing' || this.status.phase === 'updateNeeded'
    );
  }

  private enter(phase: SyncPhase): void {
    if (this.status.phase === phase || this.status.phase === 'stopped') return;
    this.status.phase = phase;
    this.parts.onPhase?.(phase);
  }
}

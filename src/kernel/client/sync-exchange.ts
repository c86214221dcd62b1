import type { Registry } from '@kernel/shared/contract';
import { uuidv7 } from '@kernel/shared/ids';
import type { Envelope, Session, SyncRequest, SyncResponse } from '@kernel/shared/protocol';
import { PROTOCOL } from '@kernel/shared/protocol';
import type { Applied, Exchange } from './apply-answer';
import { applyAnswer } from './apply-answer';
import { checkAnswer } from './check-answer';
import type { DeviceClock } from './clock';
import type { Turn } from './outbox-push';
import { LEASE_MS, endLease, nextPush, renewLease } from './outbox-push';
import type { PersonDb } from './person-db';
import type { Reserve } from './reserve';
import { withRoom } from './reserve';
import { quotaExceeded, steady } from './steady';
import type { Fetch, Reply } from './wire';
import { DEADLINE_MS, call } from './wire';

export interface ExchangeParts {
  readonly db: PersonDb;
  readonly registry: Registry;
  readonly session: Session;
  readonly clock: DeviceClock;
  readonly build: string;
  readonly fetch: Fetch;
  /** Each request, reading its body included, is given up after this, ms. @default 20,000 */
  readonly deadlineMs?: number | undefined;
  readonly reserve?: Reserve | undefined;
  /** The two seams where a mistake loses work; tests plant wrong ones here to see the suite object. */
  readonly check?: typeof checkAnswer | undefined;
  readonly apply?: typeof applyAnswer | undefined;
}

export interface Ask {
  /** Commands at most; 0 = only pull. */
  readonly most: number;
  readonly turn: Omit<Turn, 'now'> | null;
  /** The round is over: whatever comes now is not stored any more. */
  readonly signal: AbortSignal;
}

/** How one round trip ended. */
export type Verdict =
  | {
      readonly kind: 'stored';
      readonly answer: SyncResponse;
      readonly applied: Applied;
      readonly pushed: number;
    }
  /** Stored what became of the commands; there was no room for more. */
  | { readonly kind: 'full' }
  /** Another window is delivering. */
  | { readonly kind: 'held'; readonly ms: number }
  | {
      readonly kind: 'problem';
      readonly status: number;
      /** `null` when nobody can say that our server spoke. */
      readonly code: string | null;
      readonly retryAfterMs: number | null;
      readonly commands: readonly Envelope[];
    }
  /** `late`: so many commands did not get through before the deadline; fewer may. */
  | { readonly kind: 'lost'; readonly late?: number };

/** One push and one pull. Throws only when this phone's own storage fails again and again. */
export async function exchange(parts: ExchangeParts, ask: Ask): Promise<Verdict> {
  const { db, clock, session, build } = parts;
  const turn = ask.turn && { ...ask.turn, now: clock.now() };
  const push = await steady(db, () => nextPush(db, ask.most, turn));
  if (push.heldMs !== null) return { kind: 'held', ms: push.heldMs };
  const { commands } = push;
  const request: SyncRequest = {
    protocol: PROTOCOL,
    device: push.device,
    build,
    person: session.person.id,
    cursor: push.cursor,
    ...(push.large ? { pull: false } : {}),
    ...(push.unsent ? { unsent: push.unsent } : {}),
    commands,
  };
  const sentAt = clock.now();
  const tab = commands.length > 0 ? ask.turn?.tab : undefined;
  const reply = await stillAtIt(parts, tab, () =>
    call(parts.fetch, '/api/sync', {
      method: 'POST',
      body: request,
      deadlineMs: parts.deadlineMs ?? DEADLINE_MS,
      signal: ask.signal,
    }),
  );
  const receivedAt = clock.now();
  const answer =
    reply.kind === 'answer' && !ask.signal.aborted ? (parts.check ?? checkAnswer)(request, reply.body) : null;
  if (!answer && tab !== undefined) await steady(db, () => endLease(db, tab)).catch(() => undefined);
  if (ask.signal.aborted) return { kind: 'lost' };
  if (reply.kind === 'problem')
    return {
      ...{ kind: 'problem', status: reply.status, code: reply.problem?.code ?? null },
      ...{ retryAfterMs: reply.retryAfterMs, commands },
    };
  if (!answer)
    return reply.kind === 'lost' && reply.why === 'deadline'
      ? { kind: 'lost', late: commands.length }
      : { kind: 'lost' };
  return store(parts, {
    ...{ request, answer, sentAt, receivedAt },
    ...(tab === undefined ? {} : { tab }),
    ...(answer.device === 'cloned' ? { freshDevice: uuidv7(clock.now(), clock.random(10)) } : {}),
  });
}

async function store(parts: ExchangeParts, exchanged: Exchange): Promise<Verdict> {
  const { db, registry, session, reserve } = parts;
  const apply = parts.apply ?? applyAnswer;
  const { answer, request } = exchanged;
  const stored = (applied: Applied): Verdict => ({
    ...{ kind: 'stored', answer, applied, pushed: request.commands.length },
  });
  try {
    return stored(await withRoom(reserve, () => steady(db, () => apply(db, registry, session, exchanged))));
  } catch (error) {
    if (!quotaExceeded(error)) throw error;
    // What became of the person's own work needs next to no room, and must not wait for the school's.
    await steady(db, () => apply(db, registry, session, { ...exchanged, resultsOnly: true }));
    return { kind: 'full' };
  }
}

/** While a slow request is under way, other windows are told that this one lives. */
async function stillAtIt(
  { db, clock }: ExchangeParts,
  tab: string | undefined,
  work: () => Promise<Reply>,
): Promise<Reply> {
  if (tab === undefined) return work();
  const beat = setInterval(
    () => void renewLease(db, tab, clock.now()).catch(() => undefined),
    LEASE_MS * 0.4,
  );
  try {
    return await work();
  } finally {
    clearInterval(beat);
  }
}

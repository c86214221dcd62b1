import type { CommandDef, DecideEnv } from '@kernel/shared/command';
import type { Registry } from '@kernel/shared/contract';
import { admit, settle, wants, Workspace } from '@kernel/shared/decide';
import { accessRecord } from '@kernel/shared/kernel-records';
import type { CommandResult } from '@kernel/shared/protocol';
import type { Ref, Write } from '@kernel/shared/record';
import { refKey } from '@kernel/shared/record';
import type { Refusal } from '@kernel/shared/refusal';
import { isRefusal, must, notAllowed, refuse } from '@kernel/shared/refusal';
import type { Actor } from '@kernel/shared/scope';
import { makeActor, systemActor } from '@kernel/shared/scope';
import type { Day, Instant } from '@kernel/shared/time';
import { dayOf } from '@kernel/shared/time';
import { checkBody } from '../body';
import type { Soon, WriteTx } from '../store/store';
import { wait } from '../store/store';
import { CommandLog } from './command-log';
import type { Incoming } from './incoming';
import { digestOf, firstAnswer, idReused } from './incoming';
import { Loader } from './loader';
import type { Touched } from './rows';
import { rowsOf } from './rows';
import type { SchoolCache } from './school-cache';
import { recordOf } from './school-cache';

export interface BatchContext {
  readonly registry: Registry;
  readonly school: string;
  readonly zone: string;
  readonly now: Instant;
  readonly cache: SchoolCache;
}

export interface BatchOutcome {
  readonly results: CommandResult[];
  readonly seq: number;
  /** Did any record change? */
  readonly changed: boolean;
}

/** Thrown when a command met a defect: the batch is rolled back and the culprit is parked alone. */
export class Defect extends Error {
  constructor(
    readonly commandId: string,
    cause: unknown,
  ) {
    super(`command ${commandId} met a defect`, { cause });
  }
}

interface Admitted {
  readonly def: CommandDef;
  readonly args: unknown;
  readonly actor: Actor;
  /** The actor's rights as they were read: when an earlier command of the batch changes them, it is admitted again. */
  readonly access: unknown;
}

/** Reads that open after reads; more rounds than this is a command that never settles. */
const ROUNDS = 8;

/**
 * Decides a batch of commands for one school inside an open transaction: lock the counter, load all reads at once, decide
 * in order on the in-memory state, write everything in one call. Commands already known get their first answer again.
 * @param parked ids that met a defect before: recorded as `stuck` without being decided
 */
export function* decideBatch(
  tx: WriteTx,
  ctx: BatchContext,
  commands: readonly Incoming[],
  parked: ReadonlySet<string>,
): Generator<Soon<unknown>, BatchOutcome, unknown> {
  const { registry, school, cache } = ctx;
  const counter = must(yield* wait(tx.lock(school)), `school ${school} has no counter row`);
  const remembered = cache.validate(counter.seq);
  const known = new Map(
    (yield* wait(tx.known(school, [...new Set(commands.map((c) => c.id))]))).map((k) => [k.id, k]),
  );
  const space = new Workspace();
  const loader = new Loader(tx, school, registry, cache, space);
  const today = dayOf(ctx.now, ctx.zone);

  const fresh = commands.filter((c) => !known.has(c.id) && !parked.has(c.id));
  const admitted = yield* admitAll(ctx, fresh, space, loader, today);

  const log = new CommandLog(counter);
  const touched = new Map<string, Touched>();
  const answered = new Map<string, { digest: string; result: CommandResult }>();
  const results: CommandResult[] = [];
  for (const c of commands) {
    const digest = digestOf(c);
    const earlier = known.get(c.id);
    const twin = answered.get(c.id);
    if (earlier || twin) {
      const same = (earlier?.digest ?? twin?.digest) === digest;
      results.push(same ? (twin?.result ?? firstAnswer(must(earlier, 'known'))) : idReused(c.id));
      continue;
    }
    let refusal: Refusal | null = null;
    if (parked.has(c.id)) refusal = refuse('kernel.defect');
    else {
      const decided = yield* decideOne(ctx, c, must(admitted.get(c), 'admitted'), space, loader, today);
      if (isRefusal(decided)) refusal = decided;
      else for (const w of decided) touched.set(refKey(w), { ref: { kind: w.kind, id: w.id }, body: w.body });
    }
    const outcome = refusal === null ? 'accepted' : parked.has(c.id) ? 'stuck' : 'refused';
    const result = log.add(c, digest, outcome, refusal);
    answered.set(c.id, { digest, result });
    results.push(result);
  }

  // Records written without being read still need their former audience and measures.
  yield* loader.fetch([...touched.values()].map((t) => t.ref));
  if (touched.size > 0 && !remembered) cache.learn(yield* wait(tx.audiences(school, cache.lastAudience)));
  const { seq, ...rows } = rowsOf(registry, cache, touched, loader.before, counter.seq);
  yield* wait(tx.write(school, { log: log.rows, ...rows, counter: { seq, ...log.end } }));
  cache.learn(rows.audiences);
  for (const r of rows.records) {
    const key = refKey(r);
    cache.put(key, recordOf(r, must(touched.get(key), 'touched').body));
  }
  cache.seq = seq;
  return { results, seq, changed: rows.records.length > 0 };
}

/** Everybody's rights, then everything the commands read, in as few round trips as their depth needs. */
function* admitAll(
  ctx: BatchContext,
  commands: readonly Incoming[],
  space: Workspace,
  loader: Loader,
  today: Day,
): Generator<Soon<unknown>, Map<Incoming, Admitted | Refusal>, unknown> {
  const people = commands
    .filter((c) => c.actor !== 'system')
    .map((c) => ({ kind: accessRecord.kind, id: c.actor }));
  yield* loader.fetch(people);
  // By delivery, not by id: two deliveries under one id may differ, and each is judged as what it says itself.
  const admitted = new Map<Incoming, Admitted | Refusal>();
  for (const c of commands) admitted.set(c, admitOne(ctx, c, space, today));
  for (let round = 0; round < ROUNDS; round++) {
    const refs: Ref[] = [];
    for (const [c, a] of admitted)
      if (!isRefusal(a)) refs.push(...guarded(c.id, () => wants(a.def, a.args, space, a)));
    if (refs.length === 0) break;
    yield* loader.fetch(refs);
  }
  return admitted;
}

function admitOne(ctx: BatchContext, c: Incoming, space: Workspace, today: Day): Admitted | Refusal {
  const { registry, school } = ctx;
  const def = registry.command(c.name);
  if (!def) return refuse('kernel.unknownCommand', { name: c.name });
  const access = space.get(accessRecord, c.actor);
  const actor = c.actor === 'system' ? systemActor(school) : access ? makeActor(school, access, today) : null;
  if (!actor) return notAllowed();
  const ok = guarded(c.id, () => admit(def, c.args, { actor }));
  return isRefusal(ok) ? ok : { def, args: ok.args, actor, access };
}

function* decideOne(
  ctx: BatchContext,
  c: Incoming,
  first: Admitted | Refusal,
  space: Workspace,
  loader: Loader,
  today: Day,
): Generator<Soon<unknown>, readonly Write[] | Refusal, unknown> {
  const unchanged = !isRefusal(first) && first.access === space.get(accessRecord, c.actor);
  const a = unchanged ? first : admitOne(ctx, c, space, today);
  if (isRefusal(a)) return a;
  // What an earlier command of this batch wrote may have opened new reads.
  for (let round = 0; round < ROUNDS; round++) {
    const refs = guarded(c.id, () => wants(a.def, a.args, space, a));
    if (refs.length === 0) break;
    yield* loader.fetch(refs);
  }
  const env: DecideEnv = {
    actor: a.actor,
    time: c.time,
    now: ctx.now,
    today,
    zone: ctx.zone,
    commandId: c.id,
  };
  return guarded(c.id, () => {
    const decided = settle(a.def, a.args, space, env);
    if (isRefusal(decided)) return decided;
    for (const w of decided.writes) if (w.body !== null) checkBody(ctx.registry, w.kind, w.id, w.body);
    return decided.writes;
  });
}

/** A rule that throws is our mistake; it is known by the command that met it. */
function guarded<T>(commandId: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new Defect(commandId, error);
  }
}

import type { CommandDef, DecideEnv } from '@kernel/shared/command';
import type { Registry } from '@kernel/shared/contract';
import type { Needs } from '@kernel/shared/decide';
import { admit, needs, settle, Workspace } from '@kernel/shared/decide';
import { accessRecord } from '@kernel/shared/kernel-records';
import type { Ref, Write } from '@kernel/shared/record';
import { refKey } from '@kernel/shared/record';
import type { Refusal } from '@kernel/shared/refusal';
import { isRefusal, must, notAllowed, refuse } from '@kernel/shared/refusal';
import type { Actor } from '@kernel/shared/scope';
import { makeActor, systemActor } from '@kernel/shared/scope';
import type { Day, Instant } from '@kernel/shared/time';
import { dayOf } from '@kernel/shared/time';
import { checkBody } from '../body';
import type { Batch, Counter, KnownCommand, Reads, Sender, Soon } from '../store/store';
import { wait } from '../store/store';
import { CommandLog } from './command-log';
import type { Answer, Incoming } from './incoming';
import { digestOf, firstAnswer, idReused } from './incoming';
import { Loader } from './loader';
import type { Touched } from './rows';
import { rowsOf } from './rows';
import type { SchoolMemory } from './school-memory';

export interface BatchContext {
  readonly registry: Registry;
  readonly school: string;
  readonly zone: string;
  readonly now: Instant;
  readonly memory: SchoolMemory;
  /**
   * Look first which commands the log has already. When not, a repeated command makes the write fail as a whole (`known`),
   * and the batch is decided once more with this set: repeats are rare, the look would be paid by everybody.
   */
  readonly checkKnown: boolean;
}

export interface BatchOutcome {
  readonly results: Answer[];
  /** The counter it was decided on: writing it is right only if it still stands there. */
  readonly expected: Counter;
  readonly batch: Batch;
  readonly touched: ReadonlyMap<string, Touched>;
  /** Devices that numbered a new command as they had numbered an older one. */
  readonly clones: ReadonlySet<string>;
}

/** Thrown when a command met a defect: the batch is dropped and the culprit is parked alone. */
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
  needs: Needs | null;
}

/** Reads that open after reads; more rounds than this is a command that never settles. */
const ROUNDS = 8;

/**
 * Decides a batch of commands for one school: read what is not remembered, decide in order on the in-memory state, and answer
 * everything to be written as one batch. Writes nothing itself. Commands already known get their first answer again.
 * @param parked ids that met a defect before: recorded as `stuck` without being decided
 */
export function* decideBatch(
  reads: Reads,
  ctx: BatchContext,
  commands: readonly Incoming[],
  parked: ReadonlySet<string>,
): Generator<Soon<unknown>, BatchOutcome, unknown> {
  const { registry, school, memory } = ctx;
  const counter = must(memory.counter, 'the counter was read');
  const known = ctx.checkKnown
    ? new Map(
        (yield* wait(reads.known(school, [...new Set(commands.map((c) => c.id))]))).map((k) => [k.id, k]),
      )
    : new Map<string, KnownCommand>();
  const space = new Workspace();
  const loader = new Loader(reads, school, registry, memory, space);
  const today = dayOf(ctx.now, ctx.zone);

  const fresh = commands.filter((c) => !known.has(c.id) && !parked.has(c.id));
  const { senders, clones } = yield* numbersOf(reads, ctx, fresh);
  const admitted = yield* admitAll(ctx, fresh, space, loader, today);

  const log = new CommandLog(school, counter);
  const touched = new Map<string, Touched>();
  const answered = new Map<string, { digest: string; result: Answer }>();
  const results: Answer[] = [];
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
      const first = must(admitted.get(c), 'admitted');
      const decided = yield* decideOne(ctx, c, first, space, loader, touched, today);
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
  if (touched.size > 0 && !memory.knowsSets)
    memory.learn(yield* wait(reads.audiences(school, memory.sets.last)));
  const { seq, ...rows } = rowsOf(registry, memory.sets, touched, loader.before, counter.seq);
  const batch = { log: log.rows, ...rows, senders, counter: { seq, ...log.end } };
  return { results, expected: counter, batch, touched, clones };
}

/**
 * The highest number of every device in the batch. A new command numbered as an older one was: two phones bear one name, a
 * copied or set-back phone. Both commands stand; who sends under that name is told to take a new one (reliability.md rule 12).
 */
function* numbersOf(
  reads: Reads,
  { school, memory }: BatchContext,
  commands: readonly Incoming[],
): Generator<Soon<unknown>, { senders: Sender[]; clones: Set<string> }, unknown> {
  const phones = commands.filter((c) => c.actor !== 'system');
  const unknown = new Set(phones.map((c) => c.device).filter((d) => !memory.senders.has(d)));
  if (unknown.size > 0) {
    for (const device of unknown) memory.senders.set(device, 0);
    for (const { device, seq } of yield* wait(reads.senders(school, [...unknown])))
      memory.senders.set(device, seq);
  }
  const highest = new Map<string, number>();
  const clones = new Set<string>();
  for (const { device, deviceSeq } of phones) {
    const last = highest.get(device) ?? memory.senders.get(device) ?? 0;
    if (deviceSeq <= last) clones.add(device);
    highest.set(device, Math.max(last, deviceSeq));
  }
  return { senders: [...highest].map(([device, seq]) => ({ device, seq })), clones };
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
  const actors: Actors = new Map();
  // By delivery, not by id: two deliveries under one id may differ, and each is judged as what it says itself.
  const admitted = new Map<Incoming, Admitted | Refusal>();
  for (const c of commands) admitted.set(c, admitOne(ctx, c, space, today, actors));
  let open = [...admitted];
  for (let round = 0; round < ROUNDS && open.length > 0; round++) {
    const missing: Ref[] = [];
    open = open.filter(([c, a]) => !isRefusal(a) && lacks(c, a, space, missing));
    if (missing.length > 0) yield* loader.fetch(missing);
  }
  return admitted;
}

/** Works out what a command reads; answers whether some of it was missing, and adds that to the list. */
function lacks(c: Incoming, a: Admitted, space: Workspace, missing: Ref[]): boolean {
  a.needs = guarded(c.id, () => needs(a.def, a.args, space, a.actor));
  const before = missing.length;
  for (const r of a.needs.refs) if (!space.has(r)) missing.push(r);
  return missing.length > before;
}

/** The actors of a batch by person: somebody who sends twenty commands is made once. */
type Actors = Map<string, { readonly access: unknown; readonly actor: Actor }>;

function admitOne(
  ctx: BatchContext,
  c: Incoming,
  space: Workspace,
  today: Day,
  actors: Actors,
): Admitted | Refusal {
  const { registry, school } = ctx;
  const def = registry.command(c.name);
  if (!def) return refuse('kernel.unknownCommand', { name: c.name });
  const access = space.get(accessRecord, c.actor);
  let actor: Actor;
  if (c.actor === 'system') actor = systemActor(school);
  else if (!access) return notAllowed();
  else {
    let made = actors.get(c.actor);
    if (made?.access !== access) {
      made = { access, actor: makeActor(school, access, today) };
      actors.set(c.actor, made);
    }
    actor = made.actor;
  }
  const ok = guarded(c.id, () => admit(ctx.registry.policy, def, c.args, { actor }));
  return isRefusal(ok) ? ok : { def, args: ok.args, actor, access, needs: null };
}

function* decideOne(
  ctx: BatchContext,
  c: Incoming,
  first: Admitted | Refusal,
  space: Workspace,
  loader: Loader,
  touched: ReadonlyMap<string, Touched>,
  today: Day,
): Generator<Soon<unknown>, readonly Write[] | Refusal, unknown> {
  const unchanged = !isRefusal(first) && first.access === space.get(accessRecord, c.actor);
  const a = unchanged ? first : admitOne(ctx, c, space, today, new Map());
  if (isRefusal(a)) return a;
  // What an earlier command of this batch wrote may have opened new reads.
  if (a.needs?.looked.some((key) => touched.has(key)) !== false)
    for (let round = 0; round < ROUNDS; round++) {
      const missing: Ref[] = [];
      if (!lacks(c, a, space, missing)) break;
      yield* loader.fetch(missing);
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
    const decided = settle(a.def, a.args, space, env, a.needs?.keys);
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

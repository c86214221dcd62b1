import { createHash } from 'node:crypto';
import type { CommandDef, DecideEnv } from '@kernel/shared/command';
import type { Registry } from '@kernel/shared/contract';
import { admit, settle, wants, Workspace } from '@kernel/shared/decide';
import { accessRecord } from '@kernel/shared/kernel-records';
import { contributions } from '@kernel/shared/measure';
import type { CommandResult } from '@kernel/shared/protocol';
import type { Ref } from '@kernel/shared/record';
import { refKey } from '@kernel/shared/record';
import type { Refusal } from '@kernel/shared/refusal';
import { isRefusal, must, notAllowed, refuse } from '@kernel/shared/refusal';
import type { Actor } from '@kernel/shared/scope';
import { makeActor, systemActor } from '@kernel/shared/scope';
import type { Instant, Interval } from '@kernel/shared/time';
import { dayOf } from '@kernel/shared/time';
import { checkBody, readBody } from './body';
import type { SchoolCache } from './school-cache';
import { recordOf } from './school-cache';
import type { AudienceSet, GoneRow, LogRow, MeasureDelta, Soon, StoredRecord, WriteTx } from './store/store';
import { wait } from './store/store';

/** One command as the writer takes it: parsed, with its sender's identity and time already settled by the server. */
export interface Incoming {
  readonly id: string;
  readonly device: string;
  readonly deviceSeq: number;
  /** Person id, or `system`. */
  readonly actor: string;
  readonly name: string;
  readonly args: unknown;
  readonly argsText: string;
  readonly at: Instant;
  readonly time: Interval;
}

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
  /** Did any record or measure change? */
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

/**
 * Decides a batch of commands for one school inside an open transaction: lock the counter, load all reads at once, decide
 * in order on the in-memory state, write everything in one call. Commands already known get their first answer again.
 * @param parked ids that met a defect before: recorded as `stuck` without being decided
 */
export function* decideBatch(
  tx: WriteTx,
  ctx: BatchContext,
  commands: readonly Incoming[],
  parked: ReadonlyMap<string, string>,
): Generator<Soon<unknown>, BatchOutcome, unknown> {
  const { registry, school, cache } = ctx;
  const counter = must(yield* wait(tx.lock(school)), `school ${school} has no counter row`);
  const cacheHolds = cache.validate(counter.seq);
  const known = new Map((yield* wait(tx.known(school, [...new Set(commands.map((c) => c.id))]))).map((k) => [k.id, k]));

  const space = new Workspace();
  const before = new Map<string, ReturnType<typeof recordOf> | null>();
  const today = dayOf(ctx.now, ctx.zone);

  function* fetch(refs: readonly Ref[]): Generator<Soon<unknown>, void, unknown> {
    const missing: Ref[] = [];
    const asked = new Set<string>();
    for (const r of refs) {
      const key = refKey(r);
      if (before.has(key) || asked.has(key)) continue;
      const hit = cache.get(key);
      if (hit) {
        before.set(key, hit);
        space.load(r, hit.body);
      } else {
        asked.add(key);
        missing.push(r);
      }
    }
    if (missing.length === 0) return;
    const rows = new Map((yield* wait(tx.load(school, missing))).map((r) => [refKey(r), r]));
    for (const r of missing) {
      const key = refKey(r);
      const row = rows.get(key);
      const found = row ? recordOf(row, readBody(registry, row.kind, row.version, row.body)) : null;
      before.set(key, found);
      space.load(r, found?.body ?? null);
      if (found) cache.put(key, found);
    }
  }

  const actorOf = (person: string): Actor | null => {
    if (person === 'system') return systemActor(school);
    const access = space.get(accessRecord, person);
    return access ? makeActor(school, access, today) : null;
  };

  // Pass 1: everybody's rights, then everything the commands read, in as few round trips as their depth needs.
  const fresh = commands.filter((c) => !known.has(c.id) && !parked.has(c.id));
  yield* fetch(fresh.filter((c) => c.actor !== 'system').map((c) => ({ kind: accessRecord.kind, id: c.actor })));
  const admitted = new Map<string, { def: CommandDef; args: unknown; actor: Actor } | Refusal>();
  for (const c of fresh) {
    const actor = actorOf(c.actor);
    const def = registry.command(c.name);
    if (!def) admitted.set(c.id, refuse('kernel.unknownCommand', { name: c.name }));
    else if (!actor) admitted.set(c.id, notAllowed());
    else {
      const ok = admit(def, c.args, { actor });
      admitted.set(c.id, isRefusal(ok) ? ok : { def, args: ok.args, actor });
    }
  }
  for (let round = 0; round < 6; round++) {
    const refs: Ref[] = [];
    for (const a of admitted.values())
      if (!isRefusal(a)) for (const r of wants(a.def, a.args, space, a)) refs.push(r);
    if (refs.length === 0) break;
    yield* fetch(refs);
  }

  // Pass 2: decide in order. A refusal writes nothing, so it needs no savepoint.
  const results: CommandResult[] = [];
  const log: LogRow[] = [];
  const touched = new Map<string, { ref: Ref; body: unknown }>();
  const settled = new Map<string, { digest: string; result: CommandResult }>();
  let logSeq = counter.log;
  let head = counter.head;

  for (const c of commands) {
    const digest = digestOf(c);
    const earlier = known.get(c.id);
    const twin = settled.get(c.id);
    if (earlier || twin) {
      const sameBody = (earlier?.digest ?? twin?.digest) === digest;
      const first: CommandResult = twin?.result ?? {
        id: c.id,
        outcome: earlier!.outcome,
        seq: earlier!.log,
        code: earlier!.code,
        details: earlier!.details === null ? null : (JSON.parse(earlier!.details) as Record<string, unknown>),
      };
      results.push(
        sameBody ? first : { id: c.id, outcome: 'refused', seq: null, code: 'kernel.idReused', details: null },
      );
      continue;
    }
    let outcome: LogRow['outcome'] = 'accepted';
    let refusal: Refusal | null = null;
    const parkedWhy = parked.get(c.id);
    if (parkedWhy !== undefined) {
      outcome = 'stuck';
      refusal = refuse('kernel.defect', {});
    } else {
      const a = must(admitted.get(c.id), 'command not admitted');
      let decided: Refusal | { writes: readonly { kind: string; id: string; body: unknown }[] };
      try {
        if (isRefusal(a)) decided = a;
        else {
          // What an earlier command of this batch wrote may have opened new reads.
          for (let round = 0; round < 6; round++) {
            const refs = wants(a.def, a.args, space, a);
            if (refs.length === 0) break;
            yield* fetch(refs);
          }
          const env: DecideEnv = {
            actor: a.actor,
            time: c.time,
            now: ctx.now,
            today,
            zone: ctx.zone,
            commandId: c.id,
          };
          decided = settle(a.def, a.args, space, env);
          if (!isRefusal(decided)) for (const w of decided.writes) if (w.body !== null) checkBody(registry, w.kind, w.id, w.body);
        }
      } catch (error) {
        throw new Defect(c.id, error);
      }
      if (isRefusal(decided)) {
        outcome = 'refused';
        refusal = decided;
      } else {
        for (const w of decided.writes) touched.set(refKey(w), { ref: { kind: w.kind, id: w.id }, body: w.body });
      }
    }
    logSeq += 1;
    const details = refusal ? JSON.stringify(refusal.details) : null;
    head = createHash('sha256')
      .update(`${head}\n${logSeq}\n${digest}\n${c.actor}\n${c.time.latest}\n${outcome}\n${refusal?.code ?? ''}`)
      .digest('hex');
    log.push({
      id: c.id,
      log: logSeq,
      device: c.device,
      deviceSeq: c.deviceSeq,
      actor: c.actor,
      name: c.name,
      args: c.argsText,
      at: c.at,
      earliest: c.time.earliest,
      received: c.time.latest,
      digest,
      outcome,
      code: refusal?.code ?? null,
      details,
      hash: head,
    });
    const result: CommandResult = {
      id: c.id,
      outcome,
      seq: logSeq,
      code: refusal?.code ?? null,
      details: refusal ? { ...refusal.details } : null,
    };
    settled.set(c.id, { digest, result });
    results.push(result);
  }

  // Pass 3: rows. A record written many times in the batch is stored once, with its last body.
  yield* fetch([...touched.values()].map((t) => t.ref));
  if (touched.size > 0 && !cacheHolds) cache.learn(yield* wait(tx.audiences(school, cache.lastAudience)));
  let seq = counter.seq;
  const records: StoredRecord[] = [];
  const gone: GoneRow[] = [];
  const audiences: AudienceSet[] = [];
  const sums = new Map<string, number>();
  let nextSet = cache.lastAudience;
  const newSets = new Map<string, number>();
  for (const [key, { ref, body }] of touched) {
    const def = must(registry.record(ref.kind), `no record kind ${ref.kind}`);
    const old = before.get(key) ?? null;
    seq += 1;
    let audience = old?.audience ?? 0;
    if (body !== null) {
      const tags = [...new Set(def.audience(body, ref.id))].sort().join('\n');
      let id = cache.audienceId(tags) ?? newSets.get(tags);
      if (id === undefined) {
        id = ++nextSet;
        newSets.set(tags, id);
        audiences.push({ id, tags: tags.split('\n') });
      }
      if (old && old.body !== null && old.audience !== id) gone.push({ audience: old.audience, seq, ...ref });
      audience = id;
    }
    const measured = registry.measuresOf(ref.kind);
    if (measured.length > 0) {
      if (old && old.body !== null) contributions(measured, old.body, ref.id, sums, -1);
      if (body !== null) contributions(measured, body, ref.id, sums, 1);
    }
    records.push({
      kind: ref.kind,
      id: ref.id,
      version: def.version,
      seq,
      body: body === null ? null : JSON.stringify(body),
      audience,
    });
  }
  const measures: MeasureDelta[] = [];
  for (const [key, delta] of sums) {
    if (delta === 0) continue;
    const [name, scope, day] = key.split('|') as [string, string, string];
    seq += 1;
    measures.push({ name, scope, day, delta, seq });
  }

  yield* wait(tx.write(school, { log, records, gone, audiences, measures, counter: { seq, log: logSeq, head } }));
  cache.learn(audiences);
  for (const r of records)
    cache.put(refKey(r), recordOf(r, touched.get(refKey(r))!.body));
  cache.seq = seq;
  return { results, seq, changed: records.length > 0 };
}

/** What makes two deliveries of one id the same command: who says what. Times may differ between retries. */
function digestOf(c: Incoming): string {
  return createHash('sha256').update(`${c.actor}\n${c.name}\n${c.argsText}`).digest('base64url');
}

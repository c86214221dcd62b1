import { Workspace, admit, settle, wants } from '@kernel/shared/decide';
import { accessRecord } from '@kernel/shared/kernel-records';
import { contributions } from '@kernel/shared/measure';
import type {
  CommandResult,
  HeldElsewhere,
  Session,
  SyncRequest,
  SyncResponse,
} from '@kernel/shared/protocol';
import { PROTOCOL } from '@kernel/shared/protocol';
import type { BodyOf, Write } from '@kernel/shared/record';
import { refKey } from '@kernel/shared/record';
import { isRefusal, refuse } from '@kernel/shared/refusal';
import type { Actor } from '@kernel/shared/scope';
import { covers, makeActor } from '@kernel/shared/scope';
import { dayOf } from '@kernel/shared/time';
import { notesRegistry } from './notes-registry';

interface Stored {
  kind: string;
  id: string;
  seq: number;
  version: number;
  body: unknown;
  tags: readonly string[];
}
interface Counted {
  name: string;
  scope: string;
  day: string;
  value: number;
  seq: number;
}

const ZONE = 'Asia/Shanghai';
export const SCHOOL = 'yucai';

/** The protocol in memory: same `settle` as the phone, one feed, nothing else. Slow and plain on purpose. */
export class FakeServer {
  now = Date.parse('2026-11-23T00:00:00Z');
  epoch = 'e1';
  /** Rows per page. */
  page = 1_000;
  /** Ids of commands that meet a defect on the server only. */
  readonly defects = new Set<string>();
  /** The door's own answer to a request, instead of everything else. */
  refuses: ((request: SyncRequest) => { status: number; body: unknown } | null) | null = null;
  /** Device names that two phones use. */
  readonly cloned = new Set<string>();
  /** What each device last said it still holds. */
  readonly told = new Map<string, { person: string; count: number; oldest: number | null }>();
  readonly records = new Map<string, Stored>();
  readonly log: { id: string; person: string; argsText: string; result: CommandResult }[] = [];
  private readonly gone: { kind: string; id: string; seq: number; tags: readonly string[] }[] = [];
  private readonly measures = new Map<string, Counted>();
  private seq = 0;

  person(id: string, teams: readonly string[]): void {
    this.store([
      {
        kind: accessRecord.kind,
        id,
        body: {
          person: id,
          name: id,
          grants: teams.map((team) => ({
            role: 'member',
            scope: `school/${team}`,
            tags: [`team:${team}`],
            oversees: true,
            from: null,
            to: null,
          })),
        },
      },
    ]);
  }

  session(person: string): Session {
    return {
      school: { id: SCHOOL, name: '育才中学', zone: ZONE, example: false },
      person: { id: person, name: person },
      account: person,
    };
  }

  /** `cookie` is the signed-in person of the phone that asks. */
  answer(cookie: string | null, request: SyncRequest): { status: number; body: unknown } {
    if (cookie === null) return problem(401, 'kernel.signedOut');
    if (request.person !== cookie) return problem(409, 'kernel.otherPerson');
    const refused = this.refuses?.(request);
    if (refused) return refused;
    const results = request.commands.map((c) => this.take(cookie, c.id, c.name, c.args, c.at));
    const actor = this.actor(cookie)!;
    const rights = JSON.stringify([actor.tags, actor.oversees]);
    const cursor = /^([^#]*)#(.*)\.(\d+)$/.exec(request.cursor ?? '');
    const known = cursor?.[1] === this.epoch && cursor[2] === rights && Number(cursor[3]) <= this.seq;
    const later = request.pull === false && known;
    const page = later ? null : this.pull(actor, known ? Number(cursor[3]) : 0);
    const cloned = this.cloned.has(request.device);
    if (request.unsent) this.told.set(request.device, { person: cookie, ...request.unsent });
    const response: SyncResponse = {
      protocol: PROTOCOL,
      epoch: this.epoch,
      device: cloned ? 'cloned' : 'ok',
      results,
      reset: !known,
      ...(page?.rows ?? { changes: [], measures: [] }),
      cursor: page ? `${this.epoch}#${rights}.${page.seq}` : request.cursor!,
      more: page?.more ?? true,
      serverTime: this.now,
      beacon: `beacon-${this.now}`,
    };
    return { status: 200, body: response };
  }

  heldBy(person: string): HeldElsewhere {
    return [...this.told]
      .filter(([, t]) => t.person === person && t.count > 0)
      .map(([device, { count, oldest }]) => ({ device, count, oldest, reportedAt: this.now }));
  }

  /** Everything, as a backup keeps it. */
  backup(): () => void {
    const records = structuredClone([...this.records]);
    const log = structuredClone(this.log);
    const gone = structuredClone(this.gone);
    const measures = structuredClone([...this.measures]);
    const { seq } = this;
    return () => {
      this.records.clear();
      for (const [key, stored] of records) this.records.set(key, structuredClone(stored));
      this.measures.clear();
      for (const [key, stored] of measures) this.measures.set(key, structuredClone(stored));
      this.log.splice(0, Infinity, ...structuredClone(log));
      this.gone.splice(0, Infinity, ...structuredClone(gone));
      this.seq = seq;
    };
  }

  /** What this person's phone should hold: `kind id` → body. */
  projection(person: string): Map<string, unknown> {
    const actor = this.actor(person)!;
    const out = new Map<string, unknown>();
    for (const r of this.records.values())
      if (r.body !== null && r.tags.some((t) => actor.tags.includes(t))) out.set(`${r.kind} ${r.id}`, r.body);
    return out;
  }
  measureProjection(person: string): Map<string, number> {
    const { oversees } = this.actor(person)!;
    const seen = [...this.measures.values()].filter((m) => oversees.some((o) => covers(o, m.scope)));
    return new Map(seen.map((m) => [`${m.name}|${m.scope}|${m.day}`, m.value]));
  }
  applied(id: string): CommandResult | undefined {
    return this.log.find((l) => l.id === id)?.result;
  }
  store(writes: readonly Write[]): void {
    for (const w of writes) {
      const key = refKey(w);
      const def = notesRegistry.record(w.kind)!;
      const old = this.records.get(key);
      const tags = w.body === null ? (old?.tags ?? []) : def.audience(w.body, w.id);
      this.seq++;
      if (old && old.body !== null && JSON.stringify(old.tags) !== JSON.stringify(tags))
        this.gone.push({ kind: w.kind, id: w.id, seq: this.seq, tags: old.tags });
      const sums = new Map<string, number>();
      const defs = notesRegistry.measuresOf(w.kind);
      if (old && old.body !== null) contributions(defs, old.body, w.id, sums, -1);
      if (w.body !== null) contributions(defs, w.body, w.id, sums, 1);
      this.records.set(key, {
        kind: w.kind,
        id: w.id,
        seq: this.seq,
        version: def.version,
        body: w.body,
        tags,
      });
      for (const [name, delta] of sums) this.count(name, delta);
    }
  }

  private count(key: string, delta: number): void {
    if (delta === 0) return;
    const [name, scope, day] = key.split('|') as [string, string, string];
    const value = (this.measures.get(key)?.value ?? 0) + delta;
    this.measures.set(key, { name, scope, day, value, seq: ++this.seq });
  }

  private take(person: string, id: string, name: string, args: unknown, at: number): CommandResult {
    const argsText = JSON.stringify(args);
    const first = this.log.find((l) => l.id === id);
    if (first) {
      if (first.argsText === argsText && first.person === person) return first.result;
      return { id, outcome: 'refused', seq: null, code: 'kernel.idReused', details: null };
    }
    const seq = this.log.length + 1;
    const outcome = this.defects.has(id) ? null : this.decide(person, id, name, args, at);
    const result: CommandResult =
      outcome === null
        ? { id, outcome: 'stuck', seq, code: 'kernel.defect', details: {} }
        : isRefusal(outcome)
          ? { id, outcome: 'refused', seq, code: outcome.code, details: { ...outcome.details } }
          : { id, outcome: 'accepted', seq, code: null, details: null };
    if (outcome && !isRefusal(outcome)) this.store(outcome);
    this.log.push({ id, person, argsText, result });
    return result;
  }

  private decide(person: string, id: string, name: string, args: unknown, at: number) {
    const def = notesRegistry.command(name);
    if (!def) return refuse('kernel.unknownCommand', { name });
    const actor = this.actor(person)!;
    const ok = admit(notesRegistry.policy, def, args, { actor });
    if (isRefusal(ok)) return ok;
    const space = new Workspace();
    for (
      let refs = wants(def, ok.args, space, { actor });
      refs.length > 0;
      refs = wants(def, ok.args, space, { actor })
    )
      for (const r of refs) space.load(r, this.records.get(refKey(r))?.body ?? null);
    const time = { earliest: Math.min(at, this.now), latest: this.now };
    const env = { actor, time, now: this.now, today: dayOf(this.now, ZONE), zone: ZONE, commandId: id };
    const outcome = settle(def, ok.args, space, env);
    return isRefusal(outcome) ? outcome : outcome.writes;
  }

  private actor(person: string): Actor | null {
    const access = this.records.get(refKey({ kind: accessRecord.kind, id: person }))?.body;
    return access ? makeActor(SCHOOL, access as BodyOf<typeof accessRecord>, dayOf(this.now, ZONE)) : null;
  }

  private pull(actor: Actor, after: number) {
    const mine = (tags: readonly string[]): boolean => tags.some((t) => actor.tags.includes(t));
    const rows = [...this.records.values()]
      .filter((r) => r.seq > after && mine(r.tags) && !(after === 0 && r.body === null))
      .map(({ kind, id, seq, version, body }) => ({ seq, change: { kind, id, seq, version, body } }));
    const lost = this.gone
      .filter((g) => g.seq > after && mine(g.tags) && !mine(this.records.get(refKey(g))!.tags))
      .map(({ kind, id, seq }) => ({ seq, change: { kind, id, seq, version: 0, body: null } }));
    const sums = [...this.measures.values()]
      .filter((m) => m.seq > after && actor.oversees.some((o) => covers(o, m.scope)))
      .map((m) => ({
        seq: m.seq,
        measure: [m.name, m.scope, m.day, m.value] as [string, string, string, number],
      }));
    const all = [...rows, ...lost, ...sums].sort((a, b) => a.seq - b.seq);
    const page = all.slice(0, this.page);
    const more = all.length > page.length;
    return {
      rows: {
        changes: page.flatMap((p) => ('change' in p ? [p.change] : [])),
        measures: page.flatMap((p) => ('measure' in p ? [p.measure] : [])),
      },
      seq: more ? page[page.length - 1]!.seq : this.seq,
      more,
    };
  }
}

export function problem(status: number, code: string): { status: number; body: unknown } {
  return { status, body: { type: 'about:blank', title: code, status, code } };
}

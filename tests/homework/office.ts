import { safeParse } from 'valibot';
import { expect } from 'vitest';
import type { CommandDef, DecideEnv } from '@kernel/shared/command';
import { serverRegistry } from '@kernel/server/registry';
import { makeRegistry } from '@kernel/shared/contract';
import { Workspace, admit, settle, wants } from '@kernel/shared/decide';
import { uuidv7 } from '@kernel/shared/ids';
import { contributions } from '@kernel/shared/measure';
import type { RecordDef, Ref, Write } from '@kernel/shared/record';
import { refKey } from '@kernel/shared/record';
import type { Refusal } from '@kernel/shared/refusal';
import { isRefusal } from '@kernel/shared/refusal';
import { makeActor, systemActor } from '@kernel/shared/scope';
import type { Interval } from '@kernel/shared/time';
import { dayOf, instantOf } from '@kernel/shared/time';
import { taskRecord } from '@kernel/shared/kernel-records';
import { grantsFor, org } from '@modules/org';
import type { OrgFacts } from '@modules/org';
import type { ClassDay, Item } from '@modules/homework';
import { classDayId, classDayRecord, homework, itemRecord } from '@modules/homework';
import { homeworkServer } from '@modules/homework/server';
import type { School } from './school';
import { PEOPLE } from './school';

export const ZONE = 'Asia/Shanghai';
export const registry = serverRegistry(makeRegistry([org, homework]), [homeworkServer]);

export type Outcome = { writes: readonly Write[]; id: string } | (Refusal & { id: string });
export interface When {
  /** Server's wall clock, `HH:MM` on the office's day or a whole instant. */
  readonly received?: string | number;
  /** Earliest possible moment of the act; as received unless told. */
  readonly acted?: string | number;
  /** Or the interval itself, with its evidence. */
  readonly time?: Interval;
}

/**
 * A school without a network: commands are decided one after another on the true records, as the server does it. Whatever is
 * decided here is checked on the way: the decision is the same twice, reads only what it named (settle), changes nothing it was
 * given, and writes bodies that are exactly their schemas'.
 */
export class Office {
  readonly bodies = new Map<string, unknown>();
  readonly measures = new Map<string, number>();
  /** Broken variants of commands, by name: for showing that a property catches them. */
  readonly mutants = new Map<string, CommandDef>();
  now: number;
  private count = 0;

  constructor(
    readonly school: School,
    readonly day: string,
    clock = '07:00',
  ) {
    this.now = instantOf(day, clock, ZONE);
    for (const [kind, id, body] of school.records) this.bodies.set(refKey({ kind, id }), freeze(body));
  }

  at(clock: string, day = this.day): this {
    this.now = instantOf(day, clock, ZONE);
    return this;
  }
  get<B>(def: RecordDef<B>, id: string): B | undefined {
    return (this.bodies.get(refKey({ kind: def.kind, id })) ?? undefined) as B | undefined;
  }
  all<B>(def: RecordDef<B>): { id: string; body: B }[] {
    const prefix = `${def.kind}\u0000`;
    return [...this.bodies]
      .filter(([key, body]) => key.startsWith(prefix) && body !== null)
      .map(([key, body]) => ({ id: key.slice(prefix.length), body: body as B }));
  }
  put<B>(def: RecordDef<B>, id: string, body: B): void {
    this.apply([{ kind: def.kind, id, body }]);
  }
  item(id: string): Item {
    const found = this.get(itemRecord, id);
    if (!found) throw new Error(`no item ${id}`);
    return found;
  }
  classDay(cls: string, date = this.day): ClassDay {
    const found = this.get(classDayRecord, classDayId(cls, date));
    if (!found) throw new Error(`no class-day ${cls} ${date}`);
    return found;
  }
  task(id: string) {
    return this.get(taskRecord, id);
  }

  /** A person (by key of PEOPLE) does something. Answers the outcome; accepted writes are applied. */
  does(person: string, name: string, args: unknown, when: When = {}): Outcome {
    return this.run(person, name, args, when);
  }
  /** Does it and insists that it was accepted; answers the command's id. */
  do(person: string, name: string, args: unknown, when: When = {}): string {
    const outcome = this.run(person, name, args, when);
    if (isRefusal(outcome))
      throw new Error(`${name} refused: ${outcome.code} ${JSON.stringify(outcome.details)}`);
    return outcome.id;
  }
  system(name: string, args: unknown): Outcome {
    return this.run('system', name, args, {});
  }

  actor(person: string) {
    if (person === 'system') return systemActor('s1');
    const facts: OrgFacts = this.school.facts;
    const grants = [...grantsFor(person, facts), ...(this.school.grants[person] ?? [])];
    return makeActor('s1', { person, name: PEOPLE[person] ?? person, grants }, dayOf(this.now, ZONE));
  }

  private run(person: string, name: string, args: unknown, when: When): Outcome {
    const received = this.instant(when.received ?? this.now);
    this.now = received;
    const acted = this.instant(when.acted ?? received);
    const id = uuidv7(
      received,
      Uint8Array.from({ length: 10 }, (_, i) => (i < 8 ? 7 : (this.count >> (8 * (i - 8))) & 255)),
    );
    this.count += 1;
    const env: DecideEnv = {
      actor: this.actor(person),
      time: when.time ?? { earliest: acted, latest: received },
      now: received,
      today: dayOf(received, ZONE),
      zone: ZONE,
      commandId: id,
    };
    const def = this.mutants.get(name) ?? registry.command(name);
    if (!def) throw new Error(`no command ${name}`);
    const first = this.decide(def, args, env);
    expect(this.decide(def, args, env), `${name} decides the same twice`).toEqual(first);
    if (isRefusal(first)) return { ...first, id };
    this.apply(first.writes);
    return { ...first, id };
  }

  private decide(def: CommandDef, args: unknown, env: DecideEnv): { writes: readonly Write[] } | Refusal {
    const ok = admit(registry.policy, def, args, env);
    if (isRefusal(ok)) return ok;
    const space = new Workspace();
    for (let round = 0; ; round += 1) {
      const missing = wants(def, ok.args, space, env);
      if (missing.length === 0) break;
      expect(round, `${def.name} keeps asking for more`).toBeLessThan(8);
      for (const r of missing) space.load(r, this.bodies.get(refKey(r)) ?? null);
    }
    return settle(def, ok.args, space, env);
  }

  private apply(writes: readonly Write[]): void {
    const seen = new Set<string>();
    for (const w of writes) {
      const key = refKey(w);
      expect(seen.has(key), `${w.kind} ${w.id} is written once`).toBe(false);
      seen.add(key);
      if (w.body !== null) checkBody(w);
      this.count_(w, this.bodies.get(key), -1);
      this.bodies.set(key, w.body === null ? null : freeze(structuredClone(w.body)));
      this.count_(w, w.body, 1);
    }
  }
  private count_(ref: Ref, body: unknown, sign: 1 | -1): void {
    if (body) contributions(registry.measuresOf(ref.kind), body, ref.id, this.measures, sign);
  }

  measure(name: string, scope = 'school', day = this.day): number {
    return this.measures.get(`${name}|${scope}|${day}`) ?? 0;
  }
  /** Sums made again from the records alone, zeros left out, to set against the running ones. */
  recount(): Map<string, number> {
    const sums = new Map<string, number>();
    for (const { id, body } of this.all(classDayRecord))
      contributions(registry.measuresOf(classDayRecord.kind), body, id, sums, 1);
    return sums;
  }

  private instant(at: string | number): number {
    return typeof at === 'number' ? at : instantOf(this.day, at, ZONE);
  }
}

function checkBody(w: Write): void {
  const def = registry.record(w.kind);
  if (!def) throw new Error(`unknown kind ${w.kind}`);
  const parsed = safeParse(def.schema, w.body);
  if (!parsed.success)
    throw new Error(
      `${w.kind} ${w.id}: ${parsed.issues[0].message} at ${JSON.stringify(parsed.issues[0].path?.map((p) => p.key))}`,
    );
  expect(parsed.output, `${w.kind} holds nothing its schema does not know`).toEqual(w.body);
}

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    Object.freeze(value);
    Object.values(value).forEach(freeze);
  }
  return value;
}

export const nonZero = (sums: ReadonlyMap<string, number>): Record<string, number> =>
  Object.fromEntries([...sums].filter(([, value]) => value !== 0).sort());

type ExpectedRow = readonly [subject: string, subjectName: string, person: string];

/** Makes days ready as the job does: by default Monday for 七(1)班, with Chinese expected of lin. */
export function openDay(
  office: Office,
  over: { date?: string; classes?: readonly string[]; expected?: readonly ExpectedRow[] } = {},
): Outcome {
  const date = over.date ?? office.day;
  return office.system('homework.v1.openDay', {
    date,
    classes: (over.classes ?? ['c-2026-1']).map((id) => ({
      id,
      name: `七(${id.split('-')[2]})班`,
      grade: 7,
      scope: `school/g7/${id}`,
      deadline: instantOf(date, '09:00', ZONE),
      expected: (over.expected ?? [['chinese', '语文', 'lin']]).map(([subject, subjectName, person]) => ({
        subject,
        subjectName,
        person,
        personName: PEOPLE[person] ?? person,
      })),
    })),
  });
}

import { registry } from '@app/server/modules';
import type { CommandDef, DecideEnv } from '@kernel/shared/command';
import { Workspace, admit, settle, wants } from '@kernel/shared/decide';
import { accessRecord } from '@kernel/shared/kernel-records';
import type { BodyOf, RecordDef, Write } from '@kernel/shared/record';
import { refKey } from '@kernel/shared/record';
import type { Refusal } from '@kernel/shared/refusal';
import { isRefusal } from '@kernel/shared/refusal';
import type { Actor, Grant } from '@kernel/shared/scope';
import { makeActor, systemActor } from '@kernel/shared/scope';
import type { Day } from '@kernel/shared/time';
import type { OrgFacts } from '@modules/org';
import {
  adminsRecord,
  classRecord,
  grantsFor,
  personRecord,
  prepGroupRecord,
  serviceRecord,
} from '@modules/org';
import { safeParse } from 'valibot';
import { smallSchool } from '../support/small-school';

export type Access = BodyOf<typeof accessRecord>;
export type Outcome = { readonly writes: readonly Write[] } | Refusal;

/** The small school with two administrators, xu and tang, on a day; commands are decided one after another, as the server does it. */
export class StaffRoom {
  readonly bodies = new Map<string, unknown>();
  private count = 0;
  /** Changes what a decision writes: for showing that a check bites. */
  plant:
    ((name: string, args: Record<string, unknown>, writes: readonly Write[]) => readonly Write[]) | null =
    null;

  constructor(public today: Day = '2026-11-23') {
    this.must('system', 'org.v1.applyImport', smallSchool());
    for (const person of ['xu', 'tang']) this.must('system', 'org.v1.addAdmin', { person, create: null });
  }

  get<B>(def: RecordDef<B>, id: string): B | undefined {
    return (this.bodies.get(refKey({ kind: def.kind, id })) ?? undefined) as B | undefined;
  }
  all<B>(def: RecordDef<B>): { id: string; body: B }[] {
    return [...this.bodies]
      .filter(([key, body]) => key.startsWith(`${def.kind}\u0000`) && body !== null)
      .map(([key, body]) => ({ id: key.slice(def.kind.length + 1), body: body as B }));
  }
  actor(person: string, day = this.today): Actor {
    const access = this.get(accessRecord, person);
    return person === 'system' || !access ? systemActor('s') : makeActor('s', access, day);
  }
  /** Role and place of everything somebody holds on a day. */
  holds(person: string, day = this.today): string[] {
    return [...new Set(this.actor(person, day).grants.map((g) => `${g.role} ${g.scope}`))].sort();
  }

  does(person: string, name: string, args: object): Outcome {
    const def = registry.command(name) as CommandDef;
    const actor = this.actor(person);
    const admitted = admit(registry.policy, def, args, { actor });
    if (isRefusal(admitted)) return admitted;
    const space = new Workspace();
    for (let round = 0; ; round += 1) {
      const missing = wants(def, admitted.args, space, { actor });
      if (missing.length === 0) break;
      if (round > 7) throw new Error(`${name} never stops asking`);
      for (const r of missing) space.load(r, structuredClone(this.bodies.get(refKey(r)) ?? null));
    }
    this.count += 1;
    const env: DecideEnv = {
      actor,
      time: { earliest: 0, latest: 0 },
      now: 0,
      today: this.today,
      zone: 'Asia/Shanghai',
      commandId: `command-${this.count}`,
    };
    const outcome = settle(def, admitted.args, space, env);
    if (isRefusal(outcome)) return outcome;
    const writes = this.plant?.(name, args as Record<string, unknown>, outcome.writes) ?? outcome.writes;
    for (const w of writes) {
      const found = safeParse(registry.record(w.kind)!.schema, w.body);
      if (!found.success) throw new Error(`${name} writes a wrong ${w.kind}: ${found.issues[0].message}`);
      this.bodies.set(refKey(w), w.body);
    }
    return { writes };
  }
  must(person: string, name: string, args: object): readonly Write[] {
    const outcome = this.does(person, name, args);
    if (isRefusal(outcome)) throw new Error(`${name}: ${outcome.code} ${JSON.stringify(outcome.details)}`);
    return outcome.writes;
  }

  /** Every right there is, made from all facts of the school at once: what the records of rights have to say. */
  rebuilt(): Map<string, string> {
    const services = this.all(serviceRecord).map((s) => s.body);
    const facts: OrgFacts = {
      classes: this.all(classRecord),
      prepGroups: this.all(prepGroupRecord),
      roles: [
        ...services.flatMap((s) => s.roles.map((r) => ({ person: s.person, ...r }))),
        ...(this.get(adminsRecord, 'school')?.people ?? []).map((a) => ({
          ...a,
          role: 'admin' as const,
          grade: null,
        })),
      ],
    };
    return new Map(
      this.all(personRecord).map(({ id, body }) => [
        id,
        said(body.name, services.find((s) => s.person === id)?.until ?? null, grantsFor(id, facts)),
      ]),
    );
  }
  stored(): Map<string, string> {
    return new Map(
      this.all(accessRecord).map(({ id, body }) => [id, said(body.name, body.until ?? null, body.grants)]),
    );
  }
}

const said = (name: string, until: Day | null, grants: readonly Grant[]): string =>
  JSON.stringify([name, until, grants.map((g) => JSON.stringify(Object.entries(g).sort())).sort()]);

import type { CommandDef } from './command';
import { kernelPolicy } from './kernel-policy';
import type { MeasureDef } from './measure';
import type { Policy, PolicyRows } from './policy';
import { joinPolicies } from './policy';
import type { RecordDef } from './record';
import { assert } from './refusal';
import { accessRecord, taskRecord } from './kernel-records';
import { outageRecord } from './outage';

/** What a module is, on paper: everything both phone and server must agree on. */
export interface Module {
  readonly id: string;
  readonly records: Readonly<Record<string, RecordDef<never>>>;
  readonly commands: Readonly<Record<string, CommandDef<never>>>;
  readonly measures: readonly MeasureDef<never>[];
  /** Its part of the authorisation table: its commands, routes and pages. */
  readonly policy: PolicyRows;
}

type AnyRecord = RecordDef<any>; // eslint-disable-line @typescript-eslint/no-explicit-any -- a registry holds bodies of every type
export type AnyCommand = CommandDef<any>; // eslint-disable-line @typescript-eslint/no-explicit-any -- likewise arguments
type AnyMeasure = MeasureDef<any>; // eslint-disable-line @typescript-eslint/no-explicit-any -- likewise

/** Declare a module. Names are checked here, once, so that a wrong prefix never reaches a phone. */
export function defineModule(def: {
  id: string;
  records: Record<string, AnyRecord>;
  commands: readonly AnyCommand[];
  measures?: readonly AnyMeasure[];
  policy: PolicyRows;
}): Module {
  for (const r of Object.values(def.records))
    assert(r.kind.startsWith(`${def.id}.`), `record ${r.kind} outside module ${def.id}`);
  const commands: Record<string, AnyCommand> = {};
  for (const c of def.commands) {
    assert(
      new RegExp(`^${def.id}\\.v\\d+\\.[a-z][A-Za-z]*$`).test(c.name),
      `command name ${c.name} in ${def.id}`,
    );
    commands[c.name] = c;
  }
  for (const m of def.measures ?? [])
    for (const name of Object.keys(m.values))
      assert(name.startsWith(`${def.id}.`), `measure ${name} outside module ${def.id}`);
  const { id, records, measures = [], policy } = def;
  return { id, records, commands, measures, policy } as unknown as Module;
}

const kernelModule = defineModule({
  id: 'kernel',
  records: { access: accessRecord, task: taskRecord, outage: outageRecord },
  commands: [],
  policy: kernelPolicy,
});

/** All modules of one build, looked up by name. The kernel reads definitions here and knows no module itself. */
export interface Registry {
  readonly modules: readonly Module[];
  record(kind: string): RecordDef | undefined;
  command(name: string): CommandDef | undefined;
  measuresOf(kind: string): readonly MeasureDef[];
  readonly kinds: readonly string[];
  readonly commandNames: readonly string[];
  readonly measureNames: readonly string[];
  readonly policy: Policy;
}

export function makeRegistry(modules: readonly Module[], rest: PolicyRows = {}): Registry {
  const all = [kernelModule, ...modules];
  const records = new Map<string, RecordDef>();
  const commands = new Map<string, CommandDef>();
  const measures = new Map<string, MeasureDef[]>();
  const measureNames: string[] = [];
  for (const m of all) {
    for (const r of Object.values(m.records)) {
      assert(!records.has(r.kind), `record kind ${r.kind} declared twice`);
      records.set(r.kind, r as unknown as RecordDef);
    }
    for (const c of Object.values(m.commands)) commands.set(c.name, c as unknown as CommandDef);
    for (const d of m.measures) {
      const list = measures.get(d.record.kind) ?? [];
      list.push(d as unknown as MeasureDef);
      measures.set(d.record.kind, list);
      measureNames.push(...Object.keys(d.values));
    }
  }
  const policy = joinPolicies([...all.map((m) => m.policy), rest]);
  for (const name of commands.keys())
    assert(
      [...policy.keys()].some((o) => o === name || o.startsWith(`${name}/`)),
      `policy: no row for ${name}`,
    );
  const none: readonly MeasureDef[] = [];
  return {
    modules: all,
    record: (kind) => records.get(kind),
    command: (name) => commands.get(name),
    measuresOf: (kind) => measures.get(kind) ?? none,
    kinds: [...records.keys()].sort(),
    commandNames: [...commands.keys()].sort(),
    measureNames: measureNames.sort(),
    policy,
  };
}

/**
 * The same registry with what only the school's own hand may say. The server knows it; no phone carries it.
 * Throws for a command that is known already, or that the policy opens to anybody else.
 */
export function withSystemCommands(registry: Registry, commands: readonly AnyCommand[]): Registry {
  const added = new Map<string, CommandDef>();
  for (const c of commands as readonly CommandDef[]) {
    assert(!registry.command(c.name) && !added.has(c.name), `command ${c.name} declared twice`);
    const row = registry.policy.get(c.name);
    assert(row?.size === 1 && row.has('system'), `policy: ${c.name} is not the system's alone`);
    added.set(c.name, c);
  }
  return {
    ...registry,
    command: (name) => added.get(name) ?? registry.command(name),
    commandNames: [...registry.commandNames, ...added.keys()].sort(),
  };
}

import { safeParse } from 'valibot';
import type { CommandDef, DecideEnv } from './command';
import type { Policy } from './policy';
import { mayDo } from './policy';
import type { RecordDef, Ref, StateReader, Write } from './record';
import { refKey } from './record';
import type { Refusal } from './refusal';
import { isRefusal, notAllowed, refuse } from './refusal';
import type { Actor } from './scope';

/**
 * The one way a command is decided, on the phone and on the server. It works on a `Workspace`: bodies already loaded,
 * plus what earlier commands of the same batch wrote. A missing body is loaded by the driver, never here.
 */
export class Workspace implements StateReader {
  /** `undefined` = not loaded; `null` = loaded and absent. */
  private readonly bodies = new Map<string, unknown>();

  has(ref: Ref): boolean {
    return this.bodies.has(refKey(ref));
  }
  load(ref: Ref, body: unknown): void {
    this.bodies.set(refKey(ref), body);
  }
  peek(ref: Ref): unknown {
    return this.bodies.get(refKey(ref)) ?? null;
  }
  get<B>(def: RecordDef<B>, id: string): B | undefined {
    return this.at(`${def.kind}\u0000${id}`) as B | undefined;
  }
  at(key: string): unknown {
    return this.bodies.get(key) ?? undefined;
  }
}

/** Checks the policy's row and the arguments, in this order where it can. Pure; reads nothing. */
export function admit(
  policy: Policy,
  def: CommandDef,
  args: unknown,
  env: Pick<DecideEnv, 'actor'>,
): { args: unknown } | Refusal {
  if (!def.operation && !mayDo(policy, env.actor, def.name)) return notAllowed();
  const parsed = safeParse(def.args, args);
  if (!parsed.success) {
    const issue = parsed.issues[0];
    return refuse('kernel.badArguments', {
      at: (issue.path ?? []).map((p) => String(p.key)).join('.'),
      problem: issue.message,
    });
  }
  const operation = def.operation?.(parsed.output) ?? def.name;
  const scope = def.scope?.(parsed.output) ?? null;
  if ((def.operation || scope !== null) && !mayDo(policy, env.actor, operation, scope)) return notAllowed();
  return { args: parsed.output };
}

/** What `reads` named, and what it looked at to name it: as long as nothing of that changes, it names the same again. */
export interface Needs {
  readonly refs: readonly Ref[];
  readonly keys: ReadonlySet<string>;
  readonly looked: readonly string[];
}

export function needs(def: CommandDef, args: unknown, space: Workspace, actor: Actor): Needs {
  const looked: string[] = [];
  const watched: StateReader = {
    get(record, id) {
      looked.push(`${record.kind}\u0000${id}`);
      return space.get(record, id);
    },
  };
  const refs = def.reads(args, watched, actor);
  const keys = new Set<string>();
  for (const r of refs) keys.add(refKey(r));
  return { refs, keys, looked };
}

/** Refs the command still needs; empty when it can be decided. */
export function wants(
  def: CommandDef,
  args: unknown,
  space: Workspace,
  env: Pick<DecideEnv, 'actor'>,
): Ref[] {
  return def.reads(args, space, env.actor).filter((r) => !space.has(r));
}

/**
 * Decides, and on success puts the writes into the workspace for the commands that follow.
 * @param allowed keys of the records `reads` names, when they were just worked out
 */
export function settle(
  def: CommandDef,
  args: unknown,
  space: Workspace,
  env: DecideEnv,
  allowed: ReadonlySet<string> = needs(def, args, space, env.actor).keys,
): { writes: readonly Write[] } | Refusal {
  const guarded: StateReader = {
    get(record, id) {
      const key = `${record.kind}\u0000${id}`;
      if (!allowed.has(key))
        throw new Error(`defect: ${def.name} reads ${record.kind}/${id} without naming it`);
      return space.at(key) as never;
    },
  };
  const outcome = def.decide(guarded, args, env);
  if (isRefusal(outcome)) return outcome;
  for (const w of outcome) space.load(w, w.body);
  return { writes: outcome };
}

import type { GenericSchema, InferOutput } from 'valibot';
import type { Ref, StateReader, Write } from './record';
import type { Refusal } from './refusal';
import type { Actor, Scope } from './scope';
import type { Day, Instant, Interval } from './time';

/** What a decision may know about the moment and the actor. Everything else is in the state. */
export interface DecideEnv {
  readonly actor: Actor;
  /** When the act can have happened. On the phone both ends are the device's own estimate. */
  readonly time: Interval;
  /** The judge's clock: server time when decided on the server. */
  readonly now: Instant;
  /** `now` as a date in the school's zone. */
  readonly today: Day;
  readonly zone: string;
  /** The command's id: the seed of every id a decision makes, so phone and server make the same. */
  readonly commandId: string;
}

export interface CommandDef<A = unknown> {
  /** `module.vN.verbNoun` */
  readonly name: string;
  /** A fact is never refused for its content, only flagged; a decision follows a published rule (product.md §3 rule 3). */
  readonly kind: 'fact' | 'decision';
  readonly args: GenericSchema<unknown, A>;
  /** The row of the policy that opens it, from the arguments alone: permission before existence. @default the command's name */
  operation?(args: A): string;
  /** Where it acts, if the arguments say so: a role of reach `scope` must be held there. */
  scope?(args: A): Scope;
  /** Which records `decide` needs. Called again with what was loaded until it asks for nothing new. */
  reads(args: A, state: StateReader, actor: Actor): readonly Ref[];
  /** Pure. Returns every write, or a refusal and no write. */
  decide(state: StateReader, args: A, env: DecideEnv): readonly Write[] | Refusal;
}

/** Declare a command; the arguments' type comes from the schema. */
export function defineCommand<S extends GenericSchema>(def: {
  name: string;
  kind: 'fact' | 'decision';
  args: S;
  operation?(args: InferOutput<S>): string;
  scope?(args: InferOutput<S>): Scope;
  reads(args: InferOutput<S>, state: StateReader, actor: Actor): readonly Ref[];
  decide(state: StateReader, args: InferOutput<S>, env: DecideEnv): readonly Write[] | Refusal;
}): CommandDef<InferOutput<S>> {
  return def as unknown as CommandDef<InferOutput<S>>;
}
export type ArgsOf<C> = C extends CommandDef<infer A> ? A : never;

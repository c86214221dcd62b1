import type { GenericSchema, InferOutput } from 'valibot';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** What a kind of record is: its shape, who may see it, and how the phone finds it. */
export interface RecordDef<B = unknown> {
  /** `module.noun` */
  readonly kind: string;
  /** Raised whenever the schema changes; `upcast` then reads every older version. */
  readonly version: number;
  readonly schema: GenericSchema<unknown, B>;
  /** Audience tags of a body: a person with one of them may read it. An empty list means nobody. */
  audience(body: B, id: string): readonly string[];
  /** Words the phone indexes this record under (`day:2026-11-23`), besides its kind. */
  keys?(body: B, id: string): readonly string[];
  upcast?(body: unknown, version: number): unknown;
}

export type BodyOf<D> = D extends RecordDef<infer B> ? B : never;

/** Declare a kind of record; the body's type comes from the schema. */
export function defineRecord<S extends GenericSchema>(def: {
  kind: string;
  version: number;
  schema: S;
  audience(body: InferOutput<S>, id: string): readonly string[];
  keys?(body: InferOutput<S>, id: string): readonly string[];
  upcast?(body: unknown, version: number): unknown;
}): RecordDef<InferOutput<S>> {
  return def as unknown as RecordDef<InferOutput<S>>;
}

export interface Ref {
  readonly kind: string;
  readonly id: string;
}
export const ref = (def: RecordDef<never> | RecordDef<unknown> | { kind: string }, id: string): Ref => ({
  kind: def.kind,
  id,
});
export const refKey = (r: Ref): string => `${r.kind}\u0000${r.id}`;

/** One change a decision makes. `body: null` deletes. */
export interface Write {
  readonly kind: string;
  readonly id: string;
  readonly body: unknown;
}
export function put<B>(def: RecordDef<B>, id: string, body: B): Write {
  return { kind: def.kind, id, body };
}
export function remove(def: { kind: string }, id: string): Write {
  return { kind: def.kind, id, body: null };
}

/** What `decide` reads: bodies of records named by `reads`, nothing else. */
export interface StateReader {
  get<B>(def: RecordDef<B>, id: string): B | undefined;
}

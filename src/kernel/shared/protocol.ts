import * as v from 'valibot';
import { UUID } from './ids';

/**
 * The wire. A test fingerprints every schema here and every record and command schema; changing one without raising a
 * version fails (architecture.md §4).
 * History: 1 — first form.
 */
export const PROTOCOL = 1;

export const LIMITS = {
  /** Request body of a sync call, bytes before decompression is refused anyway. */
  bodyBytes: 1_000_000,
  commandsPerPush: 200,
  jsonDepth: 32,
  changesPerPage: 1_000,
} as const;

const short = v.pipe(v.string(), v.maxLength(200));
const instant = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(8_640_000_000_000_000));

/** One command as a phone sends it. `at` and `mono` are claims; `beacon` is the last signed server time the phone saw. */
export const envelopeSchema = v.strictObject({
  id: v.pipe(v.string(), v.regex(UUID)),
  /** Per-device number, from 1. */
  seq: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(Number.MAX_SAFE_INTEGER)),
  name: short,
  args: v.unknown(),
  /** Device wall clock when the person acted, ms. */
  at: instant,
  /** Milliseconds of the monotonic clock between `beacon` and the act, or null when the page was reloaded since. */
  mono: v.nullable(v.pipe(v.number(), v.minValue(0))),
  beacon: v.nullable(short),
});
export type Envelope = v.InferOutput<typeof envelopeSchema>;

export const syncRequestSchema = v.strictObject({
  protocol: v.number(),
  device: v.pipe(v.string(), v.regex(UUID)),
  build: short,
  /** Whose outbox this is: the server refuses the push when the session is somebody else's. */
  person: short,
  cursor: v.nullable(short),
  commands: v.pipe(v.array(envelopeSchema), v.maxLength(LIMITS.commandsPerPush)),
});
export type SyncRequest = v.InferOutput<typeof syncRequestSchema>;

export const resultSchema = v.object({
  id: v.string(),
  outcome: v.picklist(['accepted', 'refused', 'stuck']),
  /** Place in the school's command log, when accepted. */
  seq: v.nullable(v.number()),
  code: v.nullable(v.string()),
  details: v.nullable(v.record(v.string(), v.unknown())),
});
export type CommandResult = v.InferOutput<typeof resultSchema>;

/** A changed record; `body: null` means gone for this person (deleted, or no longer theirs to read). */
export const changeSchema = v.object({
  kind: v.string(),
  id: v.string(),
  seq: v.number(),
  version: v.number(),
  body: v.unknown(),
});
export type Change = v.InferOutput<typeof changeSchema>;

/** A changed measure: `[name, scope, day, value]`. */
export const measureRowSchema = v.tuple([v.string(), v.string(), v.string(), v.number()]);
export type MeasureRow = v.InferOutput<typeof measureRowSchema>;

export const syncResponseSchema = v.object({
  protocol: v.number(),
  results: v.array(resultSchema),
  /** True when the phone's copy is of another server epoch or of other rights: this page starts a fresh copy. */
  reset: v.boolean(),
  changes: v.array(changeSchema),
  measures: v.array(measureRowSchema),
  cursor: v.string(),
  more: v.boolean(),
  serverTime: v.number(),
  beacon: v.string(),
});
export type SyncResponse = v.InferOutput<typeof syncResponseSchema>;

/** RFC 9457 problem body of every non-2xx answer. */
export const problemSchema = v.object({
  type: v.string(),
  title: v.string(),
  status: v.number(),
  code: v.string(),
  detail: v.optional(v.string()),
});
export type Problem = v.InferOutput<typeof problemSchema>;

/** Who is signed in, as the server tells the phone; kept on the device so that the app opens offline. */
export const sessionSchema = v.object({
  school: v.object({ id: v.string(), name: v.string(), zone: v.string(), example: v.boolean() }),
  person: v.object({ id: v.string(), name: v.string() }),
  account: v.string(),
});
export type Session = v.InferOutput<typeof sessionSchema>;

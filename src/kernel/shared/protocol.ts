import * as v from 'valibot';
import { UUID } from './ids';

/**
 * The wire. A test fingerprints every schema here and every record and command schema; changing one without raising a
 * version fails (architecture.md §4).
 * History: 1 — first form.
 */
export const PROTOCOL = 1;

export const LIMITS = {
  /** Bytes of a request body, and what a packed one may become: a push of a thousand offline records needs two. */
  bodyBytes: 1_000_000,
  commandsPerPush: 500,
  jsonDepth: 32,
  changesPerPage: 1_000,
} as const;

const short = v.pipe(v.string(), v.maxLength(200));
/** Any moment JavaScript can name: a phone that believes it is 1970, or before it, is heard like any other (rule 27). */
const instant = v.pipe(
  v.number(),
  v.integer(),
  v.minValue(-8_640_000_000_000_000),
  v.maxValue(8_640_000_000_000_000),
);

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
  mono: v.nullable(v.pipe(v.number(), v.minValue(0), v.maxValue(8_640_000_000_000_000))),
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
  /**
   * False: only the results are wanted now, and the phone asks again at once. A large push is acknowledged before what it
   * changed is on its way back. The answer then has no changes, the same cursor and `more`.
   */
  pull: v.optional(v.boolean()),
  commands: v.pipe(v.array(envelopeSchema), v.maxLength(LIMITS.commandsPerPush)),
  /**
   * How many commands of this outbox stay behind after this request, and when the oldest of them was made. Left out while
   * the number is the one the server already has: then it need not write anything (reliability.md rule 42).
   */
  unsent: v.optional(
    v.strictObject({
      count: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1_000_000)),
      oldest: v.nullable(instant),
    }),
  ),
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
  /**
   * Identity of the server's history. A phone that knew another one offers again what it had been told was accepted
   * (reliability.md rule 20): a restored server may have forgotten it.
   */
  epoch: v.string(),
  /** `cloned`: two phones use this device name (a copied phone, say). The one that hears it takes a new name. */
  device: v.picklist(['ok', 'cloned']),
  results: v.array(resultSchema),
  /** What the school signs for the results (`receipt.ts`); null when nothing was pushed. The phone keeps it with the entries. */
  receipt: v.nullish(v.string()),
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

/** What other phones of the same person said, at their last contact, that they still held. Answer of `GET /api/devices`. */
export const heldElsewhereSchema = v.array(
  v.object({
    device: v.string(),
    count: v.number(),
    oldest: v.nullable(v.number()),
    /** When the server heard it, ms. */
    reportedAt: v.number(),
  }),
);
export type HeldElsewhere = v.InferOutput<typeof heldElsewhereSchema>;

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
  school: v.object({
    id: v.string(),
    name: v.string(),
    zone: v.string(),
    example: v.boolean(),
    /** Public key the school signs receipts with, base64url. Kept from here on: a receipt is checked without the server. */
    key: v.optional(v.string()),
  }),
  person: v.object({ id: v.string(), name: v.string() }),
  account: v.string(),
});
export type Session = v.InferOutput<typeof sessionSchema>;

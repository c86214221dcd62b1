import * as v from 'valibot';
import { UUID } from './ids';

/** The wire of server drafts: half-written texts that their author alone can see, on any of their devices. */
export const DRAFT_LIMITS = {
  /** UTF-8 bytes of one text. What is sent while a page closes may not be longer (fetch `keepalive`: 64 KiB). */
  bytes: 60_000,
  /** Texts one person may have at once. */
  count: 100,
} as const;

const key = v.pipe(v.string(), v.minLength(1), v.maxLength(200));
const person = v.pipe(v.string(), v.maxLength(200));
const version = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(Number.MAX_SAFE_INTEGER));

/** Which one, and whose the phone believes it is: the answer is refused when the session is somebody else's. */
export const askDraftSchema = v.strictObject({ person, key });

export const saveDraftSchema = v.strictObject({
  person,
  key,
  device: v.pipe(v.string(), v.regex(UUID)),
  /** The server's version this text grew from; 0 = none was known. */
  base: version,
  /** Numbers this device's saves of this text, so that one that was long on its way never lands on a later one. */
  edit: version,
  /** Any JSON; null = done with it, forget it. */
  body: v.unknown(),
});
export type SaveDraft = v.InferOutput<typeof saveDraftSchema>;

export const serverDraftSchema = v.object({
  version: v.number(),
  /** Null: its author is done with it, here or on another device. */
  body: v.unknown(),
  /** Server time, ms. */
  updatedAt: v.number(),
  /** Who saved it, and that device's number of the save. */
  device: v.string(),
  edit: v.number(),
  /** Print of the last save of each device that this text grew from: a device that never heard its answer finds its own there. */
  prints: v.record(v.string(), v.string()),
});
export type ServerDraft = v.InferOutput<typeof serverDraftSchema>;

/** Answer of `GET /api/drafts`: null when there is none. */
export const draftAnswerSchema = v.object({ draft: v.nullable(serverDraftSchema) });

/** Answer of `PUT /api/drafts`. Not saved: another device was there meanwhile, and this is what it left. */
export const savedDraftSchema = v.union([
  v.object({ saved: v.literal(true), version: v.number(), updatedAt: v.number() }),
  v.object({ saved: v.literal(false), draft: v.nullable(serverDraftSchema) }),
]);
export type SavedDraft = v.InferOutput<typeof savedDraftSchema>;

/** 53 bits of a text, the same on phone and server (cyrb53). Tells a person's own texts apart; no secret hangs on it. */
export function printOf(text: string): string {
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    a = Math.imul(a ^ c, 2_654_435_761);
    b = Math.imul(b ^ c, 1_597_334_677);
  }
  a = Math.imul(a ^ (a >>> 16), 2_246_822_507) ^ Math.imul(b ^ (b >>> 13), 3_266_489_909);
  b = Math.imul(b ^ (b >>> 16), 2_246_822_507) ^ Math.imul(a ^ (a >>> 13), 3_266_489_909);
  return (4_294_967_296 * (2_097_151 & b) + (a >>> 0)).toString(36);
}

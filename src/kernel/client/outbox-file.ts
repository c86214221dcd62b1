import type { Transaction } from 'dexie';
import * as v from 'valibot';
import { envelopeSchema } from '@kernel/shared/protocol';
import type { Instant } from '@kernel/shared/time';
import { COMMAND_BYTES, FRESH } from './outbox';
import type { OpenPerson } from './open-person';
import type { OutboxEntry } from './person-db';
import { UNSENT, needsAttention } from './person-db';
import { jsonBytes, plain } from './plain';
import { withRoom } from './reserve';
import { steady } from './steady';
import { PATIENCE_MS, undoneIfLate, within } from './within';

const VERSION = 1;
/** A thousand entries on an old phone take a moment, ms. */
const IMPORT_MS = 15_000;

const headSchema = v.object({
  format: v.literal('qing-outbox'),
  version: v.number(),
  school: v.string(),
  schoolName: v.string(),
  person: v.string(),
  name: v.string(),
  exportedAt: v.number(),
  count: v.number(),
});

/** An act that is only on this phone, as it leaves the queue and comes back. */
export const actSchema = v.object({
  ...envelopeSchema.entries,
  createdAt: v.number(),
  state: v.picklist(['waiting', 'sent', 'refused', 'stuck']),
  code: v.nullable(v.string()),
  details: v.nullable(v.record(v.string(), v.unknown())),
});
type Act = v.InferOutput<typeof actSchema>;

const entrySchema = v.object({
  ...actSchema.entries,
  /** Over everything before it: a flipped letter in a teacher's words must not pass for hers. */
  sum: v.string(),
});
type FileEntry = v.InferOutput<typeof entrySchema>;

/**
 * What the server does not have, what it turned down and nobody has dealt with, and what this phone could not even keep: the
 * part that exists only here. One entry a line, so that a file that was cut off still gives back what is whole in it.
 */
export async function exportQueue(open: OpenPerson, now: Instant): Promise<Blob> {
  const { db } = open;
  const stored = await within(
    PATIENCE_MS,
    steady(db, () => db.outbox.orderBy('seq').toArray()),
  );
  const mine = stored.filter((e) => UNSENT.includes(e.state) || needsAttention(e)).map(lineOf);
  return fileOf(open, now, [...mine, ...inMemory(open)]);
}

/** For a phone whose storage cannot be read just now: what is in this page's memory still gets out. */
export function exportUnkept(open: OpenPerson, now: Instant): Blob {
  return fileOf(open, now, inMemory(open));
}

const inMemory = ({ outbox }: OpenPerson): string[] =>
  outbox.unkept.list.map((u) => lineOf({ ...FRESH, ...u, seq: 1, createdAt: u.at }));

function fileOf({ session }: OpenPerson, now: Instant, entries: readonly string[]): Blob {
  const head: v.InferOutput<typeof headSchema> = {
    format: 'qing-outbox',
    version: VERSION,
    school: session.school.id,
    schoolName: session.school.name,
    person: session.person.id,
    name: session.person.name,
    exportedAt: now,
    count: entries.length,
  };
  const text = `${JSON.stringify(head).slice(0, -1)},"entries":[\n${entries.join(',\n')}\n]}\n`;
  return new Blob([text], { type: 'application/json' });
}

/**
 * `unreadable` not such a file · `newer` written by a newer build · `otherPerson`, `otherSchool` somebody else's · `notKept`
 * this phone could not store it.
 */
export type ImportKind = 'read' | 'unreadable' | 'newer' | 'otherPerson' | 'otherSchool' | 'notKept';

export interface Imported {
  readonly kind: ImportKind;
  readonly added: number;
  /** Already on this phone. */
  readonly known: number;
  /** Missing or damaged in the file; the others were read all the same. */
  readonly damaged: number;
  /** Whose file it is, when it is one. */
  readonly owner: string | null;
}

/**
 * Puts exported commands behind this phone's own, under their old ids: should the server have one after all, it says so
 * and nothing happens twice. The signed time goes with them: it was given to the person, and what was in time stays in time.
 */
export async function importQueue(open: OpenPerson, now: Instant, file: Blob): Promise<Imported> {
  const { session, sync } = open;
  const found = read(await file.text());
  const nothing = { added: 0, known: 0, damaged: 0 };
  if (!found) return { kind: 'unreadable', ...nothing, owner: null };
  const { head, entries } = found;
  const owner = `${head.schoolName} ${head.name}`;
  if (head.version > VERSION) return { kind: 'newer', ...nothing, owner };
  if (head.school !== session.school.id) return { kind: 'otherSchool', ...nothing, owner };
  if (head.person !== session.person.id) return { kind: 'otherPerson', ...nothing, owner };
  try {
    const added = await addToQueue(open, entries, now);
    const known = entries.length - added;
    if (added > 0) void sync.now('save');
    return { kind: 'read', added, known, damaged: Math.max(0, head.count - entries.length), owner };
  } catch {
    return { kind: 'notKept', ...nothing, owner };
  }
}

/** Behind what is there, under their own ids; what is there already stays. @returns how many were new */
export async function addToQueue(
  { db, reserve }: Pick<OpenPerson, 'db' | 'reserve'>,
  entries: readonly Act[],
  now: Instant,
): Promise<number> {
  const once = (hold: (tx: Transaction) => void) =>
    steady(db, () =>
      db.transaction('rw', db.outbox, db.meta, async (tx) => {
        hold(tx);
        const known = await db.outbox
          .where('id')
          .anyOf(entries.map((e) => e.id))
          .toArray();
        const fresh = entries.filter((e) => !known.some((k) => k.id === e.id));
        const first = (await db.read('nextSeq')) ?? 1;
        await db.outbox.bulkAdd(fresh.map((e, i) => entryOf(e, first + i, now)));
        await db.write('nextSeq', first + fresh.length);
        await db.write('rebaseDue', true);
        return fresh.length;
      }),
    );
  return undoneIfLate(IMPORT_MS, (hold) => withRoom(reserve, () => once(hold)));
}

function entryOf(e: Act, seq: number, now: Instant): OutboxEntry {
  const { id, name, at, mono, beacon, createdAt, state, code, details } = e;
  const act = { seq, id, name, args: plain(e.args), at, mono, beacon, createdAt };
  const turnedDown = state === 'refused' || state === 'stuck';
  return turnedDown ? { ...FRESH, ...act, state, code, details, settledAt: now } : { ...FRESH, ...act };
}

function lineOf({
  id,
  seq,
  name,
  args,
  at,
  mono,
  beacon,
  createdAt,
  state,
  code,
  details,
}: OutboxEntry): string {
  const entry = { ...{ id, seq, name, args, at, mono, beacon, createdAt, state, code, details } };
  return JSON.stringify({ ...entry, sum: crc32(JSON.stringify(entry)) });
}

/** The head and every whole entry; null when it is no file of ours. */
function read(text: string): { head: v.InferOutput<typeof headSchema>; entries: FileEntry[] } | null {
  const { head, raws } = pieces(text.replace(/^\ufeff/, ''));
  const parsed = v.safeParse(headSchema, head);
  if (!parsed.success) return null;
  const entries = new Map<string, FileEntry>();
  for (const raw of raws) {
    const entry = v.safeParse(entrySchema, raw);
    if (!entry.success || entries.has(entry.output.id)) continue;
    const { sum, ...said } = raw as FileEntry;
    if (sum === crc32(JSON.stringify(said)) && jsonBytes(said.args) <= COMMAND_BYTES)
      entries.set(said.id, entry.output);
  }
  return { head: parsed.output, entries: [...entries.values()] };
}

/** Whole, however it was laid out since; or, when it was cut off or damaged, line by line. */
function pieces(text: string): { head: unknown; raws: readonly unknown[] } {
  const whole = jsonOrNull(text) as { entries?: unknown } | null;
  if (whole) return { head: whole, raws: Array.isArray(whole.entries) ? (whole.entries as unknown[]) : [] };
  const [first = '', ...lines] = text.split(/\r?\n/);
  return { head: jsonOrNull(`${first}]}`), raws: lines.map((line) => jsonOrNull(line.replace(/,\s*$/, ''))) };
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

const encoder = new TextEncoder();

/** CRC-32 (IEEE), hex: found where one is wrong, no protection against anybody who means it. */
function crc32(text: string): string {
  let crc = ~0;
  for (const byte of encoder.encode(text)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (~crc >>> 0).toString(16).padStart(8, '0');
}

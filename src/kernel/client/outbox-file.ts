import * as v from 'valibot';
import { envelopeSchema } from '@kernel/shared/protocol';
import type { Instant } from '@kernel/shared/time';
import type { OpenPerson } from './open-person';
import type { OutboxEntry } from './person-db';
import { UNSENT, needsAttention } from './person-db';

const fileSchema = v.object({
  format: v.literal('qing-outbox'),
  version: v.literal(1),
  school: v.string(),
  person: v.string(),
  name: v.string(),
  exportedAt: v.number(),
  entries: v.array(
    v.object({
      ...envelopeSchema.entries,
      createdAt: v.number(),
      state: v.picklist(['waiting', 'sent', 'refused', 'stuck']),
      code: v.nullable(v.string()),
      details: v.nullable(v.record(v.string(), v.unknown())),
    }),
  ),
});

/** What the server does not have, and what it turned down and nobody has dealt with: the part that exists only here. */
export async function exportQueue({ db, session }: OpenPerson, now: Instant): Promise<Blob> {
  const all = await db.outbox.orderBy('seq').toArray();
  const entries = all.filter((e) => UNSENT.includes(e.state) || needsAttention(e));
  const file = {
    format: 'qing-outbox',
    version: 1,
    school: session.school.id,
    person: session.person.id,
    name: session.person.name,
    exportedAt: now,
    entries: entries.map(({ id, seq, name, args, at, mono, beacon, createdAt, state, code, details }) => ({
      ...{ id, seq, name, args, at, mono, beacon, createdAt, state, code, details },
    })),
  };
  return new Blob([JSON.stringify(file, null, 1)], { type: 'application/json' });
}

export interface Imported {
  readonly kind: 'read' | 'unreadable' | 'otherPerson';
  readonly added: number;
  /** Already on this phone. */
  readonly known: number;
}

/**
 * Puts exported commands behind this phone's own, under their old ids: should the server have one after all, it says so
 * and nothing happens twice. The beacon was made for another outbox and means nothing here.
 */
export async function importQueue(
  { db, session, sync }: OpenPerson,
  now: Instant,
  file: Blob,
): Promise<Imported> {
  const parsed = v.safeParse(fileSchema, jsonOrNull(await file.text()));
  if (!parsed.success) return { kind: 'unreadable', added: 0, known: 0 };
  const { school, person, entries } = parsed.output;
  if (school !== session.school.id || person !== session.person.id)
    return { kind: 'otherPerson', added: 0, known: 0 };
  let added = 0;
  await db.transaction('rw', db.outbox, db.meta, async () => {
    for (const e of entries) {
      if (await db.outbox.where('id').equals(e.id).first()) continue;
      const seq = (await db.read('nextSeq')) ?? 1;
      await db.write('nextSeq', seq + 1);
      const turnedDown = e.state === 'refused' || e.state === 'stuck';
      const entry: OutboxEntry = {
        ...{
          seq,
          id: e.id,
          name: e.name,
          args: e.args,
          at: e.at,
          mono: null,
          beacon: null,
          createdAt: e.createdAt,
        },
        ...{ state: turnedDown ? e.state : 'waiting', code: e.code, details: e.details, foreseen: null },
        ...{
          settledAt: turnedDown ? now : null,
          attempts: 0,
          closed: null,
          closedAt: null,
          replacedBy: null,
        },
      };
      await db.outbox.add(entry);
      added++;
    }
    await db.write('rebaseDue', true);
  });
  void sync.now('save');
  return { kind: 'read', added, known: entries.length - added };
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

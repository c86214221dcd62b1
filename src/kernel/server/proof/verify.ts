import type { Kysely } from 'kysely';
import { readSigned } from '@kernel/shared/receipt';
import { must } from '@kernel/shared/refusal';
import type { Tables } from '../store/tables';
import type { Anchors, ReadAnchors } from './anchors';
import { signatureHolds } from './check-signature';
import { logOf } from './read-log';
import type { Broken, Walked } from './walk';
import { walkChain } from './walk';

export interface VerifiedSchool extends Walked {
  readonly id: string;
  readonly name: string;
  readonly example: boolean;
  /** Daily heads of the database itself that were compared. */
  readonly dailyHeads: number;
  /** Daily heads whose signature is not one of the school's keys': somebody wrote into that table. */
  readonly forgedHeads: readonly string[];
  /** Heads and entries from outside that were compared. */
  readonly anchors: number;
  /** Keys of those that the school's list does not have: made by somebody else, or the list was changed. */
  readonly foreignKeys: readonly string[];
  /** Records that cannot be read, when that was asked for. */
  readonly badRecords: readonly string[];
}

export interface VerifyOptions {
  /** Only this school. */
  readonly school?: string;
  readonly anchors?: ReadAnchors;
  /** Also read every record. */
  readonly records?: boolean;
}

/**
 * Walks the command log of every school, with the daily heads beside it and what was brought from outside. Reads only, in pages;
 * a server may be running: what it adds meanwhile is left for the next time.
 */
export async function* verifyDatabase(
  db: Kysely<Tables>,
  options: VerifyOptions = {},
): AsyncGenerator<VerifiedSchool> {
  const schools = await db
    .selectFrom('school')
    .select(['id', 'name', 'example', 'log', 'head'])
    .$if(options.school !== undefined, (q) => q.where('id', '=', options.school!))
    .orderBy('created_at')
    .orderBy('id')
    .execute();
  // A line from paper names no school: it means the only one asked for, or the only real one.
  const real = schools.filter((s) => Number(s.example) === 0);
  const meant = schools.length === 1 ? schools[0] : real.length === 1 ? real[0] : undefined;
  for (const school of schools) {
    const counter = { log: Number(school.log), head: school.head };
    const daily = await dailyHeads(db, school.id);
    const outside = forSchool(options.anchors, school.id, school === meant);
    const anchors = { heads: [...daily.heads, ...outside.heads], entries: outside.entries };
    const upTo = logOf(db, school.id);
    const walked = await walkChain(
      school.id,
      // What a running server wrote since the counter was read is not looked at: its end is not known here.
      async (after, limit) => (await upTo(after, limit)).filter((e) => e.log <= counter.log),
      counter,
      anchors,
    );
    const behind = walked.broken ?? (await behindTheEnd(db, school.id));
    yield {
      ...walked,
      broken: behind,
      id: school.id,
      name: school.name,
      example: Number(school.example) === 1,
      dailyHeads: daily.heads.length,
      forgedHeads: daily.forged,
      anchors: outside.heads.length + outside.entries.length,
      foreignKeys: (options.anchors?.keys ?? [])
        .filter((k) => k.school === school.id && !daily.keys.includes(k.key))
        .map((k) => k.key),
      badRecords: options.records ? await unreadable(db, school.id) : [],
    };
  }
}

/** Entries behind the end that the counter names, in one statement, so that a server at work is not mistaken for one. */
async function behindTheEnd(db: Kysely<Tables>, school: string): Promise<Broken | null> {
  const row = await db
    .selectFrom('command')
    .innerJoin('school', 'school.id', 'command.school')
    .select(['command.log', 'command.id'])
    .where('command.school', '=', school)
    .whereRef('command.log', '>', 'school.log')
    .orderBy('command.log')
    .limit(1)
    .executeTakeFirst();
  return row ? { log: Number(row.log), id: row.id, what: 'tail' } : null;
}

function forSchool(read: ReadAnchors | undefined, school: string, meant: boolean): Anchors {
  if (!read) return { heads: [], entries: [] };
  const named = read.schools.includes(school);
  return {
    heads: read.heads.filter((h) => (h.source === 'paper' ? meant : named)),
    entries: named ? read.entries : [],
  };
}

async function dailyHeads(
  db: Kysely<Tables>,
  school: string,
): Promise<Anchors & { forged: string[]; keys: string[] }> {
  const keys = await db.selectFrom('school_key').select('key').where('school', '=', school).execute();
  const rows = await db
    .selectFrom('chain_head')
    .select(['day', 'text'])
    .where('school', '=', school)
    .orderBy('day')
    .execute();
  const forged: string[] = [];
  const heads = rows.flatMap(({ day, text }) => {
    const signed = readSigned(text);
    const ours =
      signed !== null &&
      signed.school === school &&
      signed.day === day &&
      keys.some((k) => k.key === signed.key);
    if (!ours || !signatureHolds(must(signed, 'read above'))) {
      forged.push(day);
      return [];
    }
    return [{ ...signed.head, source: `daily head of ${day}` }];
  });
  return { heads, entries: [], forged, keys: keys.map((k) => k.key) };
}

/** Records whose body is no JSON, or that stand behind the end of the feed. */
async function unreadable(db: Kysely<Tables>, school: string): Promise<string[]> {
  const bad: string[] = [];
  const { seq } = await db
    .selectFrom('school')
    .select('seq')
    .where('id', '=', school)
    .executeTakeFirstOrThrow();
  let after = { kind: '', id: '' };
  for (;;) {
    const { kind, id } = after;
    const rows = await db
      .selectFrom('record')
      .select(['kind', 'id', 'seq', 'body'])
      .where('school', '=', school)
      .where((e) => e.or([e('kind', '>', kind), e.and([e('kind', '=', kind), e('id', '>', id)])]))
      .orderBy('kind')
      .orderBy('id')
      .limit(1_000)
      .execute();
    for (const row of rows)
      if (Number(row.seq) > Number(seq) || !isJson(row.body)) bad.push(`${row.kind}/${row.id}`);
    const last = rows[rows.length - 1];
    if (!last) return bad;
    after = last;
  }
}

function isJson(body: string | null): boolean {
  if (body === null) return true;
  try {
    JSON.parse(body);
    return true;
  } catch {
    return false;
  }
}

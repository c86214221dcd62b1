import type Database from 'better-sqlite3';
import type {
  Counter,
  FeedEntry,
  FeedMeasure,
  KnownCommand,
  PullPage,
  PullRequest,
  Sender,
  StoredRecord,
} from './store';

const COLUMNS = 'kind, id, version, seq, body, audience';

/** Statements of the path every push and pull takes, prepared once: building them anew took longer than running them. */
export function sqliteReads(db: Database.Database) {
  const counter = db.prepare<[string], Counter>('select seq, log, head from school where id = ?');
  const known = db.prepare<[string, string], KnownCommand>(
    `select id, digest, outcome, code, details, log, earliest, received, evidence, hash
     from command where school = ? and id = ?`,
  );
  const load = db.prepare<[string, string, string], StoredRecord>(
    `select ${COLUMNS} from record where school = ? and kind = ? and id = ?`,
  );
  const audiences = db.prepare<[string, number], { id: number; tags: string }>(
    'select id, tags from audience where school = ? and id > ? order by id',
  );
  const sender = db.prepare<[string, string], Sender>(
    'select device, seq from sender where school = ? and device = ?',
  );
  // `+` keeps the plan on the feed's own order: whole stretches of it are read, and what is not the reader's is left out.
  const entries = db.prepare<[string, number, string, number], FeedEntry>(
    `select f.seq, f.audience, f.gone, f.kind, f.id, coalesce(r.version, 0) as version, r.body
     from feed f left join record r on f.gone = 0 and r.school = f.school and r.kind = f.kind and r.id = f.id
     where f.school = ? and f.seq > ? and +f.audience in (select value from json_each(?)) and (f.gone = 1 or r.seq = f.seq)
     order by f.seq limit ?`,
  );
  // A reader oversees few scopes, often none or one: asked one after the other.
  const changedMeasures = db.prepare<[string, number, string, string, string, number], FeedMeasure>(
    `select name, scope, day, value, seq from measure
     where school = ? and seq > ? and (scope = ? or (scope >= ? and scope < ?)) order by seq limit ?`,
  );

  const measures = (r: Omit<PullRequest, 'audiences'>): FeedMeasure[] => {
    if (r.oversees.length === 1) return below(r, r.oversees[0]!);
    const found = new Map<number, FeedMeasure>();
    for (const scope of r.oversees) for (const m of below(r, scope)) found.set(m.seq, m);
    return [...found.values()].sort((a, b) => a.seq - b.seq).slice(0, r.limit);
  };
  const below = (r: Omit<PullRequest, 'audiences'>, scope: string): FeedMeasure[] =>
    changedMeasures.all(r.school, r.after, scope, `${scope}/`, `${scope}0`, r.limit);

  return {
    counter: (school: string) => counter.get(school) ?? null,
    known(school: string, ids: readonly string[]) {
      const out: KnownCommand[] = [];
      for (const id of ids) {
        const row = known.get(school, id);
        if (row) out.push(row);
      }
      return out;
    },
    load(school: string, refs: readonly { kind: string; id: string }[]) {
      const out: StoredRecord[] = [];
      for (const r of refs) {
        const row = load.get(school, r.kind, r.id);
        if (row) out.push(row);
      }
      return out;
    },
    audiences: (school: string, after: number) =>
      audiences.all(school, after).map((r) => ({ id: r.id, tags: r.tags.split('\n') })),
    senders(school: string, devices: readonly string[]) {
      const out: Sender[] = [];
      for (const device of devices) {
        const row = sender.get(school, device);
        if (row) out.push(row);
      }
      return out;
    },
    measures,
    async pull(request: PullRequest): Promise<PullPage> {
      const { school, after, limit } = request;
      // The counter is read first: rows that commit between the statements are then sent again, never skipped.
      const seq = counter.get(school)?.seq ?? 0;
      const sets = typeof request.audiences === 'function' ? await request.audiences() : request.audiences;
      if (sets.length === 0) return { entries: [], measures: [], seq };
      return {
        entries: entries.all(school, after, JSON.stringify(sets), limit),
        measures: measures(request),
        seq,
      };
    },
  };
}

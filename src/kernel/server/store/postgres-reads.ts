import type pg from 'pg';
import type {
  Counter,
  FeedEntry,
  FeedMeasure,
  KnownCommand,
  PullPage,
  PullRequest,
  Reads,
  Sender,
  Store,
  StoredRecord,
} from './store';

type Queryable = Pick<pg.Pool | pg.PoolClient, 'query'>;

/** The reads of every push and pull, as named statements that PostgreSQL plans once per connection. */
export function postgresReads(
  db: Queryable,
  lock: '' | 'for update' = '',
): Pick<Store, 'pull' | 'measures'> & { reads: Reads } {
  const rows = async <T>(name: string, text: string, values: unknown[]): Promise<T[]> =>
    (await (db as pg.Pool).query({ name, text, values })).rows as T[];
  const counter = async (school: string): Promise<Counter | null> => {
    const text = `select seq, log, head from school where id = $1 ${lock}`;
    return (await rows<Counter>(`counter ${lock}`, text, [school]))[0] ?? null;
  };

  const measures: Store['measures'] = async ({ school, oversees, after, limit }) =>
    oversees.length === 0
      ? []
      : rows<FeedMeasure>(
          'measures',
          `select name, scope, day, value, seq from measure m
           where school = $1 and seq > $2 and exists (select 1 from unnest($3::text[]) as s(scope)
             where m.scope = s.scope or (m.scope >= s.scope || '/' and m.scope < s.scope || '0'))
           order by seq limit $4`,
          [school, after, oversees, limit],
        );

  return {
    measures,
    reads: {
      counter,
      known: (school, ids) =>
        rows<KnownCommand>(
          'known',
          `select id, digest, outcome, code, details, log, earliest, received, evidence, hash
           from command where school = $1 and id = any($2)`,
          [school, ids],
        ),
      load: (school, refs) =>
        rows<StoredRecord>(
          'load',
          `select r.kind, r.id, r.version, r.seq, r.body, r.audience
           from unnest($2::text[], $3::text[]) as w(kind, id) join record r on r.school = $1 and r.kind = w.kind and r.id = w.id`,
          [school, refs.map((r) => r.kind), refs.map((r) => r.id)],
        ),
      audiences: async (school, after) =>
        (
          await rows<{ id: number; tags: string }>(
            'audiences',
            'select id, tags from audience where school = $1 and id > $2 order by id',
            [school, after],
          )
        ).map((r) => ({ id: r.id, tags: r.tags.split('\n') })),
      senders: (school, devices) =>
        rows<Sender>('senders', 'select device, seq from sender where school = $1 and device = any($2)', [
          school,
          devices,
        ]),
    },
    async pull({ school, audiences, oversees, after, limit }: PullRequest): Promise<PullPage> {
      // The counter is read first: rows that commit between the statements are then sent again, never skipped.
      const seq = (await counter(school))?.seq ?? 0;
      const sets = typeof audiences === 'function' ? await audiences() : audiences;
      if (sets.length === 0) return { entries: [], measures: [], seq };
      return {
        entries: await rows<FeedEntry>(
          'feed',
          `select f.seq, f.audience, f.gone, f.kind, f.id, coalesce(r.version, 0) as version, r.body
           from feed f left join record r on f.gone = 0 and r.school = f.school and r.kind = f.kind and r.id = f.id
           where f.school = $1 and f.audience = any($2::int[]) and f.seq > $3 and (f.gone = 1 or r.seq = f.seq)
           order by f.seq limit $4`,
          [school, sets, after, limit],
        ),
        measures: await measures({ school, oversees, after, limit }),
        seq,
      };
    },
  };
}

import type { Decided } from './store';

type ListName = 'log' | 'audiences' | 'records' | 'feed' | 'measures' | 'senders';

interface Into {
  readonly list: ListName;
  readonly table: string;
  /** Each column, its type, and the field its value is in when that has another name. */
  readonly columns: readonly (readonly [column: string, type: 'text' | 'int' | 'bigint', field?: string])[];
  readonly conflict?: string;
}

const INTO: readonly Into[] = [
  {
    list: 'log',
    table: 'command',
    columns: [
      ['id', 'text'],
      ['log', 'bigint'],
      ['device', 'text'],
      ['device_seq', 'bigint', 'deviceSeq'],
      ['actor', 'text'],
      ['name', 'text'],
      ['args', 'text'],
      ['at', 'bigint'],
      ['earliest', 'bigint'],
      ['received', 'bigint'],
      ['evidence', 'text'],
      ['digest', 'text'],
      ['outcome', 'text'],
      ['code', 'text'],
      ['details', 'text'],
      ['hash', 'text'],
    ],
  },
  {
    list: 'audiences',
    table: 'audience',
    columns: [
      ['id', 'int'],
      ['tags', 'text'],
    ],
  },
  {
    list: 'records',
    table: 'record',
    columns: [
      ['kind', 'text'],
      ['id', 'text'],
      ['version', 'int'],
      ['seq', 'bigint'],
      ['audience', 'int'],
      ['body', 'text'],
    ],
    conflict: `(school, kind, id) do update
      set version = excluded.version, seq = excluded.seq, audience = excluded.audience, body = excluded.body`,
  },
  {
    list: 'feed',
    table: 'feed',
    columns: [
      ['seq', 'bigint'],
      ['audience', 'int'],
      ['gone', 'int'],
      ['kind', 'text'],
      ['id', 'text'],
    ],
  },
  {
    list: 'measures',
    table: 'measure',
    columns: [
      ['name', 'text'],
      ['scope', 'text'],
      ['day', 'text'],
      ['value', 'bigint', 'delta'],
      ['seq', 'bigint'],
    ],
    conflict:
      '(school, day, scope, name) do update set value = measure.value + excluded.value, seq = excluded.seq',
  },
  {
    list: 'senders',
    table: 'sender',
    columns: [
      ['device', 'text'],
      ['seq', 'bigint'],
    ],
    conflict: '(school, device) do update set seq = excluded.seq',
  },
];

/** `$1` school, `$2`–`$4` the new counter, `$5`–`$7` the counter it was decided on, then a parameter for each column. */
const FIRST = 8;

/** Every list of a batch in one statement; `only` is a condition that holds for all of them or for none. */
function inserts(only: string): string {
  let n = FIRST;
  return INTO.map(({ list, table, columns, conflict }) => {
    const values = columns.map(([, type]) => `$${n++}::${type}[]`).join(', ');
    const names = columns.map(([column]) => column).join(', ');
    const upsert = conflict === undefined ? '' : `on conflict ${conflict}`;
    return `${list}_rows as (
      insert into ${table} (school, ${names}) select $1, * from unnest(${values}) ${only} ${upsert})`;
  }).join(',\n');
}

/**
 * A whole batch in one statement, which is one round trip and by itself a transaction. It answers no row when the counter is not
 * where it was: the row lock of `update` makes whoever comes second see the moved counter, and then nothing is inserted.
 */
const WRITE = `
with still as (
  update school set seq = $2, log = $3, head = $4 where id = $1 and seq = $5 and log = $6 and head = $7 returning id
), ${inserts('where exists (select 1 from still)')}
select id from still`;

export const writeStatement = ({ school, expected, batch }: Decided) => ({
  name: 'write',
  text: WRITE,
  values: [
    school,
    batch.counter.seq,
    batch.counter.log,
    batch.counter.head,
    expected.seq,
    expected.log,
    expected.head,
    ...INTO.flatMap(({ list, columns }) => columnsOf(batch[list], columns)),
  ],
});

function columnsOf(rows: readonly object[], columns: Into['columns']): unknown[][] {
  return columns.map(([column, , field]) =>
    rows.map((row) => {
      const value = (row as Readonly<Record<string, unknown>>)[field ?? column];
      // Tags are one text, here as on SQLite.
      return Array.isArray(value) ? value.join('\n') : value;
    }),
  );
}

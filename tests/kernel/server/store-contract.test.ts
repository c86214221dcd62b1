import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Dispatcher } from '@kernel/server/write/dispatcher';
import type { Incoming } from '@kernel/server/write/incoming';
import { readBody } from '@kernel/server/body';
import { contributions } from '@kernel/shared/measure';
import { dialects, freshDatabase, type TestDatabase } from '../../support/databases';
import { HandClock } from '../../support/clock';
import { shelf, tinyRegistry } from '../../support/tiny-registry';

const ZONE = 'Asia/Shanghai';
let serial = 0;
const idOf = (n: number): string => `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`;

describe.each(dialects)('the store contract on %s', (dialect) => {
  let db: TestDatabase;
  let dispatcher: Dispatcher;
  let defects: string[];
  const clock = new HandClock('2026-11-23', '07:05');

  const say = (actor: string, name: string, args: unknown, id = idOf(++serial)): Incoming => ({
    id,
    device: 'd1',
    deviceSeq: serial,
    actor,
    name,
    args,
    argsText: JSON.stringify(args),
    at: clock.now(),
    time: { earliest: clock.now(), latest: clock.now() },
  });
  const push = (school: string, ...commands: Incoming[]) => dispatcher.push(school, ZONE, commands);
  const place = (actor: string, s = 's1', id?: string) => say(actor, 'tiny.v1.place', { shelf: s }, id);

  beforeEach(async () => {
    db = await freshDatabase(dialect);
    defects = [];
    dispatcher = new Dispatcher({
      store: db.store,
      registry: tinyRegistry,
      clock,
      onDefect: (id) => defects.push(id),
    });
    for (const school of ['one', 'two']) {
      await db.store.createSchool({ id: school, name: school, zone: ZONE, example: false }, clock.now());
      await push(
        school,
        say('system', 'tiny.v1.grant', { person: 'lin', rooms: ['a'], reader: true }),
        say('system', 'tiny.v1.grant', { person: 'mei', rooms: ['a', 'b'], reader: true }),
      );
    }
  });
  afterEach(() => db.drop());

  const shelfOf = async (school: string, id = 's1') => {
    const [row] = await db.store.reads.load(school, [{ kind: 'tiny.shelf', id }]);
    return (
      row &&
      (readBody(tinyRegistry, row.kind, row.version, row.body) as { room: string; books: { by: string }[] })
    );
  };

  test('what was accepted is there after the server is opened again', async () => {
    const [result] = await push('one', place('lin'));
    expect(result).toMatchObject({ outcome: 'accepted', code: null });
    const again = await db.reopen();
    const [row] = await again.reads.load('one', [{ kind: 'tiny.shelf', id: 's1' }]);
    expect(JSON.parse(row!.body!)).toMatchObject({ books: [{ by: 'lin' }] });
    expect(again.epoch).toBe(db.store.epoch);
  });

  test('a command delivered again, alone or twice in one push, has one effect and the same answer', async () => {
    const first = place('lin');
    const [a, b] = await push('one', first, first);
    const [c] = await push('one', first);
    expect(b).toEqual(a);
    expect(c).toEqual(a);
    expect((await shelfOf('one'))!.books).toHaveLength(1);
  });

  test('the same id with other content is refused and the first stays', async () => {
    const first = place('lin');
    await push('one', first);
    const [again] = await push('one', { ...first, args: { shelf: 's9' }, argsText: '{"shelf":"s9"}' });
    expect(again).toMatchObject({ outcome: 'refused', code: 'kernel.idReused' });
    const [other] = await push('one', { ...first, actor: 'mei' });
    expect(other).toMatchObject({ outcome: 'refused', code: 'kernel.idReused' });
    expect(await shelfOf('one', 's9')).toBeUndefined();
  });

  test('the last place goes to whoever the server heard first, whatever the batching', async () => {
    const results = (
      await Promise.all([
        push('one', place('lin'), place('mei')),
        push('one', place('mei')),
        push('one', place('lin')),
        push('one', place('mei')),
      ])
    ).flat();
    expect(results.map((r) => r.outcome)).toEqual(['accepted', 'accepted', 'accepted', 'refused', 'refused']);
    expect(results[3]).toMatchObject({ code: 'tiny.full', details: { shelf: 's1' } });
    expect((await shelfOf('one'))!.books).toHaveLength(3);
  });

  test('a refusal writes nothing and the commands around it stand', async () => {
    const results = await push(
      'one',
      place('lin'),
      say('lin', 'tiny.v1.place', { shelf: 7 }),
      say('lin', 'tiny.v1.nonsense', {}),
      say('nobody', 'tiny.v1.place', { shelf: 's1' }),
      say('lin', 'tiny.v1.grant', { person: 'lin', rooms: ['z'], reader: true }),
      place('mei'),
    );
    expect(results.map((r) => r.code)).toEqual([
      null,
      'kernel.badArguments',
      'kernel.unknownCommand',
      'kernel.notAllowed',
      'kernel.notAllowed',
      null,
    ]);
    expect((await shelfOf('one'))!.books.map((b) => b.by)).toEqual(['lin', 'mei']);
  });

  test('a defect is parked as stuck and never silences the others', async () => {
    const bad = say('lin', 'tiny.v1.explode', {});
    const results = await push('one', place('lin'), bad, place('mei'));
    expect(results.map((r) => r.outcome)).toEqual(['accepted', 'stuck', 'accepted']);
    expect(defects).toEqual([bad.id]);
    expect((await shelfOf('one'))!.books).toHaveLength(2);
    expect((await push('one', bad))[0]).toMatchObject({ outcome: 'stuck' });
  });

  test('another school is another world', async () => {
    const command = place('lin');
    await push('one', command);
    expect(await shelfOf('two')).toBeUndefined();
    const [same] = await push('two', command);
    expect(same).toMatchObject({ outcome: 'accepted' });
    expect((await shelfOf('one'))!.books).toHaveLength(1);
  });

  test('the feed is gapless and in commit order while many write and one reads', async () => {
    const seen: number[] = [];
    let cursor = 0;
    let writing = true;
    const reader = (async () => {
      while (writing || seen.length === 0) {
        const sets = (await db.store.reads.audiences('one', 0)).map((s) => s.id);
        const page = await db.store.pull({
          school: 'one',
          audiences: sets,
          oversees: ['school'],
          after: cursor,
          limit: 7,
        });
        const rows = [...page.entries.map((r) => r.seq), ...page.measures.map((m) => m.seq)].sort(
          (a, b) => a - b,
        );
        for (const seq of rows) if (seq > cursor) seen.push(seq);
        cursor = Math.max(cursor, ...rows, 0);
        await new Promise((r) => setTimeout(r, 1));
      }
    })();
    await Promise.all(
      Array.from({ length: 60 }, (_, i) => push('one', place('lin', `s${i % 25}`), place('mei', `t${i}`))),
    );
    writing = false;
    await reader;
    const rows = await db.store.db.selectFrom('record').select('seq').where('school', '=', 'one').execute();
    const measures = await db.store.db
      .selectFrom('measure')
      .select('seq')
      .where('school', '=', 'one')
      .execute();
    const all = [...rows, ...measures].map((r) => r.seq);
    expect(new Set(all).size).toBe(all.length);
    const log = await db.store.db
      .selectFrom('command')
      .select('log')
      .where('school', '=', 'one')
      .orderBy('log')
      .execute();
    expect(log.map((l) => l.log)).toEqual(log.map((_, i) => i + 1));
  });

  test('measures equal a rebuild from the records', async () => {
    for (let i = 0; i < 30; i++)
      await push(
        'one',
        place('lin', `s${i % 7}`),
        say('mei', 'tiny.v1.move', { shelf: `s${i % 5}`, room: i % 2 ? 'a' : 'b' }),
      );
    await push('one', say('mei', 'tiny.v1.clear', { shelf: 's3' }));
    const rebuilt = new Map<string, number>();
    for (const row of await db.store.list('one', 'tiny.shelf', ''))
      contributions(tinyRegistry.measuresOf('tiny.shelf'), JSON.parse(row.body!), row.id, rebuilt, 1);
    const kept = await db.store.db.selectFrom('measure').selectAll().where('school', '=', 'one').execute();
    const stored = new Map(
      kept.filter((m) => m.value !== 0).map((m) => [`${m.name}|${m.scope}|${m.day}`, m.value]),
    );
    expect([...stored].sort()).toEqual([...rebuilt].filter(([, v]) => v !== 0).sort());
    expect(stored.get('tiny.booksPlaced|school|2026-11-23')).toBeGreaterThan(5);
  });

  test('every entry of the command log carries the hash of the one before', async () => {
    await push('one', place('lin'), place('mei'));
    const rows = await db.store.db
      .selectFrom('command')
      .select(['hash', 'log'])
      .where('school', '=', 'one')
      .orderBy('log')
      .execute();
    expect(new Set(rows.map((r) => r.hash)).size).toBe(rows.length);
    const head = await db.store.db
      .selectFrom('school')
      .select(['head', 'log'])
      .where('id', '=', 'one')
      .executeTakeFirstOrThrow();
    expect(head).toMatchObject({ head: rows.at(-1)!.hash, log: rows.length });
  });

  test('a record that leaves somebody’s audience is told to them once as gone', async () => {
    await push('one', place('lin'));
    await push('one', say('mei', 'tiny.v1.move', { shelf: 's1', room: 'b' }));
    const sets = await db.store.reads.audiences('one', 0);
    const lins = sets.filter((s) => s.tags.includes('room:a')).map((s) => s.id);
    const page = await db.store.pull({ school: 'one', audiences: lins, oversees: [], after: 1, limit: 100 });
    expect(page.entries.filter((e) => e.kind === shelf.kind)).toMatchObject([
      { kind: 'tiny.shelf', id: 's1', gone: 1, body: null },
    ]);
  });

  test('two servers on one database never give one number twice', async () => {
    if (dialect === 'sqlite') return; // one process owns the file; a second is refused (issue 3)
    const other = new Dispatcher({ store: await db.reopen(), registry: tinyRegistry, clock });
    const pushes = Array.from({ length: 40 }, (_, i) =>
      (i % 2 ? other : dispatcher).push('one', ZONE, [place(i % 3 ? 'lin' : 'mei', `w${i % 6}`)]),
    );
    const results = (await Promise.all(pushes)).flat();
    const accepted = results.filter((r) => r.outcome === 'accepted');
    const books = (await db.store.list('one', 'tiny.shelf', 'w')).flatMap(
      (r) => (JSON.parse(r.body!) as { books: unknown[] }).books,
    );
    expect(books).toHaveLength(accepted.length);
    expect(accepted).toHaveLength(18);
    const log = await db.store.db
      .selectFrom('command')
      .select('log')
      .where('school', '=', 'one')
      .orderBy('log')
      .execute();
    expect(log.map((l) => l.log)).toEqual(log.map((_, i) => i + 1));
  });
});

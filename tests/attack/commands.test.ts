import { createHash, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemId } from '@kernel/server/kernel';
import type { Incoming } from '@kernel/server/write/incoming';
import type { SyncResponse } from '@kernel/shared/protocol';
import type { ClassDay } from '@modules/homework';
import { dialects } from '../support/databases';
import { anEnvelope, aSync, httpWorld } from '../support/http-world';
import { smallSchool } from '../support/small-school';
import { tinyRegistry } from '../support/tiny-registry';
import { C1, C2, C3, homework, MONDAY, Town } from './town';

describe.each(dialects)('forged, replayed and permuted commands on %s', (dialect) => {
  let town: Town;
  beforeAll(async () => {
    town = await Town.begins(dialect);
  });
  afterAll(() => town.ends());

  test('nobody can take the deadline’s place by sending a command under its id', async () => {
    const classes = [C1, C2, C3];
    const print = createHash('sha256').update(JSON.stringify(classes)).digest('hex').slice(0, 24);
    const id = systemId(town.near, `homework.v1.closeDay|${MONDAY}|g7|${print}`);
    const taken = await town.sync('lin', {
      commands: [anEnvelope(town.now, 'homework.v1.excuse', {}, { id })],
    });
    expect(taken.statusCode).toBe(400);
    expect(await town.world.db.store.knownIds(town.near, [id])).toEqual([]);
    await town.itIs('09:00');
    // The very id the attacker had reckoned out is the one the school used.
    expect(await town.world.db.store.knownIds(town.near, [id])).toEqual([id]);
    const day = await town.record<ClassDay>('homework.classDay', `${C1}|${MONDAY}`);
    expect(day.board.state).toBe('late');
    await town.itIs('07:05', '2026-11-24');
  });

  test('what only the school itself may say is refused from every person, whatever the arguments', async () => {
    const said: [string, unknown][] = [
      ['homework.v1.closeDay', { date: MONDAY, classes: [C1] }],
      ['homework.v1.openDay', { date: MONDAY, classes: [] }],
      ['org.v1.applyImport', smallSchool()],
      ['org.v1.applyImport', 'nonsense'],
      ['org.v1.addAdmin', { person: 'lin', create: null }],
    ];
    for (const who of ['lin', 'xu', 'tang'] as const)
      for (const [name, args] of said)
        expect(await town.does(who, name, args)).toMatchObject({
          outcome: 'refused',
          code: 'kernel.notAllowed',
        });
  });

  test('nobody speaks as the system: not in the person field, not by an account', async () => {
    const answer = await town.sync('lin', { person: 'system' });
    expect(answer.statusCode).toBe(409);
    await expect(
      town.world.kernel.auth.createAccount({
        school: town.near,
        person: 'system',
        account: 'the.system',
        password: 'a long password',
        name: 'x',
      }),
    ).rejects.toThrow('defect');
  });

  test('one id twice in one push: the second content is neither done nor hidden behind the first one’s log entry', async () => {
    const date = '2026-11-25';
    const first = anEnvelope(town.now, 'homework.v1.excuse', { class: C2, subject: 'math', date });
    const second = { ...first, name: 'homework.v1.assign', args: homework([C1], { date }) };
    const answer = await town.sync('lin', { commands: [first, second] });
    expect(answer.json<SyncResponse>().results).toMatchObject([
      { outcome: 'accepted' },
      { outcome: 'refused', code: 'kernel.idReused' },
    ]);
    expect(await town.record('homework.item', first.id)).toBeNull();
    const day = await town.record<ClassDay>('homework.classDay', `${C2}|${date}`);
    expect(day.expected.find((e) => e.subject === 'math')?.state).toBe('excused');
  });

  test('one id from two people in one transaction: each is judged as itself', async () => {
    const date = '2026-11-26';
    const id = anEnvelope(town.now, 'x', {}).id;
    const mine = anEnvelope(town.now, 'homework.v1.assign', homework([C1], { date }), { id });
    const theirs = anEnvelope(town.now, 'homework.v1.assign', homework([C1], { date, subject: 'chinese' }), {
      id,
    });
    await town.cookie('lin');
    await town.cookie('mei');
    const [a, b] = await Promise.all([
      town.sync('lin', { commands: [mine] }),
      town.sync('mei', { commands: [theirs] }),
    ]);
    const outcomes = [a, b].map((r) => r.json<SyncResponse>().results[0]!.outcome);
    expect(outcomes.sort()).toEqual(['accepted', 'refused']);
    const [log] = await town.world.db.store.db
      .selectFrom('command')
      .select(['actor', 'args'])
      .where('id', '=', id)
      .execute();
    const item = await town.record<{ author: string; subject: string }>('homework.item', id);
    expect(item.author).toBe(log!.actor);
    expect(item.subject).toBe((JSON.parse(log!.args) as { subject: string }).subject);
  });

  test('a colleague’s command id, read from the record it made, gives no answer and no change', async () => {
    const date = '2026-11-27';
    const id = await town.do('lin', 'homework.v1.assign', homework([C1], { date }));
    const before = await town.record('homework.item', id);
    for (const args of [homework([C1], { date }), { item: id }])
      expect(await town.does('mei', 'homework.v1.assign', args, { id })).toEqual({
        id,
        outcome: 'refused',
        seq: null,
        code: 'kernel.idReused',
        details: null,
      });
    expect(await town.record('homework.item', id)).toEqual(before);
  });

  test('the same id in another school is another command', async () => {
    const date = '2026-11-27';
    const id = await town.do('mei', 'homework.v1.assign', homework([C2], { date, subject: 'chinese' }));
    const there = await town.does(
      'mei',
      'homework.v1.assign',
      homework([C2], { date, subject: 'chinese' }),
      { id },
      town.far,
    );
    expect(there.outcome).toBe('accepted');
  });

  test('a push played again any number of times, in any order, has its effect once', async () => {
    const date = '2026-11-30';
    const commands = [
      anEnvelope(town.now, 'homework.v1.assign', homework([C1], { date })),
      anEnvelope(town.now, 'homework.v1.assign', homework([C2], { date })),
    ];
    const runs = await Promise.all(
      [commands, [...commands].reverse(), commands, [...commands, ...commands]].map((list) =>
        town.sync('lin', { commands: list }),
      ),
    );
    for (const r of runs)
      for (const result of r.json<SyncResponse>().results) expect(result.outcome).toBe('accepted');
    const day = await town.record<ClassDay>('homework.classDay', `${C1}|${date}`);
    expect(day.entries).toHaveLength(1);
  });

  test('odd values arrive as plain values or not at all, on both databases', async () => {
    const raw = async (text: string) => town.post('/api/sync', text, await town.cookie('lin'));
    const body = (over: string, tail = '') =>
      JSON.stringify(aSync({ person: 'lin', commands: [anEnvelope(town.now, 'homework.v1.withdraw', {})] }))
        .replace('"args":{}', over)
        .replace(/\}$/, `${tail}}`);
    const cases: [string, string, number][] = [
      ['minus zero', body('"args":{},"at":-0').replace(/,"at":\d+/, ''), 200],
      ['twice the same key', body('"args":{"item":1},"args":{"item":2}'), 200],
      ['a prototype in the arguments', body('"args":{"__proto__":{"item":"x"}}'), 400],
      ['a prototype in escapes', body('"args":{"\\u005f_proto__":{"item":"x"}}'), 400],
      ['infinity', body('"args":{"item":1e999}'), 200],
      ['a number beyond safety', body('"args":{},"seq":9007199254740993').replace(/"seq":\d{1,6},/, ''), 400],
      ['a fraction as number', body('"args":{},"seq":1.5').replace(/"seq":\d{1,6},/, ''), 400],
      ['a byte-order mark', `\ufeff${body('"args":{}')}`, 400],
      ['a control character in the name', body('"args":{}').replace('withdraw', 'with\\u0001draw'), 200],
      ['a name with line breaks', body('"args":{}').replace('withdraw', 'x\\ny'), 200],
      ['a quote and a brace in the name', body('"args":{}').replace('withdraw', 'x\\",{NULL}\\\\'), 200],
      ['an unknown field in the envelope', body('"args":{},"actor":"system"'), 400],
    ];
    for (const [what, text, status] of cases) {
      const answer = await raw(text);
      expect([what, answer.statusCode]).toEqual([what, status]);
      if (status === 200) expect(answer.json<SyncResponse>().results[0]!.outcome).toBe('refused');
    }
  });

  test('a teacher may write about \\u0000 and \\ud800, but not write them', async () => {
    const date = '2026-12-01';
    const content = '解释 \\u0000 与 \\ud800，见 C:\\users';
    const id = await town.do('lin', 'homework.v1.assign', {
      ...homework([C1], { date }),
      tiers: [{ tier: 'A', content, minutes: 5 }],
    });
    const item = await town.record<{ tiers: { content: string }[] }>('homework.item', id);
    expect(item.tiers[0]!.content).toBe(content);
    for (const bad of ['a\u0000b', 'a\ud800b', '\\\u0000'])
      expect(
        (await town.sync('lin', { commands: [anEnvelope(town.now, 'homework.v1.assign', { bad })] }))
          .statusCode,
      ).toBe(400);
  });

  test('one school’s teacher does nothing in the other, even where every id is the same', async () => {
    const date = '2026-12-02';
    const before = await town.record('homework.classDay', `${C1}|${date}`, town.far);
    const id = await town.do('lin', 'homework.v1.assign', homework([C1], { date }));
    expect(await town.record('homework.classDay', `${C1}|${date}`, town.far)).toEqual(before);
    const foreign = await town.does('lin', 'homework.v1.withdraw', { item: id }, {}, town.far);
    const absent = await town.does('lin', 'homework.v1.withdraw', { item: randomUUID() }, {}, town.far);
    expect([foreign.code, foreign.details]).toEqual([absent.code, absent.details]);
  });
});

describe.each(dialects)('the writer on %s', (dialect) => {
  test('rights that a command of the same batch takes away are gone for the commands behind it', async () => {
    const world = await httpWorld(dialect, tinyRegistry);
    await world.kernel.createSchool({ id: 'one', name: 'one', zone: 'Asia/Shanghai', example: false });
    const grant = (reader: boolean): Incoming =>
      incoming('system', 'tiny.v1.grant', { person: 'lin', rooms: ['a'], reader });
    const incoming = (actor: string, name: string, args: unknown): Incoming => ({
      id: randomUUID(),
      device: 'd',
      deviceSeq: 1,
      actor,
      name,
      args,
      argsText: JSON.stringify(args),
      at: 0,
      time: { earliest: world.clock.now(), latest: world.clock.now() },
    });
    const place = () => incoming('lin', 'tiny.v1.place', { shelf: 's' });
    const results = await world.kernel.dispatcher.push('one', 'Asia/Shanghai', [
      place(),
      grant(true),
      place(),
      grant(false),
      place(),
    ]);
    expect(results.map((r) => r.outcome)).toEqual(['refused', 'accepted', 'accepted', 'accepted', 'refused']);
    await world.close();
  });
});

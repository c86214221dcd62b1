import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { SyncResponse } from '@kernel/shared/protocol';
import { dialects } from '../support/databases';
import { anEnvelope, aSync, HEADERS, httpWorld } from '../support/http-world';
import { tinyRegistry } from '../support/tiny-registry';
import { C1, C2, homework, MONDAY, PASSWORD, Town } from './town';

describe.each(dialects)('what reaches whom on %s', (dialect) => {
  test('a record in a set made while somebody pulls is not skipped by their cursor', async () => {
    const world = await httpWorld(dialect, tinyRegistry);
    const { kernel } = world;
    await kernel.createSchool({ id: 'one', name: 'one', zone: 'Asia/Shanghai', example: false });
    const rooms = Array.from({ length: 12 }, (_, i) => `r${i}`);
    for (const person of ['lin', 'mei'])
      await kernel.system('one', {
        key: person,
        name: 'tiny.v1.grant',
        args: { person, rooms: ['a', ...rooms], reader: true },
      });
    await kernel.auth.createAccount({
      school: 'one',
      person: 'mei',
      account: 'mei.one',
      password: PASSWORD,
      name: 'mei',
    });
    const cookie = await world.signIn('mei.one', PASSWORD);
    const says = (name: string, args: unknown) =>
      kernel.push({ id: 'one', name: 'one', zone: 'Asia/Shanghai', example: false }, [
        {
          id: randomUUID(),
          device: 'd',
          deviceSeq: 1,
          actor: 'lin',
          name,
          args,
          argsText: JSON.stringify(args),
          at: 0,
          time: { earliest: world.clock.now(), latest: world.clock.now() },
        },
      ]);
    // Every room is an audience nobody has used before. The commit falls between what a pull reads: each of its reads in turn.
    const reads = world.db.store.reads as {
      -readonly [K in keyof typeof world.db.store.reads]: (typeof world.db.store.reads)[K];
    };
    const { audiences } = reads;
    const seen = new Set<string>();
    let cursor: string | null = null;
    const pull = async (): Promise<void> => {
      const answer = await world.http.inject({
        method: 'POST',
        url: '/api/sync',
        headers: { ...HEADERS, cookie },
        payload: aSync({ person: 'mei', cursor }),
      });
      const body = answer.json<SyncResponse>();
      cursor = body.cursor;
      for (const c of body.changes) if (c.kind === 'tiny.shelf' && c.body !== null) seen.add(c.id);
    };
    await pull();
    for (const [i, room] of rooms.entries()) {
      await says('tiny.v1.place', { shelf: `s${i}` });
      await pull();
      seen.delete(`s${i}`);
      // As on a server that did not write here: nothing is remembered, everything is read.
      kernel.forget('one');
      reads.audiences = async (school, after) => {
        const before = await audiences(school, after);
        reads.audiences = audiences;
        await says('tiny.v1.move', { shelf: `s${i}`, room });
        return before;
      };
      await pull();
      await pull();
      expect(seen, room).toContain(`s${i}`);
    }
    await world.close();
  });

  test('what a person may not read is in no answer: not in changes, measures, refusals or what is gone', async () => {
    const town = await Town.begins(dialect);
    const start = (await town.reads('zhao')).cursor;
    const secret = '只给七(1)班看';
    const id = await town.do('mei', 'homework.v1.assign', {
      ...homework([C1], { subject: 'chinese' }),
      tiers: [{ tier: 'A', content: secret, minutes: 5 }],
    });
    // Gone and deleted are told only to who could see it.
    await town.do('mei', 'homework.v1.withdraw', { item: id });
    const tries = [
      anEnvelope(town.now, 'homework.v1.assign', homework([C1], { subject: 'chinese' })),
      anEnvelope(town.now, 'homework.v1.withdraw', { item: id }),
      anEnvelope(town.now, 'homework.v1.excuse', { class: C1, subject: 'chinese', date: MONDAY }),
      anEnvelope(town.now, 'homework.v1.return', { item: id, round: 1, step: 1, reason: 'x' }),
      anEnvelope(town.now, 'kernel.v1.anything', { item: id }),
      anEnvelope(town.now, 'constructor', {}),
    ];
    for (const [who, school] of [
      ['mei', town.far],
      ['xu', town.far],
      ['tang', town.far],
    ] as const) {
      const answer = await town.sync(who, { commands: tries }, school);
      expect(answer.body).not.toContain(secret);
      expect(answer.body).not.toContain(town.near);
    }
    const hers = await town.sync('hua', {
      commands: tries.map((t) => ({ ...t, id: anEnvelope(town.now, 'x', {}).id })),
    });
    for (const r of hers.json<SyncResponse>().results) {
      expect(r.outcome).toBe('refused');
      expect(JSON.stringify([r.code, r.details])).not.toContain('梅');
    }
    // zhao teaches class 3 and leads the groups: reads the item, not the tasks and telephones.
    const zhao = (await town.sync('zhao', { cursor: start })).json<SyncResponse>();
    expect(zhao.changes.map((c) => c.kind)).not.toContain('kernel.task');
    expect(zhao.measures).toEqual([]);
    await town.do('lin', 'homework.v1.assign', homework([C2]));
    await town.ends();
  });

  test('a poisoned command in a colleague’s push, or a school that is gone, does not fail anybody else’s', async () => {
    const town = await Town.begins(dialect);
    await Promise.all([town.cookie('lin'), town.cookie('mei'), town.cookie('gao')]);
    const wild = [
      anEnvelope(town.now, '\ud83d\ude00'.repeat(100), { a: '\uffff\ufffe' }),
      anEnvelope(town.now, 'x'.repeat(200), Array(5_000).fill({ a: -0 }), { at: 8_640_000_000_000_000 }),
      anEnvelope(town.now, '{"NULL",\\}', '\u007f\u0080', { seq: Number.MAX_SAFE_INTEGER, at: 0 }),
      anEnvelope(town.now, 'homework.v1.assign', homework(['x'.repeat(100)], { subject: 'y'.repeat(100) })),
    ];
    const answers = await Promise.all([
      town.sync('lin', { commands: wild }),
      town.sync('mei', {
        commands: [anEnvelope(town.now, 'homework.v1.assign', homework([C1], { subject: 'chinese' }))],
      }),
      town.sync('gao', {
        commands: [anEnvelope(town.now, 'homework.v1.assign', homework([C1], { subject: 'english' }))],
      }),
    ]);
    const outcomes = answers.map((a) => a.json<SyncResponse>().results.map((r) => r.outcome));
    expect(outcomes).toEqual([['refused', 'refused', 'refused', 'refused'], ['accepted'], ['accepted']]);
    await town.ends();
  });
});

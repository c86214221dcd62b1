import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildExample, findExample } from '@app/server/example/example-school';
import { exampleRoles } from '@app/server/example/roles';
import { registry } from '@app/server/modules';
import type { SchoolRow } from '@kernel/server/store/store';
import { taskRecord } from '@kernel/shared/kernel-records';
import { classDayRecord, itemRecord } from '@modules/homework';
import { classRecord, personRecord } from '@modules/org';
import { HandClock } from '../support/clock';
import { dialects } from '../support/databases';
import { httpWorld, HEADERS, type HttpWorld } from '../support/http-world';
import { exampleRoutes } from '@app/server/example-routes';

describe.each(dialects)('the example school on %s', (dialect) => {
  let world: HttpWorld;
  let school: SchoolRow;

  beforeAll(async () => {
    world = await httpWorld(dialect, registry, [], new HandClock('2026-11-23', '14:10'), exampleRoutes);
    school = await buildExample(world.kernel);
  }, 120_000);
  afterAll(() => world.close());

  test('has the people and classes of its files, and two weeks behind it', async () => {
    const view = world.kernel.view(school);
    expect((await view.list(personRecord)).length).toBe(100);
    const classes = await view.list(classRecord);
    expect(classes).toHaveLength(24);
    expect(classes.every((c) => c.body.heads.length === 1)).toBe(true);
    const days = await view.list(classDayRecord);
    const past = days.filter((d) => d.body.date < '2026-11-23' && d.body.board.state !== 'open');
    expect(past.length).toBe(240);
    const onTime = past.filter((d) => d.body.board.state === 'onTime').length;
    expect(onTime / past.length).toBeGreaterThan(0.75);
    expect(onTime / past.length).toBeLessThan(1);
  });

  test('leaves something to do on every page', async () => {
    const view = world.kernel.view(school);
    const waiting = (await view.list(itemRecord)).filter((i) => i.body.state === 'waiting');
    for (const step of [0, 1, 2])
      expect(waiting.filter((i) => i.body.step === step).length).toBeGreaterThan(2);
    expect(waiting.some((i) => i.body.flags.length > 0)).toBe(true);
    const open = (await view.list(taskRecord)).filter((t) => t.body.state === 'open');
    expect(open.length).toBeGreaterThan(20);
    const rows = await world.db.store.db
      .selectFrom('measure')
      .select('value')
      .where('school', '=', school.id)
      .execute();
    expect(rows.length).toBeGreaterThan(500);
  });

  test('was lived through commands that were all accepted', async () => {
    const refused = await world.db.store.db
      .selectFrom('command')
      .select(['name', 'code', 'details'])
      .where('school', '=', school.id)
      .where('outcome', '!=', 'accepted')
      .execute();
    expect(refused).toEqual([]);
    expect(world.errors).toEqual([]);
  });

  test('is entered by a role, and only an example is', async () => {
    const roles = await exampleRoles(world.kernel, school);
    expect(roles.map((r) => r.role)).toEqual([
      'teacher',
      'headTeacher',
      'groupLeader',
      'gradeSupervisor',
      'dean',
      'vicePrincipal',
      'principal',
      'admin',
    ]);
    const enter = (person: string) =>
      world.http.inject({
        method: 'POST',
        url: '/api/example/session',
        headers: HEADERS,
        payload: { person },
      });
    const first = await enter(roles[0]!.person);
    expect(first.json()).toMatchObject({ school: { example: true }, person: { name: roles[0]!.name } });
    expect((await enter(roles[0]!.person)).statusCode).toBe(200);
    expect((await enter('nobody')).statusCode).toBe(404);
  });

  test('is made anew the next day, and yesterday’s is gone', async () => {
    world.clock.at('2026-11-24', '08:30');
    expect(await findExample(world.kernel)).toBeNull();
    const next = await buildExample(world.kernel);
    expect(next.id).not.toBe(school.id);
    expect((await world.kernel.store.schools()).map((s) => s.id)).toEqual([next.id]);
    const left = await world.db.store.db
      .selectFrom('record')
      .select('id')
      .where('school', '=', school.id)
      .execute();
    expect(left).toEqual([]);
  }, 120_000);
});

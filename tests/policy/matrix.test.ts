import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { registry } from '@app/server/modules';
import { buildHttp } from '@kernel/server/http';
import type { CommandResult } from '@kernel/shared/protocol';
import { HEADERS } from '../support/http-world';
import { dialects } from '../support/databases';
import type { Who } from '../support/small-school';
import { C1, PEOPLE } from '../support/small-school';
import { homework, PASSWORD, tier, Town } from '../attack/town';

const WHO = Object.keys(PEOPLE) as Who[];
const MONDAY = '2026-11-23';

/** Arguments that pass the schema and name things that do not exist: whatever is refused now is refused for who asks. */
const absent = (): string => randomUUID();
const ARGS: Readonly<Record<string, () => unknown>> = {
  'homework.v1.assign': () => homework([`c-${absent()}`]),
  'homework.v1.revise': () => ({ item: absent(), round: 1, form: 'oral', tiers: [tier(5)] }),
  'homework.v1.withdraw': () => ({ item: absent() }),
  'homework.v1.correct': () => ({ item: absent(), tiers: [tier(5)], reason: '写错了' }),
  'homework.v1.excuse': () => ({ class: `c-${absent()}`, subject: 'math', date: MONDAY }),
  'homework.v1.sign/0': () => ({ step: 0, items: [{ id: absent(), round: 1 }] }),
  'homework.v1.sign/1': () => ({ step: 1, items: [{ id: absent(), round: 1 }] }),
  'homework.v1.sign/2': () => ({ step: 2, items: [{ id: absent(), round: 1 }] }),
  'homework.v1.return/0': () => ({ step: 0, item: absent(), round: 1, reason: '写明页码' }),
  'homework.v1.return/1': () => ({ step: 1, item: absent(), round: 1, reason: '写明页码' }),
  'homework.v1.return/2': () => ({ step: 2, item: absent(), round: 1, reason: '写明页码' }),
  'homework.v1.openDay': () => ({ class: C1, date: MONDAY }),
  'homework.v1.closeDay': () => ({ class: C1, date: MONDAY }),
  'kernel.v1.recordOutage': () => ({ day: MONDAY, span: { from: 1, to: 2 } }),
  'org.v1.applyImport': () => ({}),
  'org.v1.addAdmin': () => ({ person: 'lin', create: null }),
  'org.v1.setTeaching': () => ({
    ...{ class: `c-${absent()}`, subject: 'math', person: 'lin', instead: null },
    ...{ from: MONDAY, to: null },
  }),
  'org.v1.setHeadTeacher': () => ({ class: `c-${absent()}`, person: 'lin', from: MONDAY, to: null }),
  'org.v1.setLeader': () => ({ grade: 7, subject: absent(), person: 'lin', from: MONDAY, to: null }),
  'org.v1.setRole': () => ({
    ...{ person: absent(), role: 'dean', grade: null, held: true },
    ...{ from: MONDAY, to: null },
  }),
  'org.v1.addPerson': () => ({ name: '新人', pinyin: '', initials: '', subject: absent(), phone: null }),
  'org.v1.leave': () => ({ person: absent(), last: MONDAY }),
  'org.v1.setLeave': () => ({ person: absent(), why: '产假' }),
  'org.v1.setDay': () => ({ day: '2026-11-20', says: { kind: 'off' }, reason: '停课' }),
};

/** Written by hand and not read from the table: who holds which role in the small school. */
const ROLES: Readonly<Record<Who, readonly string[]>> = {
  lin: ['teacher'],
  mei: ['teacher'],
  gao: ['teacher'],
  bai: ['teacher'],
  hua: ['teacher'],
  zhao: ['teacher', 'groupLeader'],
  song: ['dean'],
  qin: ['vicePrincipal'],
  he: ['headTeacher'],
  tang: ['principal'],
  xu: ['admin'],
};
const open = (operation: string, who: Who): boolean => {
  const row = registry.policy.get(operation)!;
  return row.has('anyone') || row.has('everyone') || ROLES[who].some((role) => row.has(role));
};
const operations = [...registry.policy.keys()];
const commands = operations.filter((o) => /^[a-z]+\.v\d/.test(o));
const routes = operations.filter((o) => /^[A-Z]+ \//.test(o));

test('every command has arguments here, so that a new one is not forgotten', () => {
  expect(Object.keys(ARGS).sort()).toEqual([...commands].sort());
});

describe.each(dialects)('operation × role on %s (Z1)', (dialect) => {
  let town: Town;
  beforeAll(async () => {
    town = await Town.begins(dialect);
  });
  afterAll(() => town?.ends());

  const state = async (): Promise<string> => {
    const { db } = town.world.db.store;
    const feed = await db.selectFrom('feed').selectAll().orderBy('seq').execute();
    const records = await db.selectFrom('record').selectAll().orderBy('kind').orderBy('id').execute();
    return JSON.stringify([feed, records]);
  };

  test.each(commands)(
    '%s, pushed by everybody: the table’s answer, and a refusal changes nothing',
    async (operation) => {
      const name = operation.replace(/\/\d+$/, '');
      const before = await state();
      for (const who of WHO) {
        const { outcome, code } = (await town.does(who, name, ARGS[operation]!())) as CommandResult;
        if (open(operation, who)) expect(code, who).not.toBe('kernel.notAllowed');
        else expect({ who, outcome, code }).toEqual({ who, outcome: 'refused', code: 'kernel.notAllowed' });
      }
      // What is absent is refused or skipped for whoever may, too: nothing at all has changed.
      expect(await state()).toBe(before);
    },
  );

  test.each(routes.filter((r) => !/poke|example|import|DELETE/.test(r)))(
    '%s, asked by everybody and by nobody',
    async (operation) => {
      const [method, url] = operation.split(' ') as ['GET' | 'POST' | 'PUT', string];
      const ask = async (cookie: string) =>
        town.world.http.inject({
          method,
          url,
          headers: { ...HEADERS, ...(cookie ? { cookie } : {}) },
          ...(method === 'GET' ? {} : { payload: {} }),
        });
      const anyone = registry.policy.get(operation)!.has('anyone');
      for (const cookie of ['', 'qing.session_token=forged.forged']) {
        const { statusCode } = await ask(cookie);
        if (!anyone) expect(statusCode).toBe(401);
        else if (cookie === '') expect([200, 400, 422]).toContain(statusCode);
      }
      for (const who of WHO) {
        const { statusCode } = await ask(await town.cookie(who));
        if (open(operation, who)) expect([401, 403], who).not.toContain(statusCode);
        else expect({ who, statusCode }).toEqual({ who, statusCode: 403 });
      }
    },
  );

  test('a session that was ended opens nothing', async () => {
    await town.cookie('lin');
    const mine = await town.world.signIn(`lin.${town.near.slice(0, 8)}`, PASSWORD);
    await town.world.kernel.auth.signOut(mine);
    const { statusCode } = await town.world.http.inject({
      method: 'GET',
      url: '/api/devices',
      headers: { cookie: mine },
    });
    expect(statusCode).toBe(401);
  });

  test('a route without a row does not start (Z6)', async () => {
    const { kernel } = town.world;
    const build = (url: string) =>
      buildHttp({
        kernel,
        modules: [],
        clientFolder: null,
        routes: (http) => void http.get(url, () => 'mine'),
      });
    await expect(build('/api/forgotten')).rejects.toThrow('policy: no row for GET /api/forgotten');
    await (await build('/api/example')).close();
  });
});

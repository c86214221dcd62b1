import { accessRecord } from '@kernel/shared/kernel-records';
import { serverRegistry } from '@kernel/server/registry';
import { makeRegistry } from '@kernel/shared/contract';
import { org, personRecord } from '@modules/org';
import { Kernel } from '@kernel/server/kernel';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { exampleFiles } from '../../src/modules/org/server/example-files';
import { SET_UP_HEADER, setUpCode } from '@kernel/server/set-up-code';
import { orgServer } from '../../src/modules/org/server';
import type { ImportReport } from '../../src/modules/org/server/import/report';
import type { UploadedFile } from '../../src/modules/org/server/sheets';
import type { HttpWorld } from '../support/http-world';
import { httpWorld } from '../support/http-world';

let world: HttpWorld;
let files: readonly UploadedFile[];
let answers: Readonly<Record<string, string>>;
let code = '';
beforeEach(async () => {
  world = await httpWorld('sqlite', serverRegistry(makeRegistry([org]), [orgServer]), [orgServer]);
  ({ files, answers } = await exampleFiles());
  code = (await setUpCode(world.kernel)) ?? '';
});
afterEach(() => world.close());

const FIELDS = { schoolName: '某县第三中学', termStart: '2026-08-31', termEnd: '2027-01-22' };
const ADMIN = { person: 6, name: '', account: 'gong.lanjuan', password: 'a long password' };

function post(
  step: 'preview' | 'apply',
  fields: Record<string, unknown>,
  sent: readonly UploadedFile[] = files,
  said?: string,
) {
  const edge = 'x'.repeat(30);
  const parts: Buffer[] = [];
  for (const [name, value] of Object.entries(fields))
    parts.push(
      Buffer.from(
        `--${edge}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${typeof value === 'string' ? value : JSON.stringify(value)}\r\n`,
      ),
    );
  for (const f of sent) {
    parts.push(
      Buffer.from(
        `--${edge}\r\ncontent-disposition: form-data; name="file"; filename="${f.name}"\r\ncontent-type: application/octet-stream\r\n\r\n`,
      ),
    );
    parts.push(Buffer.from(f.bytes), Buffer.from('\r\n'));
  }
  parts.push(Buffer.from(`--${edge}--\r\n`));
  return world.http.inject({
    method: 'POST',
    url: `/api/org/import/${step}`,
    headers: {
      'content-type': `multipart/form-data; boundary=${edge}`,
      'x-qing': '1',
      [SET_UP_HEADER]: said ?? code,
    },
    payload: Buffer.concat(parts),
  });
}

test('preview, answer, apply: the school stands and its administrator is signed in', async () => {
  const first = (await post('preview', FIELDS)).json<ImportReport>();
  expect(first).toMatchObject({ people: 100, headTeachers: 18 });
  expect(first.questions).toHaveLength(6);
  expect(await world.kernel.store.schools()).toEqual([]);
  expect((await post('preview', { ...FIELDS, answers })).json<ImportReport>().questions).toEqual([]);
  expect(first.persons[6]).toMatchObject({ name: '龚兰娟', duties: ['办公室主任'] });

  const applied = await post('apply', { ...FIELDS, answers, admin: ADMIN });
  expect(applied.statusCode).toBe(201);
  expect(applied.json()).toMatchObject({
    school: { name: '某县第三中学', example: false },
    person: { name: '龚兰娟' },
    account: 'gong.lanjuan',
  });
  expect(applied.headers['set-cookie']).toBeDefined();

  const [school] = await world.kernel.store.schools();
  const view = world.kernel.view(school!);
  expect(await view.list(personRecord)).toHaveLength(100);
  const { person } = applied.json<{ person: { id: string } }>();
  expect((await view.get(accessRecord, person.id))?.grants.map((g) => g.role)).toEqual([
    'officeHead',
    'admin',
  ]);
  expect(world.errors).toEqual([]);

  expect((await post('preview', FIELDS)).statusCode).toBe(403);
  expect((await post('apply', { ...FIELDS, admin: { ...ADMIN, account: 'other' } })).json()).toMatchObject({
    code: 'org.setUpClosed',
  });
});

test('somebody not on the roster can be the administrator', async () => {
  const applied = await post('apply', { ...FIELDS, admin: { ...ADMIN, person: null, name: '周 老师' } });
  expect(applied.json()).toMatchObject({ person: { name: '周 老师' } });
  const [school] = await world.kernel.store.schools();
  expect(await world.kernel.view(school!).list(personRecord)).toHaveLength(101);
});

test('two at once make one school', async () => {
  const both = await Promise.all(
    ['first.admin', 'second.admin'].map((account) =>
      post('apply', { ...FIELDS, admin: { ...ADMIN, account } }),
    ),
  );
  expect(both.map((a) => a.statusCode).sort()).toEqual([201, 409]);
  expect(await world.kernel.store.schools()).toHaveLength(1);
});

describe('what does not fit is a 4xx with words, and makes nothing', () => {
  const bytes = (n: number): Uint8Array => new Uint8Array(n);
  test.each<[string, 'preview' | 'apply', Record<string, unknown>, UploadedFile[] | null, number, string]>([
    ['no name', 'preview', { ...FIELDS, schoolName: ' ' }, null, 400, 'kernel.badRequest'],
    ['no such day', 'preview', { ...FIELDS, termEnd: '2027-02-30' }, null, 400, 'kernel.badRequest'],
    ['a term of ten years', 'preview', { ...FIELDS, termEnd: '2036-01-01' }, null, 422, 'org.badTerm'],
    ['answers that are no JSON', 'preview', { ...FIELDS, answers: '{' }, null, 400, 'kernel.badRequest'],
    ['an unknown field', 'preview', { ...FIELDS, example: 'true' }, null, 400, 'kernel.badRequest'],
    [
      'a file over 5 MB',
      'preview',
      FIELDS,
      [{ name: 'a.xlsx', bytes: bytes(6 * 1024 * 1024) }],
      413,
      'org.filesTooLarge',
    ],
    [
      'four files',
      'preview',
      FIELDS,
      Array.from({ length: 4 }, () => ({ name: 'a.xlsx', bytes: bytes(9) })),
      413,
      'org.filesTooLarge',
    ],
    ['no administrator', 'apply', FIELDS, null, 400, 'org.noAdmin'],
    [
      'an administrator nobody is',
      'apply',
      { ...FIELDS, admin: { ...ADMIN, person: 999 } },
      null,
      422,
      'org.noSuchPerson',
    ],
    [
      'a short password',
      'apply',
      { ...FIELDS, admin: { ...ADMIN, password: 'short' } },
      null,
      422,
      'kernel.badPassword',
    ],
    [
      'unreadable files',
      'apply',
      { ...FIELDS, admin: ADMIN },
      [{ name: 'a.xlsx', bytes: bytes(9) }],
      422,
      'org.filesUnreadable',
    ],
  ])('%s', async (_, step, fields, sent, status, code) => {
    const answer = await post(step, fields, sent ?? files);
    expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([status, code]);
    expect(await world.kernel.store.schools()).toEqual([]);
  });
  test('a body that is not multipart', async () => {
    const answer = await world.http.inject({
      method: 'POST',
      url: '/api/org/import/preview',
      headers: { 'x-qing': '1', [SET_UP_HEADER]: code },
      payload: {},
    });
    expect(answer.statusCode).toBe(400);
  });
  test('unreadable files are a report in the preview, not an error', async () => {
    const answer = await post('preview', FIELDS, [{ name: 'a.xlsx', bytes: bytes(9) }]);
    expect([answer.statusCode, answer.json<ImportReport>().problems[0]?.code]).toEqual([
      200,
      'org.fileNotXlsx',
    ]);
  });
});

describe('the code for setting up', () => {
  test('is asked for before anything is read, however the files look', async () => {
    for (const said of ['', 'AAAAA-AAAAA', code.slice(0, 10), `${code}2`])
      for (const step of ['preview', 'apply'] as const) {
        const answer = await post(step, { ...FIELDS, answers, admin: ADMIN }, files, said);
        expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([
          403,
          'kernel.wrongSetUpCode',
        ]);
      }
    expect(await world.kernel.store.schools()).toEqual([]);
  });

  test('may be typed in small letters and without the line; all processes of one database have the same', async () => {
    expect((await post('preview', FIELDS, files, code.toLowerCase().replace('-', ''))).statusCode).toBe(200);
    const other = await Kernel.open({ ...world.kernel, store: await world.db.reopen() });
    expect(await setUpCode(other)).toBe(code);
    await other.close();
  });

  test('opens nothing any more once a school stands', async () => {
    expect((await post('apply', { ...FIELDS, answers, admin: ADMIN })).statusCode).toBe(201);
    expect(await setUpCode(world.kernel)).toBeNull();
    const again = await post('apply', { ...FIELDS, answers, admin: { ...ADMIN, account: 'somebody.else' } });
    expect([again.statusCode, again.json<{ code: string }>().code]).toEqual([403, 'org.setUpClosed']);
  });
});

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { OpenPerson } from '@kernel/client/open-person';
import { sendWaitingDrafts } from '@kernel/client/keep-drafts';
import { useServerDraft } from '@kernel/client/use-server-draft';
import { readDraft, saveDraft } from '@kernel/server/drafts';
import type { SaveDraft } from '@kernel/shared/draft-wire';
import { freshDatabase, type TestDatabase } from '../../support/databases';
import { Browser } from './browser';
import { FakeServer } from './fake-server';
import { json } from './phone';

const LONG = '这一段写了很久，不想再写一遍。'.repeat(14);

interface Form {
  text: string;
}
const isForm = (value: unknown): value is Form => typeof (value as Form | null)?.text === 'string';

async function until(holds: () => boolean | Promise<boolean>, why: string, ms = 2_000): Promise<void> {
  for (const from = Date.now(); Date.now() - from < ms;) {
    if (await holds()) return;
    await new Promise((done) => setTimeout(done, 10));
  }
  throw new Error(`never: ${why}`);
}

let db: TestDatabase;
let worlds = 0;
beforeAll(async () => void (db = await freshDatabase('sqlite')));
afterAll(() => db.drop());

describe('a long text on a person’s devices', () => {
  let server: FakeServer;
  let school: string;
  let puts: SaveDraft[];
  beforeEach(() => {
    server = new FakeServer();
    server.person('lin', ['red']);
    server.person('mei', ['red']);
    school = `school ${++worlds}`;
    puts = [];
  });

  /** A browser whose drafts route is the real one. */
  async function device(person = 'lin'): Promise<Browser> {
    const b: Browser = new Browser(server, {
      fetch: async (path, init) => {
        if (!path.startsWith('/api/drafts')) return b.fetch(path, init);
        if (!b.online) throw new TypeError('network');
        if (b.cookie === null) return json(401, {});
        server.now += 1;
        const who = { school, person: b.cookie };
        if (init.method !== 'PUT') {
          const asked = new URLSearchParams(path.split('?')[1]);
          if (asked.get('person') !== b.cookie) return json(409, {});
          return json(200, { draft: await readDraft(db.store.db, who, asked.get('key')!, server.now) });
        }
        const save = JSON.parse(init.body as string) as SaveDraft;
        puts.push(save);
        if (save.person !== b.cookie) return json(409, {});
        return json(200, await saveDraft(db.store.db, who, save, server.now));
      },
    });
    await b.loads();
    await b.app.sessions.signIn(person, 'right');
    return b;
  }
  const form = (b: Browser) => b.uses(() => useServerDraft<Form>('essay', () => ({ text: '' }), isForm));
  type Draft = ReturnType<typeof form>;
  async function opened(b: Browser): Promise<Draft> {
    // Without a component the device that was loaded last is the one that is meant.
    await b.loads();
    const draft = form(b);
    await until(() => draft.ready.value, 'the form opens');
    return draft;
  }
  /** Types, and waits until it is on the device. */
  async function type(b: Browser, draft: Draft, text: string): Promise<void> {
    draft.draft.value = { text };
    const kept = async () => ((await person(b).db.drafts.get('essay'))?.json as Form | undefined)?.text;
    await until(async () => (await kept()) === text, 'kept on the device');
  }
  /** Leaves the form: the page is loaded again. */
  async function leaves(b: Browser): Promise<void> {
    const before = puts.length;
    await b.loads();
    if (b.online) await until(() => puts.length > before, 'the server hears of it').catch(() => undefined);
  }
  const there = async (person = 'lin') =>
    ((await readDraft(db.store.db, { school, person }, 'essay', server.now))?.body as Form | null)?.text;
  const person = (b: Browser): OpenPerson => b.app.device.person.value!;

  test('goes to the server while it is typed, and is found on the next device', async () => {
    const phone = await device();
    const draft = await opened(phone);
    await type(phone, draft, LONG);
    expect(draft.onServerAt.value).toBeNull();
    await until(() => draft.onServerAt.value !== null, 'it says so', 4_000);
    expect(await there()).toBe(LONG);
    const desk = await opened(await device());
    await until(() => desk.draft.value.text === LONG, 'it is there');
    expect(desk.onServerAt.value).not.toBeNull();
    expect(desk.others.value).toEqual([]);
  });

  test('goes to the server when the form is left; a short one stays on the phone', async () => {
    const phone = await device();
    await type(phone, await opened(phone), '短');
    await phone.loads();
    expect(await there()).toBeUndefined();
    await type(phone, await opened(phone), LONG);
    await leaves(phone);
    expect(await there()).toBe(LONG);
  });

  test('that nobody typed is not kept there, and gives way to what somebody did', async () => {
    const phone = await device();
    const first = await opened(phone);
    first.begin({ text: `抄上次的：${LONG}` });
    await phone.loads();
    expect(await there()).toBeUndefined();
    await type(phone, await opened(phone), LONG);
    await leaves(phone);
    const desk = await device();
    const draft = await opened(desk);
    if (draft.draft.value.text === '') draft.begin({ text: `抄上次的：${LONG}` });
    await until(() => draft.draft.value.text === LONG, 'the written one');
    expect(draft.others.value).toEqual([]);
  });

  test('written without a network waits, and goes once there is one, form or no form', async () => {
    const phone = await device();
    phone.online = false;
    await type(phone, await opened(phone), LONG);
    await phone.loads();
    await sendWaitingDrafts(person(phone));
    expect(await there()).toBeUndefined();
    phone.online = true;
    await sendWaitingDrafts(person(phone));
    expect(await there()).toBe(LONG);
  });

  test('that went apart on two devices is kept twice until its author says which', async () => {
    const phone = await device();
    await type(phone, await opened(phone), `${LONG}手机`);
    phone.online = false;
    await phone.loads();
    const desk = await device();
    await type(desk, await opened(desk), `${LONG}电脑`);
    await leaves(desk);
    phone.online = true;
    const draft = await opened(phone);
    await until(() => draft.draft.value.text === `${LONG}电脑`, 'the server’s is shown');
    expect(draft.others.value).toMatchObject([{ json: { text: `${LONG}手机` } }]);

    await draft.swap(draft.others.value[0]!);
    expect(draft.draft.value.text).toBe(`${LONG}手机`);
    expect(draft.others.value).toMatchObject([{ json: { text: `${LONG}电脑` } }]);
    // Undecided: what is on the server is not written over.
    await leaves(phone);
    expect(await there()).toBe(`${LONG}电脑`);

    const again = await opened(phone);
    await until(() => again.others.value.length === 1, 'still offered');
    expect(again.draft.value.text).toBe(`${LONG}手机`);
    await again.drop(again.others.value[0]!);
    await leaves(phone);
    expect(await there()).toBe(`${LONG}手机`);
  });

  test('another device saved while it was being typed stays under the hands', async () => {
    const phone = await device();
    const draft = await opened(phone);
    await type(phone, draft, LONG);
    await until(() => draft.onServerAt.value !== null, 'saved', 4_000);
    const desk = await device();
    const other = await opened(desk);
    await until(() => other.draft.value.text === LONG, 'there');
    await type(desk, other, `${LONG}电脑`);
    await leaves(desk);
    await type(phone, draft, `${LONG}手机`);
    await until(() => draft.others.value.length === 1, 'told', 14_000);
    expect(draft.draft.value.text).toBe(`${LONG}手机`);
    expect(await there()).toBe(`${LONG}电脑`);
  }, 30_000);

  test('that was handed in on one device is gone on the other', async () => {
    const phone = await device();
    await type(phone, await opened(phone), LONG);
    await leaves(phone);
    const desk = await device();
    const draft = await opened(desk);
    await until(() => draft.draft.value.text === LONG, 'there');
    await draft.clear();
    expect(draft.draft.value.text).toBe('');
    await until(async () => (await there()) === undefined, 'forgotten');
    const again = await opened(phone);
    await until(() => again.draft.value.text === '', 'gone');
    expect(again.others.value).toEqual([]);
  });

  test('handed in without a network is forgotten once there is one', async () => {
    const phone = await device();
    const draft = await opened(phone);
    await type(phone, draft, LONG);
    await until(() => draft.onServerAt.value !== null, 'saved', 4_000);
    phone.online = false;
    await draft.clear();
    await phone.loads();
    expect(await there()).toBe(LONG);
    phone.online = true;
    await sendWaitingDrafts(person(phone));
    expect(await there()).toBeUndefined();
  });

  test('is never sent, shown or kept as somebody else’s on a shared phone', async () => {
    const phone = await device();
    const draft = await opened(phone);
    phone.online = false;
    draft.draft.value = { text: LONG };
    await phone.app.sessions.signOut();
    phone.online = true;
    await phone.app.sessions.signIn('mei', 'right');
    await until(() => draft.ready.value, 'the form is mei’s');
    expect(draft.draft.value.text).toBe('');
    expect(draft.others.value).toEqual([]);
    await sendWaitingDrafts(person(phone));
    expect(await there('mei')).toBeUndefined();
    await type(phone, draft, `${LONG}梅`);
    await until(async () => (await there('mei')) === `${LONG}梅`, 'hers goes', 4_000);
    expect(await there('lin')).toBeUndefined();
    expect(puts.filter((p) => p.person === 'mei').map((p) => JSON.stringify(p.body))).not.toContain(
      JSON.stringify({ text: LONG }),
    );
    await phone.app.sessions.signIn('lin', 'right');
    await until(() => draft.draft.value.text === LONG, 'lin finds what lin wrote');
  });

  test('of another build that this form cannot show is left alone', async () => {
    await saveDraft(
      db.store.db,
      { school, person: 'lin' },
      { person: 'lin', key: 'essay', device: 'new', base: 0, edit: 1, body: { pages: [LONG] } },
      server.now,
    );
    const phone = await device();
    const draft = await opened(phone);
    await type(phone, draft, LONG);
    await leaves(phone);
    const left = await readDraft(db.store.db, { school, person: 'lin' }, 'essay', server.now);
    expect(left?.body).toEqual({ pages: [LONG] });
  });
});

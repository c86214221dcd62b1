import { afterEach, beforeAll, afterAll, describe, expect, test, vi } from 'vitest';
import { isRefusal } from '@kernel/shared/refusal';
import type { SyncRequest } from '@kernel/shared/protocol';
import type { OpenPerson } from '@kernel/client/open-person';
import type { RecordRow } from '@kernel/client/person-db';
import { personDbName, shownOf } from '@kernel/client/person-db';
import { Sessions } from '@kernel/client/session';
import { Browser } from './browser';
import { armed } from './crash';
import type { Dice } from './dice';
import { firstWrong, runs } from './dice';
import { FakeServer, SCHOOL } from './fake-server';
import { write } from './notes-registry';

/** reliability.md B7: 500 schedules, tier F. */
const COUNT = runs('QING_SHARED', 500);

const PEOPLE = { lin: 'red', mei: 'blue', wang: 'green' } as const;
type Who = keyof typeof PEOPLE;
const WHO = Object.keys(PEOPLE) as Who[];

class Phone {
  readonly server = new FakeServer();
  readonly b = new Browser(this.server);
  /** Texts the phone called kept; each begins with its author's name. */
  readonly kept: string[] = [];
  private acts = 0;

  constructor() {
    for (const who of WHO) this.server.person(who, [PEOPLE[who]]);
  }

  get open(): OpenPerson | null {
    return this.b.app.device.person.value;
  }

  async acts_(): Promise<void> {
    const { open } = this;
    if (!open) return;
    const who = open.session.person.id as Who;
    const text = `${who} ${++this.acts}`;
    const outcome = await open.outbox.enqueue(write, { team: PEOPLE[who], text });
    if (!isRefusal(outcome)) this.kept.push(text);
  }

  async step(dice: Dice): Promise<void> {
    const { b } = this;
    const { sessions } = b.app;
    const roll = dice.below(20);
    if (roll < 7) return this.acts_();
    if (roll < 9) return void (await sessions.signIn(dice.one(WHO), 'right'));
    if (roll < 10) return sessions.signOut();
    if (roll < 14) return void (await this.open?.sync.now());
    if (roll < 15) return void (b.online = !b.online);
    // The session ended on the server: password changed, account disabled, ninety days over.
    if (roll < 16) return void (b.cookie = null);
    // Another window signed somebody else in, and this one goes on as if nothing had happened.
    if (roll < 18) {
      if (b.cookie !== null) b.cookie = dice.one(WHO);
      await this.acts_();
      return void (await this.open?.sync.now());
    }
    // The app is closed, or dies in the middle of what comes next.
    if (roll < 19) armed.left = dice.below(8);
    if (armed.left !== null && dice.chance(0.7))
      await (dice.chance(0.5) ? sessions.signOut() : sessions.signIn(dice.one(WHO), 'right')).catch(
        () => undefined,
      );
    armed.left = null;
    await b.loads();
  }

  /** One person's readable rows on this phone, looked at from below everything. */
  private rowsOf(who: Who): RecordRow[] {
    const { _databases } = this.b.factory as unknown as {
      _databases: Map<
        string,
        { rawObjectStores: Map<string, { records: { values(): Iterable<{ value: unknown }> } }> }
      >;
    };
    const stores = _databases.get(personDbName(SCHOOL, who))?.rawObjectStores;
    return [...(stores?.get('records')?.records.values() ?? [])].map((r) => r.value as RecordRow);
  }

  wrong(): string[] {
    const wrong: string[] = [];
    for (const { person, argsText } of this.server.log) {
      const { text } = JSON.parse(argsText) as { text: string };
      if (!text.startsWith(`${person} `)) wrong.push(`“${text}” was sent under ${person}'s name`);
    }
    const openFor = this.open?.session.person.id;
    for (const who of WHO) {
      const rows = this.rowsOf(who);
      for (const row of rows) {
        const { team } = (shownOf(row) ?? {}) as { team?: string };
        if (team !== undefined && team !== PEOPLE[who]) wrong.push(`${who} can read ${team}`);
      }
      if (who !== openFor && openFor && rows.length > 0)
        wrong.push(`${who}'s copy lies open while ${openFor} has the phone`);
    }
    return wrong;
  }
}

async function shared(dice: Dice): Promise<string[]> {
  const phone = new Phone();
  await phone.b.loads();
  for (let n = 8 + dice.below(14); n > 0; n--) {
    await phone.step(dice).catch(() => undefined);
    armed.left = null;
    const wrong = phone.wrong();
    if (wrong.length > 0) return wrong;
  }
  // Everybody comes back once, and the network with them.
  phone.b.online = true;
  for (const who of WHO) {
    await phone.b.app.sessions.signOut();
    if (isRefusal(await phone.b.app.sessions.signIn(who, 'right'))) return [`${who} cannot sign in`];
    await phone.open?.sync.resume();
  }
  const wrong = phone.wrong();
  const arrived = phone.server.log.map((l) => (JSON.parse(l.argsText) as { text: string }).text);
  for (const text of phone.kept) {
    const times = arrived.filter((a) => a === text).length;
    if (times !== 1) wrong.push(`“${text}” was called kept and arrived ${times} times`);
  }
  await phone.b.app.device.close();
  return wrong;
}

beforeAll(() => void vi.spyOn(console, 'warn').mockImplementation(() => undefined));
afterAll(() => void vi.restoreAllMocks());
afterEach(() => void (armed.left = null));

describe('a phone that several people use', () => {
  test(
    `sends nobody’s work under another’s name, shows it to nobody else and loses none (B7, ${COUNT} schedules)`,
    { timeout: 900_000 },
    async () => {
      expect(await firstWrong(COUNT, shared)).toBeNull();
    },
  );

  const plant = { timeout: 600_000 };
  interface Insides {
    seal(open: OpenPerson): Promise<void>;
    finishSealing(): Promise<void>;
  }
  const insides = Sessions.prototype as unknown as Insides;
  const { seal } = insides;

  test('the suite objects when leaving throws the queue away', plant, async () => {
    const planted = vi.spyOn(insides, 'seal').mockImplementation(async function (this: Insides, open) {
      await seal.call(this, open);
      await open.db.outbox.clear();
    });
    const found = await firstWrong(100, shared);
    planted.mockRestore();
    expect(found?.wrong.join()).toContain('arrived 0 times');
  });

  test('the suite objects when what could be read stays', plant, async () => {
    const planted = vi.spyOn(insides, 'seal').mockImplementation(async ({ sync }) => sync.stop());
    const sealing = vi.spyOn(insides, 'finishSealing').mockImplementation(async () => undefined);
    const found = await firstWrong(100, shared);
    planted.mockRestore();
    sealing.mockRestore();
    expect(found?.wrong.join()).toContain('copy lies open');
  });

  test('the suite objects when nobody compares whose queue it is with who is signed in', plant, async () => {
    const { answer } = FakeServer.prototype;
    const planted = vi.spyOn(FakeServer.prototype, 'answer').mockImplementation(function (
      this: FakeServer,
      cookie: string | null,
      request: SyncRequest,
    ) {
      return answer.call(this, cookie, { ...request, person: cookie ?? request.person });
    });
    const found = await firstWrong(200, shared);
    planted.mockRestore();
    expect(found?.wrong.join()).toContain('under');
  });
});

describe('a page that dies while its person leaves', () => {
  /** How often, dying at each of the writes, something of hers was still readable when somebody else had the phone. */
  async function leftOpen(): Promise<number> {
    let open = 0;
    for (let n = 0; n < 10; n++) {
      const phone = new Phone();
      await phone.b.loads();
      await phone.b.app.sessions.signIn('lin', 'right');
      await phone.open!.sync.now();
      armed.left = n;
      await phone.b.app.sessions.signOut().catch(() => undefined);
      armed.left = null;
      await phone.b.loads();
      await phone.b.app.sessions.signIn('mei', 'right');
      if (phone.wrong().length > 0) open++;
    }
    return open;
  }

  test('leaves nothing that could be read, wherever it dies', async () => {
    expect(await leftOpen()).toBe(0);
  });

  test('the test objects when the next start does not finish what was begun', async () => {
    const insides = Sessions.prototype as unknown as { finishSealing(): Promise<void> };
    const planted = vi.spyOn(insides, 'finishSealing').mockImplementation(async () => undefined);
    const open = await leftOpen();
    planted.mockRestore();
    expect(open).toBeGreaterThan(0);
  });
});

test('who signs in is told that others’ work waits here, and not what it says', async () => {
  const phone = new Phone();
  await phone.b.loads();
  await phone.b.app.sessions.signIn('lin', 'right');
  await phone.open!.sync.now();
  phone.b.online = false;
  await phone.acts_();
  await phone.acts_();
  await phone.b.app.sessions.signOut();
  phone.b.online = true;
  expect(await phone.b.app.sessions.known()).toMatchObject([{ person: 'lin', unsent: 2 }]);
  await phone.b.app.sessions.signIn('mei', 'right');
  const held = await phone.b.app.sessions.heldForOthers();
  expect(held).toMatchObject([{ name: 'lin', unsent: 2 }]);
  expect(JSON.stringify(held)).not.toContain('lin 1');
  await phone.open!.sync.now();
  expect(phone.server.log).toHaveLength(0);
});

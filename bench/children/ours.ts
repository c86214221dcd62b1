import type { SystemCommand } from '@kernel/server/module';
import { addDays, type Day } from '@kernel/shared/time';
import { PROTOCOL } from '@kernel/shared/protocol';
import { randomUUID } from 'node:crypto';
import { classDayId, classDayRecord, itemRecord } from '@modules/homework';
import { classRecord } from '@modules/org';
import { accessRecord, taskRecord } from '@kernel/shared/kernel-records';
import { makeActor } from '@kernel/shared/scope';
import type { Reader } from '../lib/ten-thousand';
import { answer } from './answers';
import { CORE, DEAN, planFor, ZONE } from './school';
import { fillLog } from './fill-log';
import { say } from './say';
import { close, errors, open, running, setClock } from './server';
import { tiersOf } from './texts';
import { cursors, foundTown } from './town';

/** A teacher's phone: who is signed in, and what was written on it while it was offline. */
export interface PhoneWork {
  readonly key: string;
  readonly school: string;
  readonly person: string;
  readonly cookie: string;
  readonly commands: readonly { readonly name: string; readonly args: unknown }[];
}

let schools: string[] = [];
const cookies = new Map<string, string>();

/** Imports schools and makes an account for every teacher of a core subject. */
async function found(options: {
  count: number;
  day: Day;
  withDean: boolean;
  alone?: boolean;
}): Promise<{ accounts: number; persons: number }> {
  const { kernel } = running();
  setClock(options.day, '10:00');
  const plan = await planFor(options.day, options);
  const teachers = new Set(
    plan.classes.flatMap((c) => c.body.teachings.filter((t) => CORE.has(t.subject)).map((t) => t.person)),
  );
  schools = Array.from({ length: options.count }, (_, i) => `bench-${i}`);
  for (const id of schools) {
    await kernel.createSchool({ id, name: `测试学校 ${id}`, zone: ZONE, example: false });
    const result = await kernel.system(id, {
      key: 'import',
      name: 'org.v1.applyImport',
      args: plan,
    } as SystemCommand);
    if (result.outcome !== 'accepted')
      throw new Error(`import ${result.outcome}: ${result.code} ${JSON.stringify(result.details)}`);
  }
  const password = 'bench-password-1';
  const jobs = schools.flatMap((school) => [...teachers].map((person) => ({ school, person })));
  // Four at a time: the hashing runs on the thread pool.
  const next = jobs.values();
  const work = async (): Promise<void> => {
    for (const { school, person } of next) {
      const account = `${school}.${person}`.slice(-40);
      await kernel.auth.createAccount({ school, person, account, password, name: person });
      const signedIn = await kernel.auth.signIn(account, password);
      cookies.set(`${school}|${person}`, signedIn.cookies.map((c) => c.split(';')[0]!).join('; '));
    }
  };
  await Promise.all([work(), work(), work(), work()]);
  return { accounts: jobs.length, persons: plan.persons.length };
}

/**
 * Winds the clock to the evening of `day`, lets the server's own jobs open the next two weeks, and answers what every teacher
 * with an account owes in them: one command each, as they stand on the boards.
 */
async function window(options: { day: Day }): Promise<PhoneWork[]> {
  const { kernel, jobs } = running();
  setClock(options.day, '18:00');
  await jobs.runOnce();
  const work = new Map<string, PhoneWork & { commands: { name: string; args: unknown }[] }>();
  for (const school of schools) {
    const row = await kernel.school(school);
    if (!row) throw new Error(`no school ${school}`);
    const view = kernel.view(row);
    const classes = await view.list(classRecord);
    for (let i = 1; i <= 14; i++) {
      const date = addDays(options.day, i);
      const days = await view.list(classDayRecord, { ids: classes.map((c) => classDayId(c.id, date)) });
      for (const { body } of days)
        for (const e of body.expected) {
          const key = `${school}|${e.person}`;
          const cookie = cookies.get(key);
          if (e.state !== 'open' || cookie === undefined) continue;
          const phone = work.get(key) ?? { key, school, person: e.person, cookie, commands: [] };
          phone.commands.push({
            name: 'homework.v1.assign',
            args: {
              classes: [body.class],
              subject: e.subject,
              date,
              form: 'written',
              tiers: tiersOf(e.subject, phone.commands.length),
              copiedFrom: null,
            },
          });
          work.set(key, phone);
        }
    }
  }
  return [...work.values()];
}

/**
 * A school lives until a teacher who is also the dean may read so many records: every two weeks are opened and everything is
 * assigned. Leaves the clock at 07:30 on the first of two more weeks, which are open and untouched.
 */
async function live(options: { day: Day; records: number }): Promise<Reader> {
  const { kernel } = running();
  await found({ count: 1, day: options.day, withDean: true });
  const school = schools[0]!;
  const row = await kernel.school(school);
  if (!row) throw new Error('no school');
  let day = options.day;
  for (let round = 0; ; round++, day = addDays(day, 14)) {
    const phones = await window({ day });
    const person = DEAN.of(phones.map((p) => p.person));
    const reader = { school, person, cookie: cookies.get(`${school}|${person}`) ?? '' };
    const records = await readable(school, person);
    if (records >= options.records) {
      setClock(addDays(day, 1), '07:30');
      const commands = phones.find((p) => p.person === person)?.commands ?? [];
      return { ...reader, records, commands };
    }
    if (round > 40) throw new Error(`only ${records} records after ${round} fortnights`);
    for (const phone of phones)
      await say(
        row,
        phone.commands.map((c) => ({ actor: phone.person, ...c })),
      );
  }
}

/** How many records a person's feed holds. */
async function readable(school: string, person: string): Promise<number> {
  const { store } = running().kernel;
  const tags = new Set(await tagsOf(school, person));
  const sets = (await store.reads.audiences(school, 0))
    .filter((s) => s.tags.some((t) => tags.has(t)))
    .map((s) => s.id);
  const { n } = await store.db
    .selectFrom('record')
    .select((e) => e.fn.countAll<number>().as('n'))
    .where('school', '=', school)
    .where('body', 'is not', null)
    .where('audience', 'in', sets)
    .executeTakeFirstOrThrow();
  return Number(n);
}

async function tagsOf(school: string, person: string): Promise<readonly string[]> {
  const { kernel } = running();
  const row = await kernel.school(school);
  const view = row && kernel.view(row);
  const access = await view?.get(accessRecord, person);
  if (!view || !access) throw new Error(`no rights of ${person}`);
  return makeActor(school, access, view.today).tags;
}

/** Every page of a person's feed, as a fresh phone gets it: the answers' texts. */
async function feed(reader: Reader): Promise<string[]> {
  const { port } = running();
  const device = randomUUID();
  const pages: string[] = [];
  let cursor: string | null = null;
  for (let more = true; more;) {
    const response: Response = await fetch(`http://127.0.0.1:${port}/api/sync`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-qing': '1',
        cookie: reader.cookie,
        'accept-encoding': 'identity',
      },
      body: JSON.stringify({
        protocol: PROTOCOL,
        device,
        build: 'bench',
        person: reader.person,
        cursor,
        commands: [],
      }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`the feed answered ${response.status}: ${text.slice(0, 300)}`);
    const answer = JSON.parse(text) as { cursor: string; more: boolean };
    pages.push(text);
    cursor = answer.cursor;
    more = answer.more;
  }
  return pages;
}

/** Average length of the bodies an assignment writes, characters: what the floor with rows must store. */
async function sizes(): Promise<Record<string, number>> {
  const rows = await running()
    .kernel.store.db.selectFrom('record')
    .select(['kind', (e) => e.fn.avg<number>(e.fn<number>('length', ['body'])).as('size')])
    .where('kind', 'in', [itemRecord.kind, classDayRecord.kind, taskRecord.kind])
    .groupBy('kind')
    .execute();
  return Object.fromEntries(rows.map((r) => [r.kind, Math.round(Number(r.size))]));
}

/** What the database says was accepted, to be held against what the phones were told. */
async function accepted(): Promise<number> {
  const { n } = await running()
    .kernel.store.db.selectFrom('command')
    .select((e) => e.fn.countAll<number>().as('n'))
    .where('outcome', '=', 'accepted')
    .where('device', '!=', 'server')
    .executeTakeFirstOrThrow();
  return Number(n);
}

answer({
  open,
  found,
  window,
  foundTown,
  cursors,
  fillLog,
  live,
  feed,
  sizes,
  accepted,
  errors,
  stop: close,
});

import { accessRecord } from '@kernel/shared/kernel-records';
import { must } from '@kernel/shared/refusal';
import { makeActor } from '@kernel/shared/scope';
import { addDays, type Day } from '@kernel/shared/time';
import { rightsOf, writeCursor } from '@kernel/server/pull';
import { classDayId, classDayRecord } from '@modules/homework';
import type { Plan } from '@modules/org/server/plan';
import type { Hand, Prepared } from './deal';
import { deal, preparedId } from './deal';
import { say } from './say';
import { wholePlan, ZONE } from './school';
import { running, setClock } from './server';
import { signInAll } from './sessions';

/** Many schools at nine o'clock, as the crowd of their phones needs to know them. */
export interface Town {
  readonly schools: readonly string[];
  /** The phones of one school; all schools are alike. */
  readonly hands: readonly Hand[];
  /** School → person → `cookie` header. */
  readonly cookies: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** What the founding took, seconds. */
  readonly seconds: { readonly imports: number; readonly days: number; readonly sessions: number };
}

/** Days made ready ahead, as the server's own jobs do it. */
const AHEAD = 14;

let town: { schools: string[]; plan: Plan } | undefined;

/** Founds so many schools by the real import, opens two weeks by the real jobs and gives everybody a session. */
export async function foundTown(o: { schools: number; phones: number; day: Day }): Promise<Town> {
  const { kernel, jobs } = running();
  setClock(o.day, '18:00');
  const plan = await wholePlan(o.day);
  const schools = Array.from({ length: o.schools }, (_, i) => `town-${i}`);
  town = { schools, plan };
  const imports = await seconds(async () => {
    for (const id of schools) {
      await kernel.createSchool({ id, name: `测试学校 ${id}`, zone: ZONE, example: false });
      const said = await kernel.system(id, { key: 'import', name: 'org.v1.applyImport', args: plan });
      if (said.outcome !== 'accepted') throw new Error(`import of ${id}: ${said.outcome} ${said.code}`);
    }
  });
  const days = await seconds(() => jobs.runOnce());
  const { hands, prepared } = await dealOut(o.day, o.phones);
  for (const id of schools) await prepare(id, prepared);
  let cookies: Town['cookies'] = {};
  const people = plan.persons.map((p) => ({ id: p.id, name: p.body.name }));
  const sessions = await seconds(async () => void (cookies = await signInAll(schools, people)));
  for (const person of new Set(hands.map((h) => h.person))) {
    const member = await kernel.auth.member(cookies[schools[0]!]?.[person]);
    if (member.person !== person) throw new Error(`the cookie of ${person} is ${member.person}'s`);
  }
  return { schools, hands, cookies, seconds: { imports, days, sessions } };
}

/** By what the first school's boards expect; the others are alike. */
async function dealOut(from: Day, phones: number) {
  const { plan, schools } = must(town, 'a town');
  const { kernel } = running();
  const view = kernel.view(must(await kernel.school(schools[0]!), 'the first school'));
  const days = Array.from({ length: AHEAD }, (_, i) => addDays(from, i + 1));
  const expected = new Set<string>();
  for (const date of days) {
    const ids = plan.classes.map((c) => classDayId(c.id, date));
    for (const { body } of await view.list(classDayRecord, { ids }))
      for (const e of body.expected)
        if (e.state === 'open') expected.add(`${body.class}|${e.subject}|${date}|${e.person}`);
  }
  if (expected.size === 0) throw new Error('no board is open');
  return deal(plan, days, phones, (...what) => expected.has(what.join('|')));
}

/** What waits for the signers: assigned by its author, and signed up to the step at which it is to wait. */
async function prepare(school: string, prepared: readonly Prepared[]): Promise<void> {
  const { plan } = must(town, 'a town');
  const row = must(await running().kernel.school(school), school);
  await say(
    row,
    prepared.map(({ author, args }, n) => ({
      id: preparedId(school, n),
      actor: author,
      name: 'homework.v1.assign',
      args,
    })),
  );
  const dean = plan.roles.find((r) => r.role === 'dean')?.person;
  const further = prepared.flatMap((p, n) => (p.step > 1 ? [{ id: preparedId(school, n), round: 1 }] : []));
  if (dean !== undefined && further.length > 0)
    await say(row, [{ actor: dean, name: 'homework.v1.sign', args: { step: 1, items: further } }]);
}

/** Person → the cursor of a phone that has just pulled, but for the place in the feed, which is the school's counter. */
export async function cursors(): Promise<{ rights: Record<string, string>; ends: Record<string, number> }> {
  const { kernel } = running();
  const { plan, schools } = must(town, 'a town');
  const view = kernel.view(must(await kernel.school(schools[0]!), 'the first school'));
  const rights: Record<string, string> = {};
  for (const { id } of plan.persons) {
    const access = must(await view.get(accessRecord, id), `rights of ${id}`);
    const actor = makeActor(view.id, access, view.today);
    rights[id] = writeCursor({ epoch: kernel.store.epoch, rights: rightsOf(actor), seq: 0 }).slice(0, -1);
  }
  const rows = await kernel.store.db.selectFrom('school').select(['id', 'seq']).execute();
  return { rights, ends: Object.fromEntries(rows.map((r) => [r.id, r.seq])) };
}

async function seconds(work: () => Promise<void>): Promise<number> {
  const from = performance.now();
  await work();
  return (performance.now() - from) / 1000;
}

import { randomUUID } from 'node:crypto';
import { registry } from '@app/server/modules';
import { readBody } from '@kernel/server/body';
import { Kernel } from '@kernel/server/kernel';
import { verifyDatabase } from '@kernel/server/proof/verify';
import type { Store } from '@kernel/server/store/store';
import { contributions } from '@kernel/shared/measure';
import type { Day } from '@kernel/shared/time';
import { addDays, dayOf, weekdayOf } from '@kernel/shared/time';
import type { Who } from '../../support/small-school';
import { smallSchool } from '../../support/small-school';

export const ZONE = 'Asia/Shanghai';
export const PASSWORD = 'a long password';
/** Who teaches what in both classes, and so may assign in them. */
export const TEACHERS: readonly { readonly who: Who; readonly subject: string }[] = [
  { who: 'lin', subject: 'math' },
  { who: 'mei', subject: 'chinese' },
  { who: 'gao', subject: 'english' },
];

/** A school in a database, with teachers who are signed in. */
export interface Town {
  readonly school: string;
  readonly cookies: Readonly<Record<string, string>>;
  /** School days from the day after tomorrow on. */
  readonly days: readonly Day[];
}

const silent = { error: () => undefined, info: () => undefined };

export const openKernel = (store: Store, clock = { now: () => Date.now() }): Promise<Kernel> =>
  Kernel.open({ registry, store, clock, log: silent });

/** Makes 小小中学 in an open database, in a term around today. Teachers who sign in cost their passwords' time. */
export async function foundTown(store: Store, now = Date.now(), signedIn = true): Promise<Town> {
  const kernel = await openKernel(store, { now: () => now });
  const today = dayOf(now, ZONE);
  const plan = smallSchool();
  const years = [Number(today.slice(0, 4)), Number(today.slice(0, 4)) + 1];
  const term = { id: 'term', name: '本学期', start: addDays(today, -30), end: addDays(today, 90) };
  const calendar = { ...plan.calendar, terms: [term], coveredYears: years, published: {} };
  const school = randomUUID();
  await kernel.createSchool({ id: school, name: '小小中学', zone: ZONE, example: false });
  const applied = await kernel.systemAll(school, [
    { key: 'import', name: 'org.v1.applyImport', args: { ...plan, calendar } },
    { key: 'admin', name: 'org.v1.addAdmin', args: { person: 'xu', create: null } },
  ]);
  const bad = applied.find((r) => r.outcome !== 'accepted');
  if (bad) throw new Error(`the town was ${bad.outcome}: ${bad.code} ${JSON.stringify(bad.details)}`);
  const cookies: Record<string, string> = {};
  for (const { who } of signedIn ? TEACHERS : []) {
    const account = `${who}.${school.slice(0, 8)}`;
    await kernel.auth.createAccount({ school, person: who, account, password: PASSWORD, name: who });
    const { cookies: set } = await kernel.auth.signIn(account, PASSWORD);
    cookies[who] = set.map((c) => c.split(';')[0]!).join('; ');
  }
  const days = Array.from({ length: 12 }, (_, i) => addDays(today, i + 2)).filter((d) => weekdayOf(d) <= 5);
  return { school, cookies, days };
}

export const TIERS = [{ tier: 'A', content: '练习册第 12 页 1–6 题', minutes: 15 }] as const;

export interface Said {
  readonly id: string;
  readonly outcome: string;
  readonly seq: number | null;
}

/** What is wrong with a database after everything that was done to its server; empty when nothing is. */
export async function wrongWith(store: Store, town: Town, acked: readonly Said[]): Promise<string[]> {
  const wrong: string[] = [];
  const rows = await store.db
    .selectFrom('command')
    .select(['id', 'log', 'outcome', 'name'])
    .where('school', '=', town.school)
    .execute();
  const logged = new Map(rows.map((r) => [r.id, r]));
  for (const said of acked) {
    const row = logged.get(said.id);
    if (!row) wrong.push(`lost: ${said.id} was acknowledged as ${said.outcome}`);
    else if (row.outcome !== said.outcome || Number(row.log) !== said.seq)
      wrong.push(`changed: ${said.id} was ${said.outcome} ${said.seq}, is ${row.outcome} ${row.log}`);
  }
  const items = await store.list(town.school, 'homework.item', '');
  const there = new Set(items.map((i) => i.id));
  const assigned = rows.filter((r) => r.name === 'homework.v1.assign' && r.outcome === 'accepted');
  for (const row of assigned)
    if (!there.has(row.id)) wrong.push(`half: ${row.id} is logged without its record`);
  if (there.size !== assigned.length) wrong.push(`${there.size} items of ${assigned.length} assignments`);
  for await (const school of verifyDatabase(store.db, { records: true }))
    if (school.broken || school.badRecords.length > 0)
      wrong.push(`log: ${JSON.stringify(school.broken ?? school.badRecords)}`);
  return [...wrong, ...(await wrongMeasures(store, town.school))];
}

/** Every number against one computed again from the records. */
async function wrongMeasures(store: Store, school: string): Promise<string[]> {
  const rebuilt = new Map<string, number>();
  for (const kind of registry.kinds) {
    const defs = registry.measuresOf(kind);
    if (defs.length === 0) continue;
    for (const row of await store.list(school, kind, ''))
      contributions(defs, readBody(registry, kind, row.version, row.body), row.id, rebuilt, 1);
  }
  const stored = await store.db.selectFrom('measure').selectAll().where('school', '=', school).execute();
  const kept = new Map(stored.map((r) => [`${r.name}|${r.scope}|${r.day}`, Number(r.value)]));
  return [...new Set([...rebuilt.keys(), ...kept.keys()])]
    .filter((key) => (rebuilt.get(key) ?? 0) !== (kept.get(key) ?? 0))
    .map((key) => `measure ${key}: ${kept.get(key)} stored, ${rebuilt.get(key)} rebuilt`);
}

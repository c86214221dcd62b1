import { randomUUID } from 'node:crypto';
import type { Kernel } from '@kernel/server/kernel';
import type { SchoolRow } from '@kernel/server/store/store';
import { dayOf } from '@kernel/shared/time';
import { buildExamplePlan } from '@modules/org/server';
import { Story, StoryClock } from './story';

const ZONE = 'Asia/Shanghai';

/** Meta key that says an example was built to its end, and on which day. */
const readyKey = (school: string): string => `example:${school}`;

/** The finished example of today, or null. Yesterday's is not shown: it is made anew each day. */
export async function findExample(kernel: Kernel): Promise<SchoolRow | null> {
  const today = dayOf(kernel.clock.now(), ZONE);
  for (const school of (await kernel.store.schools()).filter((s) => s.example)) {
    const ready = await kernel.store.db
      .selectFrom('meta')
      .select('value')
      .where('key', '=', readyKey(school.id))
      .executeTakeFirst();
    if (ready?.value === today) return school;
  }
  return null;
}

/**
 * Builds the example school by the import path a real school uses, then lives two weeks in it. The `example` flag is set here
 * and nowhere else: no command and no route can give it to a real school.
 */
export async function buildExample(kernel: Kernel): Promise<SchoolRow> {
  const now = kernel.clock.now();
  const today = dayOf(now, ZONE);
  await removeOldExamples(kernel);

  const plan = await buildExamplePlan(today);
  const school: SchoolRow = {
    id: `example-${randomUUID()}`,
    name: plan.school.name,
    zone: ZONE,
    example: true,
  };
  const clock = new StoryClock();
  clock.ms = now - 20 * 86_400_000;
  const past = kernel.withClock(clock);
  await kernel.createSchool(school);
  const applied = await past.system(school.id, { key: 'import', name: 'org.v1.applyImport', args: plan });
  if (applied.outcome !== 'accepted')
    throw new Error(
      `defect: the example import was ${applied.outcome}: ${applied.code} ${JSON.stringify(applied.details)}`,
    );
  const office = plan.roles.find((r) => r.role === 'officeHead') ?? plan.roles[0];
  if (office)
    await past.system(school.id, {
      key: 'admin',
      name: 'org.v1.addAdmin',
      args: { person: office.person, create: null },
    });

  await new Story(past, school, clock, Number(today.replaceAll('-', ''))).live(now, today);
  await kernel.store.db
    .insertInto('meta')
    .values({ key: readyKey(school.id), value: today })
    .execute();
  return school;
}

/** Every table that holds something of one school, the school's own row apart. */
const OF_A_SCHOOL = [
  'record',
  'feed',
  'sender',
  'command',
  'measure',
  'audience',
  'activation',
  'device',
  'draft',
  'school_key',
  'chain_head',
] as const;

async function removeOldExamples(kernel: Kernel): Promise<void> {
  const { db } = kernel.store;
  for (const old of (await kernel.store.schools()).filter((s) => s.example)) {
    for (const table of OF_A_SCHOOL) await db.deleteFrom(table).where('school', '=', old.id).execute();
    await kernel.auth.removeAccounts(old.id);
    await db.deleteFrom('school').where('id', '=', old.id).where('example', '=', 1).execute();
    await db.deleteFrom('meta').where('key', '=', readyKey(old.id)).execute();
    kernel.forget(old.id);
  }
}

import type { Kernel } from '@kernel/server/kernel';
import type { SchoolView } from '@kernel/server/module';
import type { SchoolRow } from '@kernel/server/store/store';
import { accessRecord, taskRecord } from '@kernel/shared/kernel-records';
import type { Grant } from '@kernel/shared/scope';
import { addDays } from '@kernel/shared/time';
import { itemRecord } from '@modules/homework';
import { personRecord } from '@modules/org';

export interface ExampleRole {
  readonly person: string;
  readonly name: string;
  readonly role: string;
  readonly title: string;
  readonly hint: string;
}

const ROLES: readonly {
  role: string;
  title: string;
  hint: string;
  fits(grants: readonly Grant[]): boolean;
}[] = [
  {
    role: 'teacher',
    title: '任课教师',
    hint: '一次点按布置作业，断网也行',
    fits: (g) => g.filter((x) => x.role === 'teacher').length >= 2 && only(g, ['teacher']),
  },
  {
    role: 'headTeacher',
    title: '班主任',
    hint: '打开就看到公示栏还差什么、差谁的',
    fits: (g) => has(g, 'headTeacher') && only(g, ['teacher', 'headTeacher']),
  },
  {
    role: 'groupLeader',
    title: '备课组长',
    hint: '合规的一次签完，例外的单独看',
    fits: (g) => has(g, 'groupLeader') && only(g, ['teacher', 'groupLeader']),
  },
  {
    role: 'gradeSupervisor',
    title: '年级主管',
    hint: '全年级每个班今天到哪一步',
    fits: (g) => has(g, 'gradeSupervisor'),
  },
  { role: 'dean', title: '教务主任', hint: '第二签，全校的例外', fits: (g) => has(g, 'dean') },
  {
    role: 'vicePrincipal',
    title: '副校长',
    hint: '第三签，签完按时公示',
    fits: (g) => has(g, 'vicePrincipal'),
  },
  { role: 'principal', title: '校长', hint: '一页看完这一周', fits: (g) => has(g, 'principal') },
  { role: 'admin', title: '学校管理员', hint: '人员、校历和自动生成的周报', fits: (g) => has(g, 'admin') },
];

const has = (grants: readonly Grant[], role: string): boolean => grants.some((g) => g.role === role);
const only = (grants: readonly Grant[], roles: readonly string[]): boolean =>
  grants.every((g) => roles.includes(g.role));

/** One person of the example school for each way of using the product: of those who fit, the one with most to do and to see. */
export async function exampleRoles(kernel: Kernel, school: SchoolRow): Promise<ExampleRole[]> {
  const view = kernel.view(school);
  const people = new Map((await view.list(personRecord)).map((p) => [p.id, p.body]));
  const access = (await view.list(accessRecord)).filter((a) => people.get(a.id)?.onLeave === false);
  const busy = await busyness(view);
  const taken = new Set<string>();
  return ROLES.flatMap(({ role, title, hint, fits }) => {
    // A signer is as busy as what waits to be signed; everybody else as busy as their own tasks.
    const score = (a: (typeof access)[number]): number => {
      const led = a.body.grants.filter((g) => g.role === role).map((g) => busy.get(g.scope) ?? 0);
      return role === 'groupLeader' ? Math.max(0, ...led) : (busy.get(a.id) ?? 0);
    };
    const [found] = access
      .filter((a) => !taken.has(a.id) && fits(a.body.grants))
      .sort((a, b) => score(b) - score(a) || (a.id < b.id ? -1 : 1));
    if (!found) return [];
    taken.add(found.id);
    return [{ person: found.id, name: found.body.name, role, title, hint }];
  });
}

/** Open tasks by person, and homework waiting for the group leader by prep scope. */
async function busyness(view: SchoolView): Promise<Map<string, number>> {
  const count = new Map<string, number>();
  const add = (key: string): void => void count.set(key, (count.get(key) ?? 0) + 1);
  for (const { body } of await view.list(taskRecord))
    if (body.state === 'open' && body.day <= addDays(view.today, 4)) add(body.person);
  for (const { body } of await view.list(itemRecord))
    if (body.state === 'waiting' && body.step === 0) add(`prep/${body.prep}`);
  return count;
}

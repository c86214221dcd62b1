import { randomUUID } from 'node:crypto';
import type { Cookies, Member } from '@kernel/server/auth';
import type { Kernel } from '@kernel/server/kernel';
import { ProblemError } from '@kernel/server/problem';
import { must } from '@kernel/shared/refusal';
import { dayOf } from '@kernel/shared/time';
import * as v from 'valibot';
import { planFault, planSchema } from './plan';
import type { Preview } from './import/preview';
import { previewImport } from './import/preview';
import { spell } from './import/persons';
import type { SetUpForm } from './set-up-form';

export const SCHOOL_ZONE = 'Asia/Shanghai';

/** Setting up by web is for a server that has no school yet: 403 otherwise. Who comes later is let in by the school's admin. */
export async function mustBeFirst(kernel: Kernel): Promise<void> {
  if ((await kernel.store.schools()).some((s) => !s.example))
    throw new ProblemError(
      403,
      'org.setUpClosed',
      '这台服务器上已经建好了学校，请登录，或向学校管理员要激活码',
    );
}

const underWay = new WeakSet<Kernel>();
/** Two administrators pressing at once must not make two schools: the second is told so. */
export async function oneAtATime<T>(kernel: Kernel, work: () => Promise<T>): Promise<T> {
  if (underWay.has(kernel))
    throw new ProblemError(409, 'org.setUpUnderWay', '学校正在建立，请稍等片刻再登录');
  underWay.add(kernel);
  try {
    await mustBeFirst(kernel);
    return await work();
  } finally {
    underWay.delete(kernel);
  }
}

export function previewSetUp(kernel: Kernel, form: SetUpForm): Preview {
  return previewImport(form.files, {
    schoolName: form.schoolName,
    zone: SCHOOL_ZONE,
    example: false,
    term: form.term,
    today: dayOf(kernel.clock.now(), SCHOOL_ZONE),
    answers: form.answers,
    layouts: form.layouts,
    dutyMonday: form.dutyMonday,
    newId: randomUUID,
  });
}

/**
 * Makes the school in one go. The account comes first, because only it can fail for reasons of the person's (name taken,
 * password too short), and then nothing else has been made.
 */
export async function applySetUp(
  kernel: Kernel,
  form: SetUpForm,
): Promise<{ cookies: Cookies; member: Member }> {
  const { plan } = previewSetUp(kernel, form);
  if (!plan)
    throw new ProblemError(
      422,
      'org.filesUnreadable',
      '文件没有读懂，没有导入任何内容。请先预览，看是哪里的问题',
    );
  // Before anything is made: a school that stood half would close the set-up to everybody.
  if (!v.is(planSchema, plan) || planFault(plan) !== null)
    throw new ProblemError(422, 'org.planTooLarge', '文件里的内容超出一所学校的范围，没有导入任何内容');
  const admin = form.admin;
  if (!admin) throw new ProblemError(400, 'org.noAdmin', '请先填管理员的账号和密码，没有导入任何内容');
  const chosen = admin.person === null ? null : plan.persons[admin.person];
  if (chosen === undefined)
    throw new ProblemError(422, 'org.noSuchPerson', '选的管理员不在花名册里，没有导入任何内容');
  const name = chosen?.body.name ?? admin.name;
  if (!name) throw new ProblemError(400, 'org.noAdmin', '请填管理员的姓名，没有导入任何内容');

  const school = { id: randomUUID(), name: form.schoolName, zone: SCHOOL_ZONE, example: false };
  const person = chosen?.id ?? randomUUID();
  const create = chosen ? null : { name, ...spell(name) };
  await kernel.auth.createAccount({
    school: school.id,
    person,
    account: admin.account,
    password: admin.password,
    name,
  });
  await kernel.createSchool(school);
  await mustAccept(kernel, school.id, 'import', 'org.v1.applyImport', plan);
  await mustAccept(kernel, school.id, 'admin', 'org.v1.addAdmin', { person, create });
  return must(await kernel.auth.signIn(admin.account, admin.password), 'the new administrator can sign in');
}

async function mustAccept(
  kernel: Kernel,
  school: string,
  key: string,
  name: string,
  args: unknown,
): Promise<void> {
  const result = await kernel.system(school, { key, name, args });
  if (result.outcome !== 'accepted')
    throw new Error(`defect: ${name} was ${result.outcome}: ${result.code ?? ''}`);
}

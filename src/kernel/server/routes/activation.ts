import type { FastifyInstance } from 'fastify';
import * as v from 'valibot';
import { ACCOUNT_WORDS } from '@kernel/shared/account';
import { accessRecord } from '@kernel/shared/kernel-records';
import { DAY_MS } from '@kernel/shared/time';
import type { NewAccount } from '../auth';
import { setCookies } from '../cookies';
import { memberOf } from '../door';
import type { Kernel } from '../kernel';
import { rememberDevice } from '../known-device';
import { codeHash, codeWords, newCode } from '../one-time-code';
import { missing, ProblemError, signedOut } from '../problem';
import { take } from '../take';
import { sessionOf } from './session';

/** A first code is printed and handed out; one for a new password is asked for when it is needed (reliability.md A8). */
const VALID = { first: 7 * DAY_MS, reset: DAY_MS } as const;
const code = v.pipe(v.string(), v.maxLength(40));
const hashOf = (code: string): string => codeHash('activation', code);

/**
 * One-time codes by which a person on the roster gets an account, or a new password for the one there is. The person chooses both;
 * the administrator never does.
 */
export function activationRoutes(http: FastifyInstance, kernel: Kernel): void {
  const { store, clock } = kernel;

  http.post('/api/activation', async (request) => {
    const member = memberOf(request);
    const { person } = take(v.strictObject({ person: v.pipe(v.string(), v.maxLength(100)) }), request.body);
    const school = await kernel.school(member.school);
    if (!school) throw signedOut();
    const access = await kernel.view(school).get(accessRecord, person);
    if (!access) throw missing();
    const reset = (await kernel.auth.accountOf(school.id, person)) !== null;
    const made = newCode();
    const expiresAt = clock.now() + (reset ? VALID.reset : VALID.first);
    // A new code replaces the old one: a lost slip stops working.
    await store.db
      .deleteFrom('activation')
      .where('school', '=', school.id)
      .where('person', '=', person)
      .execute();
    await store.db
      .insertInto('activation')
      .values({ code_hash: hashOf(made), school: school.id, person, expires_at: expiresAt, used_at: null })
      .execute();
    return { code: codeWords(made), expiresAt, name: access.name, reset };
  });

  /** What a code is for: whose, of which school, and the account that gets a new password (`null`: one is chosen). */
  http.post('/api/activation/look', async (request) => {
    const body = take(v.strictObject({ code }), request.body);
    const row = await store.db
      .selectFrom('activation')
      .select(['school', 'person'])
      .where('code_hash', '=', hashOf(body.code))
      .where('used_at', 'is', null)
      .where('expires_at', '>=', clock.now())
      .executeTakeFirst();
    const school = row && (await kernel.school(row.school));
    const access = school && (await kernel.view(school).get(accessRecord, row.person));
    if (!access) throw wrongCode();
    return {
      school: school.name,
      name: access.name,
      account: await kernel.auth.accountOf(school.id, row.person),
    };
  });

  http.post('/api/activation/redeem', async (request, reply) => {
    const body = take(
      v.strictObject({
        code,
        /** Only where there is none yet. */
        account: v.optional(v.pipe(v.string(), v.trim(), v.maxLength(100))),
        password: v.pipe(v.string(), v.maxLength(200)),
      }),
      request.body,
    );
    const now = clock.now();
    // Claimed before anything is made: of two at once, one has it. Given back when no account came of it.
    const [row] = await store.db
      .updateTable('activation')
      .set({ used_at: now })
      .where('code_hash', '=', hashOf(body.code))
      .where('used_at', 'is', null)
      .where('expires_at', '>=', now)
      .returningAll()
      .execute();
    if (!row) throw wrongCode();
    const school = await kernel.school(row.school);
    const access = school && (await kernel.view(school).get(accessRecord, row.person));
    if (!access) throw wrongCode();
    let account: string;
    try {
      account = await redeem(kernel, {
        school: row.school,
        person: row.person,
        account: body.account ?? null,
        password: body.password,
        name: access.name,
      });
    } catch (error) {
      await store.db
        .updateTable('activation')
        .set({ used_at: null })
        .where('code_hash', '=', row.code_hash)
        .execute();
      throw error;
    }
    const { cookies, member } = await kernel.auth.signIn(
      account,
      body.password,
      request.headers['user-agent'],
    );
    setCookies(request, reply, [...cookies, rememberDevice(store.secret, request.headers.cookie, account)]);
    return sessionOf(kernel, member);
  });
}

const wrongCode = (): ProblemError =>
  new ProblemError(404, 'kernel.wrongCode', '激活码不对、已用过或已过期，请向学校管理员要一个新的');

/** Makes the account, or gives the one there is the new password and ends its sessions. Answers the account's name. */
async function redeem(
  { auth }: Kernel,
  { account, ...a }: Omit<NewAccount, 'account'> & { account: string | null },
): Promise<string> {
  const there = await auth.accountOf(a.school, a.person);
  if (there === null) {
    if (account === null) throw new ProblemError(422, 'kernel.badAccount', `账号请${ACCOUNT_WORDS}`);
    await auth.createAccount({ ...a, account });
    return account;
  }
  // Somebody who still has the page of the first code open: nothing is renamed behind anybody's back.
  if (account !== null && account.toLowerCase() !== there)
    throw new ProblemError(409, 'kernel.personHasAccount', '这位老师已经有账号了，请直接登录');
  await auth.resetPassword(a.school, a.person, a.password);
  return there;
}

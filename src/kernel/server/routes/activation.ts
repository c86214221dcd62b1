import { createHash, randomInt } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import * as v from 'valibot';
import { accessRecord } from '@kernel/shared/kernel-records';
import { DAY_MS } from '@kernel/shared/time';
import { setCookies } from '../cookies';
import { memberOf } from '../door';
import type { Kernel } from '../kernel';
import { missing, ProblemError, signedOut } from '../problem';
import { take } from '../take';
import { sessionOf } from './session';

/** No 0/O, 1/I/L: read aloud and typed on a phone. 31^10 codes, single use, a week long. */
const LETTERS = '23456789ABCDEFGHJKMNPQRSTUVWXYZ';
const LENGTH = 10;
const VALID = 7 * DAY_MS;

const hashOf = (code: string): string =>
  createHash('sha256').update(`activation\n${code}`).digest('base64url');
const normalise = (code: string): string => code.toUpperCase().replace(/[^0-9A-Z]/g, '');

/** One-time codes by which a person on the roster gets an account; the person chooses account and password. */
export function activationRoutes(http: FastifyInstance, kernel: Kernel): void {
  const { store, clock } = kernel;

  http.post('/api/activation', async (request) => {
    const member = memberOf(request);
    const { person } = take(v.strictObject({ person: v.pipe(v.string(), v.maxLength(100)) }), request.body);
    const school = await kernel.school(member.school);
    if (!school) throw signedOut();
    const access = await kernel.view(school).get(accessRecord, person);
    if (!access) throw missing();
    if (await kernel.auth.hasAccount(school.id, person))
      throw new ProblemError(409, 'kernel.personHasAccount', '这位老师已经有账号了');
    const code = Array.from({ length: LENGTH }, () => LETTERS[randomInt(LETTERS.length)]).join('');
    const expiresAt = clock.now() + VALID;
    // A new code replaces the old one: a lost slip stops working.
    await store.db
      .deleteFrom('activation')
      .where('school', '=', school.id)
      .where('person', '=', person)
      .execute();
    await store.db
      .insertInto('activation')
      .values({ code_hash: hashOf(code), school: school.id, person, expires_at: expiresAt, used_at: null })
      .execute();
    return { code: `${code.slice(0, 5)}-${code.slice(5)}`, expiresAt, name: access.name };
  });

  http.post('/api/activation/redeem', async (request, reply) => {
    const body = take(
      v.strictObject({
        code: v.pipe(v.string(), v.maxLength(40)),
        account: v.pipe(v.string(), v.trim(), v.maxLength(100)),
        password: v.pipe(v.string(), v.maxLength(200)),
      }),
      request.body,
    );
    const now = clock.now();
    const wrong = new ProblemError(
      404,
      'kernel.wrongCode',
      '激活码不对、已用过或已过期，请向学校管理员要一个新的',
    );
    // Claimed before anything is made: of two at once, one has it. Given back when no account came of it.
    const [row] = await store.db
      .updateTable('activation')
      .set({ used_at: now })
      .where('code_hash', '=', hashOf(normalise(body.code)))
      .where('used_at', 'is', null)
      .where('expires_at', '>=', now)
      .returningAll()
      .execute();
    if (!row) throw wrong;
    const school = await kernel.school(row.school);
    const access = school && (await kernel.view(school).get(accessRecord, row.person));
    if (!access) throw wrong;
    try {
      await kernel.auth.createAccount({
        school: row.school,
        person: row.person,
        account: body.account,
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
    const { cookies, member } = await kernel.auth.signIn(body.account, body.password);
    setCookies(request, reply, cookies);
    return sessionOf(kernel, member);
  });
}

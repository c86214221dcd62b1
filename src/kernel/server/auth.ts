import type { BetterAuthOptions } from 'better-auth';
import { betterAuth } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';
import { username } from 'better-auth/plugins/username';
import type { Kysely } from 'kysely';
import { ACCOUNT, ACCOUNT_WORDS } from '@kernel/shared/account';
import type { Clock } from '@kernel/shared/clock';
import { credentials, mustBePassword, PASSWORD_LENGTH } from './credentials';
import type { Dialect } from './store/migrate';
import { inSchemaChange } from './store/migrate';
import type { Tables } from './store/tables';
import { SYSTEM } from '@kernel/shared/scope';
import { notReady, ProblemError, signedOut } from './problem';

/** Who a request speaks for. */
export interface Member {
  readonly account: string;
  readonly accountName: string;
  readonly school: string;
  readonly person: string;
}

export interface NewAccount {
  readonly school: string;
  readonly person: string;
  /** Login name: 3–40 letters, digits, `.`, `_`, `-`, `@`. Case does not matter. */
  readonly account: string;
  readonly password: string;
  readonly name: string;
}

/** `set-cookie` values of an answer that signed somebody in or out. */
export type Cookies = readonly string[];

/** Our own part of a cookie header, or null: what else a browser sends is neither looked at nor remembered. */
function sessionCookie(header: string | undefined): string | null {
  const found = (header ?? '')
    .split(';')
    .map((part) => part.trim())
    .filter((part) => /^(?:__Secure-)?qing\.session_token=/.test(part));
  return found.length === 0 ? null : found.join('; ');
}
/** Whether a cookie header carries a session of ours at all, good or not. */
export const hasSession = (cookie: string | undefined): boolean => sessionCookie(cookie) !== null;

/**
 * A session is looked up again after this long, ms: what another server process revoked ends here within it. An SQLite file has
 * one process, whose own revocations are forgotten at once.
 */
const REMEMBER = { sqlite: 600_000, postgres: 1_000 } as const;

/** better-auth's own tables, whole or not at all: by itself it makes them one by one and never again makes up for a missing index. */
export async function migrateAuth(db: Kysely<Tables>, dialect: Dialect): Promise<void> {
  const planned = async (on: Kysely<Tables>) =>
    getMigrations(authOptions(on, dialect, 'for the tables alone'));
  const { toBeCreated, toBeAdded, toBeAddedIndexes } = await planned(db);
  if (toBeCreated.length + toBeAdded.length + toBeAddedIndexes.length === 0) return;
  // Planned again inside: another server may have been first.
  await inSchemaChange(db, dialect, async (trx) => (await planned(trx)).runMigrations());
}

const authOptions = (db: Kysely<Tables>, dialect: Dialect, secret: string) =>
  ({
    database: { db, type: dialect, transaction: false },
    secret,
    baseURL: 'http://localhost',
    logger: { disabled: true },
    telemetry: { enabled: false },
    emailAndPassword: {
      enabled: true,
      autoSignIn: false,
      minPasswordLength: PASSWORD_LENGTH.min,
      maxPasswordLength: PASSWORD_LENGTH.max,
    },
    session: { expiresIn: 60 * 60 * 24 * 90, updateAge: 60 * 60 * 24 },
    advanced: { cookiePrefix: 'qing', database: { generateId: 'uuid' } },
    plugins: [
      username({ minUsernameLength: 3, maxUsernameLength: 40, usernameValidator: (n) => ACCOUNT.test(n) }),
    ],
  }) satisfies BetterAuthOptions;

/**
 * Accounts, passwords and sessions by better-auth; only its functions are used, none of its HTTP routes is mounted. An account
 * is bound to a school's person by a membership row of ours.
 */
export async function openAuth(options: {
  db: Kysely<Tables>;
  dialect: 'sqlite' | 'postgres';
  secret: string;
  clock: Clock;
}) {
  const { db, clock } = options;
  await migrateAuth(db, options.dialect);
  const auth = betterAuth(authOptions(db, options.dialect, options.secret));

  const remembered = new Map<string, { until: number; member: Member }>();

  /** Null when there is none. A database that cannot answer is not a missing session: nobody is signed out by a full disk. */
  const sessionBehind = async (cookie: string) => {
    const headers = new Headers({ cookie });
    try {
      return await auth.api.getSession({ headers });
    } catch {
      // Prolonging it is a write; looking at it is not.
      return auth.api.getSession({ headers, query: { disableRefresh: true } }).catch((error: unknown) => {
        const status = (error as { statusCode?: unknown }).statusCode;
        if (typeof status === 'number' && status < 500) return null;
        throw notReady();
      });
    }
  };

  const memberOf = async (account: string, accountName: string): Promise<Member | null> => {
    const row = await db
      .selectFrom('membership')
      .select(['school', 'person'])
      .where('account', '=', account)
      .orderBy('created_at')
      .executeTakeFirst();
    return row ? { account, accountName, school: row.school, person: row.person } : null;
  };

  /** Moves with every ended session: who asked before must not be remembered after. */
  let ended = 0;
  const forget = (account: string): void => {
    ended += 1;
    for (const [cookie, { member }] of remembered) if (member.account === account) remembered.delete(cookie);
  };

  return {
    ...credentials(db, () => auth.$context, forget),

    /** The member behind a cookie header. Throws 401. */
    async member(header: string | undefined): Promise<Member> {
      const cookie = sessionCookie(header);
      if (cookie === null) throw signedOut();
      const now = clock.now();
      const hit = remembered.get(cookie);
      if (hit && hit.until > now) return hit.member;
      const before = ended;
      const session = await sessionBehind(cookie);
      const member = session && (await memberOf(session.user.id, session.user.username ?? ''));
      if (!member) {
        remembered.delete(cookie);
        throw signedOut();
      }
      if (remembered.size > 50_000) remembered.clear();
      if (before === ended) remembered.set(cookie, { until: now + REMEMBER[options.dialect], member });
      return member;
    },

    /** Signs in; the same answer and the same work for an unknown account and a wrong password. Throws 401. */
    async signIn(
      account: string,
      password: string,
      browser = '',
    ): Promise<{ cookies: Cookies; member: Member }> {
      const wrong = new ProblemError(401, 'kernel.wrongPassword', '账号或密码不对');
      const response = await auth.api
        .signInUsername({
          body: { username: account, password },
          // Kept with the session, for its owner to know which phone it is. An address is not.
          headers: new Headers({ 'user-agent': browser.slice(0, 300) }),
          asResponse: true,
        })
        .catch(() => null);
      if (!response?.ok) throw wrong;
      const body = (await response.json()) as { user: { id: string } };
      const member = await memberOf(body.user.id, account);
      if (!member) throw wrong;
      return { cookies: response.headers.getSetCookie(), member };
    },

    async signOut(header: string): Promise<Cookies> {
      const cookie = sessionCookie(header);
      if (cookie === null) return [];
      remembered.delete(cookie);
      const response = await auth.api
        .signOut({ headers: new Headers({ cookie }), asResponse: true })
        .catch(() => null);
      // Once more: a request under way may have remembered it while it was being ended.
      remembered.delete(cookie);
      return response ? response.headers.getSetCookie() : [];
    },

    /** Makes an account for a person of a school. Throws 409 when the name is taken, 422 when it or the password does not fit. */
    async createAccount(a: NewAccount): Promise<void> {
      if (!ACCOUNT.test(a.account))
        throw new ProblemError(422, 'kernel.badAccount', `账号请${ACCOUNT_WORDS}`);
      mustBePassword(a.password);
      if (a.person === SYSTEM) throw new Error('defect: an account for the school itself');
      const taken = await db
        .selectFrom('membership')
        .select('account')
        .where('school', '=', a.school)
        .where('person', '=', a.person)
        .executeTakeFirst();
      const hasOne = new ProblemError(409, 'kernel.personHasAccount', '这位老师已经有账号了，请直接登录');
      if (taken) throw hasOne;
      const made = await auth.api
        .signUpEmail({
          // better-auth wants an e-mail; nobody's is asked, and this one cannot receive any (RFC 2606 `.invalid`).
          body: {
            email: `${encodeURIComponent(a.account.toLowerCase())}@account.invalid`,
            name: a.name,
            password: a.password,
            username: a.account,
          },
        })
        .catch(() => null);
      if (!made) throw new ProblemError(409, 'kernel.accountTaken', '这个账号名已经有人用了，请换一个');
      const row = { account: made.user.id, school: a.school, person: a.person, created_at: clock.now() };
      const bound = await db
        .insertInto('membership')
        .values(row)
        .onConflict((c) => c.columns(['school', 'person']).doNothing())
        .returning('account')
        .execute();
      if (bound.length > 0) return;
      // Somebody else was first: the name just taken must not stay taken by nobody.
      await (await auth.$context).internalAdapter.deleteUser(made.user.id);
      throw hasOne;
    },

    /** Removes a school's accounts with their names and sessions. */
    async removeAccounts(school: string): Promise<void> {
      const { internalAdapter } = await auth.$context;
      const rows = await db.selectFrom('membership').select('account').where('school', '=', school).execute();
      for (const { account } of rows) await internalAdapter.deleteUser(account);
      await db.deleteFrom('membership').where('school', '=', school).execute();
      remembered.clear();
    },

    /** The person's account name, or null. */
    async accountOf(school: string, person: string): Promise<string | null> {
      const row = await db
        .selectFrom('membership')
        .select('account')
        .where('school', '=', school)
        .where('person', '=', person)
        .executeTakeFirst();
      if (!row) return null;
      const user = await (await auth.$context).internalAdapter.findUserById(row.account);
      return (user as { username?: string | null } | null)?.username ?? '';
    },
  };
}

export type Auth = Awaited<ReturnType<typeof openAuth>>;

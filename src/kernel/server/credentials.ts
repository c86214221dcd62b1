import type { Kysely } from 'kysely';
import type { Instant } from '@kernel/shared/time';
import type { Member } from './auth';
import { ProblemError } from './problem';
import type { Tables } from './store/tables';

export const PASSWORD_LENGTH = { min: 8, max: 128 } as const;

/** A place where somebody is signed in, as its owner sees it. */
export interface SignedInDevice {
  readonly id: string;
  /** What its browser calls itself; may be empty. */
  readonly browser: string;
  readonly since: Instant;
  /** Last prolonged: exact to a day. */
  readonly seen: Instant;
}

interface StoredSession {
  readonly id: string;
  readonly token: string;
  readonly userAgent?: string | null | undefined;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly expiresAt: Date;
}

/** As much of better-auth's inside as this needs. */
interface Inside {
  readonly internalAdapter: {
    listSessions(user: string): Promise<StoredSession[]>;
    deleteSession(token: string): Promise<unknown>;
    deleteUserSessions(user: string): Promise<unknown>;
    findAccounts(user: string): Promise<{ providerId: string; password?: string | null | undefined }[]>;
    updatePassword(user: string, hash: string): Promise<unknown>;
  };
  readonly password: {
    hash(password: string): Promise<string>;
    verify(what: { hash: string; password: string }): Promise<boolean>;
  };
}

/** Throws 422 with words. */
export function mustBePassword(password: string): void {
  if (password.length < PASSWORD_LENGTH.min || password.length > PASSWORD_LENGTH.max)
    throw new ProblemError(422, 'kernel.badPassword', '密码需要 8–128 位');
}

/**
 * What a person does with the own account, and what a reset code does: whatever changes the password ends every session, so that
 * whoever had the old one is out (reliability.md A4).
 * @param forget sessions of this account are looked up again
 */
export function credentials(
  db: Kysely<Tables>,
  inside: () => Promise<Inside>,
  forget: (account: string) => void,
) {
  const setPassword = async (account: string, password: string): Promise<void> => {
    mustBePassword(password);
    const { internalAdapter, password: words } = await inside();
    await internalAdapter.updatePassword(account, await words.hash(password));
    await internalAdapter.deleteUserSessions(account);
    forget(account);
  };
  const living = async (account: string): Promise<StoredSession[]> => {
    const all = await (await inside()).internalAdapter.listSessions(account);
    return all.filter((s) => s.expiresAt.getTime() > Date.now());
  };
  /** Our cookie is `<token>.<signature>`. The header is not decoded: what else stands in it is a browser's, and may be anything. */
  const isFrom = (session: StoredSession, cookie: string): boolean =>
    cookie.includes(`session_token=${session.token}.`);

  return {
    /** Throws 403 when `current` is wrong: 401 would sign the phone out. All sessions end, this one too: sign in again. */
    async changePassword(member: Member, current: string, next: string): Promise<void> {
      const { internalAdapter, password } = await inside();
      const credential = (await internalAdapter.findAccounts(member.account)).find(
        (a) => a.providerId === 'credential',
      );
      const right =
        credential?.password && (await password.verify({ hash: credential.password, password: current }));
      if (!right) throw new ProblemError(403, 'kernel.wrongOldPassword', '现在的密码不对，没有改动');
      await setPassword(member.account, next);
    },

    /** For whoever holds a reset code of this person. */
    async resetPassword(school: string, person: string, next: string): Promise<void> {
      const row = await db
        .selectFrom('membership')
        .select('account')
        .where('school', '=', school)
        .where('person', '=', person)
        .executeTakeFirstOrThrow();
      await setPassword(row.account, next);
    },

    /** Where this person is signed in, the present place first. */
    async signedInDevices(member: Member, cookie: string): Promise<(SignedInDevice & { here: boolean })[]> {
      return (await living(member.account))
        .map((s) => ({
          id: s.id,
          browser: (s.userAgent ?? '').slice(0, 300),
          since: s.createdAt.getTime(),
          seen: s.updatedAt.getTime(),
          here: isFrom(s, cookie),
        }))
        .sort((a, b) => Number(b.here) - Number(a.here) || b.seen - a.seen);
    },

    /** Ends one of the person's own sessions, or all but the one that asks. An id of somebody else's is like none: 404. */
    async endSessions(member: Member, cookie: string, id: string | null): Promise<void> {
      const { internalAdapter } = await inside();
      const found = (await living(member.account)).filter((s) =>
        id === null ? !isFrom(s, cookie) : s.id === id,
      );
      if (id !== null && found.length === 0)
        throw new ProblemError(404, 'kernel.notFound', '没有找到，可能已经退出了');
      for (const { token } of found) await internalAdapter.deleteSession(token);
      forget(member.account);
    },
  };
}

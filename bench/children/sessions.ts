import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import { sql, type Kysely } from 'kysely';
import type { Store } from '@kernel/server/store/store';
import { running } from './server';

/** The columns of better-auth's tables that a session needs, as it fills them itself. */
interface AuthTables {
  user: {
    id: string;
    name: string;
    email: string;
    emailVerified: unknown;
    createdAt: unknown;
    updatedAt: unknown;
    username: string;
    displayUsername: string;
  };
  session: {
    id: string;
    token: string;
    userId: string;
    expiresAt: unknown;
    createdAt: unknown;
    updatedAt: unknown;
    ipAddress: string;
    userAgent: string;
  };
  membership: { account: string; school: string; person: string; created_at: number };
}

/** Rows of one statement: SQLite takes 32,766 values. */
const CHUNK = 500;

/**
 * One account and one session for everybody in these schools, written straight into the tables: hashing twenty thousand passwords
 * would take an hour and is not what is measured. Nobody can sign in with a password here; every cookie is as good as a real one.
 * @returns school → person → `cookie` header
 */
export async function signInAll(
  schools: readonly string[],
  people: readonly { readonly id: string; readonly name: string }[],
): Promise<Record<string, Record<string, string>>> {
  const { store } = running().kernel;
  const db = store.db as unknown as Kysely<AuthTables>;
  const now = Date.now();
  const date = (ms: number): unknown =>
    store.dialect === 'sqlite' ? new Date(ms).toISOString() : new Date(ms);
  const [from, until] = [date(now), date(now + 90 * 86_400_000)];
  const cookies: Record<string, Record<string, string>> = {};
  const users: AuthTables['user'][] = [];
  const sessions: AuthTables['session'][] = [];
  const members: AuthTables['membership'][] = [];
  for (const school of schools) {
    const own: Record<string, string> = (cookies[school] = {});
    for (const { id: person, name } of people) {
      const id = randomUUID();
      const username = `${school}.${users.length}`;
      const token = randomBytes(24).toString('base64url');
      own[person] = cookieOf(store, token);
      users.push({
        ...{ id, name, username, displayUsername: username },
        ...{ email: `${username}@account.invalid`, emailVerified: store.dialect === 'sqlite' ? 0 : false },
        ...{ createdAt: from, updatedAt: from },
      });
      sessions.push({
        ...{ id: randomUUID(), token, userId: id, ipAddress: '', userAgent: '' },
        ...{ expiresAt: until, createdAt: from, updatedAt: from },
      });
      members.push({ account: id, school, person, created_at: now });
    }
  }
  await db.transaction().execute(async (trx) => {
    for (const rows of chunks(users)) await trx.insertInto('user').values(rows).execute();
    for (const rows of chunks(sessions)) await trx.insertInto('session').values(rows).execute();
    for (const rows of chunks(members)) await trx.insertInto('membership').values(rows).execute();
  });
  if (store.dialect === 'postgres') await sql`analyze`.execute(db);
  return cookies;
}

/** As better-auth signs it (better-call `signCookieValue`). */
function cookieOf(store: Store, token: string): string {
  const mac = createHmac('sha256', store.secret).update(token).digest('base64');
  return `qing.session_token=${encodeURIComponent(`${token}.${mac}`)}`;
}

const chunks = <T>(rows: readonly T[]): T[][] =>
  Array.from({ length: Math.ceil(rows.length / CHUNK) }, (_, i) => rows.slice(i * CHUNK, (i + 1) * CHUNK));

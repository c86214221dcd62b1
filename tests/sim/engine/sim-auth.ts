import type { Auth, Member } from '@kernel/server/auth';
import { signedOut } from '@kernel/server/problem';

const COOKIE = /qing\.session_token=([\w-]+)/;

/**
 * Sign-in without better-auth: password hashing runs on other threads, whose order no seed decides. The doors in front of it
 * are the real ones. An account is its person's name, the password is the word below.
 */
export class SimAuth {
  private sessions = new Map<string, string>();
  private made = 0;
  private readonly disabled = new Set<string>();

  constructor(private readonly school: string) {}

  private readonly of = (person: string): Member => ({
    account: person,
    accountName: person,
    school: this.school,
    person,
  });

  who(header: string | undefined): string | null {
    return this.sessions.get(COOKIE.exec(header ?? '')?.[1] ?? '') ?? null;
  }
  member: Auth['member'] = async (header) => {
    const person = this.sessions.get(COOKIE.exec(header ?? '')?.[1] ?? '');
    if (person === undefined || this.disabled.has(person)) throw signedOut();
    return this.of(person);
  };
  signIn: Auth['signIn'] = async (account, password) => {
    if (password !== PASSWORD || this.disabled.has(account)) throw signedOut();
    const token = `s${++this.made}`;
    this.sessions.set(token, account);
    return { cookies: [`qing.session_token=${token}; Path=/; HttpOnly`], member: this.of(account) };
  };
  signOut: Auth['signOut'] = async (header) => {
    this.sessions.delete(COOKIE.exec(header)?.[1] ?? '');
    return ['qing.session_token=; Path=/; Max-Age=0'];
  };

  /** The server forgets everybody of this name. */
  revoke(person: string): void {
    for (const [token, who] of this.sessions) if (who === person) this.sessions.delete(token);
  }
  disable(person: string, really: boolean): void {
    if (really) this.disabled.add(person);
    else this.disabled.delete(person);
  }
  snapshot(): Map<string, string> {
    return new Map(this.sessions);
  }
  restore(sessions: ReadonlyMap<string, string>): void {
    this.sessions = new Map(sessions);
  }
}

export const PASSWORD = 'a long password';

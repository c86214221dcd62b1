import type { Day } from './time';

/**
 * A scope is a path from the whole to the part: `school`, `school/g7`, `school/g7/c-2026-3`. Measures add up along it,
 * and whoever leads a path leads everything below it.
 */
export type Scope = string;

export function covers(outer: Scope, inner: Scope): boolean {
  return inner === outer || inner.startsWith(`${outer}/`);
}

/** The scope and every scope above it, innermost first: `a/b/c` → `a/b/c`, `a/b`, `a`. */
export function upward(scope: Scope): Scope[] {
  const out: Scope[] = [];
  let s = scope;
  for (;;) {
    out.push(s);
    const cut = s.lastIndexOf('/');
    if (cut < 0) return out;
    s = s.slice(0, cut);
  }
}

/** One role somebody holds, where, and from when to when (both days included). */
export interface Grant {
  readonly role: string;
  readonly scope: Scope;
  /** Audience tags this grant gives: records carrying one of them may be read. */
  readonly tags: readonly string[];
  /** True when the holder sees the measures of `scope` and everything below it. */
  readonly oversees: boolean;
  readonly from: Day | null;
  readonly to: Day | null;
}

/** Who is acting, with the rights that hold today. Rights are computed when a command is applied, not when it was queued. */
export interface Actor {
  readonly school: string;
  readonly person: string;
  readonly name: string;
  readonly grants: readonly Grant[];
  readonly tags: readonly string[];
  readonly oversees: readonly Scope[];
}

export function activeOn(grant: Grant, day: Day): boolean {
  return (grant.from === null || grant.from <= day) && (grant.to === null || day <= grant.to);
}

/** Does the actor hold this role over (at least) this scope today? Deny by default. */
export function holds(actor: Actor, role: string, scope?: Scope): boolean {
  return actor.grants.some((g) => g.role === role && (scope === undefined || covers(g.scope, scope)));
}

/**
 * The person with the rights of one day. Whoever left the school before it keeps what is their own (`person:…`) and nothing
 * else: no role, and not what everybody in the school may read.
 */
export function makeActor(
  school: string,
  access: { person: string; name: string; grants: readonly Grant[]; until?: Day | undefined },
  today: Day,
): Actor {
  const left = access.until !== undefined && access.until < today;
  const grants = left ? [] : access.grants.filter((g) => activeOn(g, today));
  const tags = new Set<string>([...(left ? [] : [EVERYBODY]), `person:${access.person}`]);
  for (const g of grants) for (const t of g.tags) tags.add(t);
  return {
    school,
    person: access.person,
    name: access.name,
    grants,
    tags: [...tags].sort(),
    oversees: [...new Set(grants.filter((g) => g.oversees).map((g) => g.scope))].sort(),
  };
}

/** The audience tag of whoever is in the school today. */
const EVERYBODY = 'school';
export const isHere = (actor: Actor): boolean => actor.tags.includes(EVERYBODY);

/** Whom system commands come from: no person's id, and no account is ever bound to it. */
export const SYSTEM = 'system';

/** The school's own hand (jobs, imports): may issue system commands, is nobody's person. */
export function systemActor(school: string): Actor {
  return { school, person: SYSTEM, name: '系统', grants: [], tags: [], oversees: [] };
}
export const isSystem = (actor: Actor): boolean => actor.person === SYSTEM;

import { assert } from './refusal';
import type { Actor, Scope } from './scope';
import { covers, isHere, isSystem } from './scope';

/**
 * How far a role reaches in an operation.
 *
 * | reach    | may be done                                                                                      |
 * | school   | anywhere in the school                                                                           |
 * | scope    | where the role is held: the command says where it acts, or finds it in the records it reads      |
 * | own      | only with what is the person's own: the command finds it in the records it reads                 |
 */
export type Reach = 'school' | 'scope' | 'own';

/** Roles that nobody is given: `anyone` needs no account, `everyone` is every person of the school, `system` the school's own hand. */
export const NOT_GIVEN: readonly string[] = ['anyone', 'everyone', 'system'];

/** Role → reach. A role that is not named may not. */
export type PolicyRow = Readonly<Record<string, Reach>>;

/**
 * A module's part of the authorisation table (reliability.md §3): operation → who may. An operation is a command's name, a part
 * of one (`homework.v1.sign/1`), a route (`GET /api/ledger`) or a page (`/people`).
 */
export type PolicyRows = Readonly<Record<string, PolicyRow>>;

/** The whole table. Server, menus and tests read this one; what is not in it is refused to everybody. */
export type Policy = ReadonlyMap<string, ReadonlyMap<string, Reach>>;

/** Joins the modules' parts. An operation stands in one place only. */
export function joinPolicies(parts: readonly PolicyRows[]): Policy {
  const all = new Map<string, ReadonlyMap<string, Reach>>();
  for (const part of parts)
    for (const [operation, row] of Object.entries(part)) {
      assert(!all.has(operation), `policy: ${operation} stands in the table twice`);
      all.set(operation, new Map(Object.entries(row)));
    }
  return all;
}

/**
 * May this person do this at all, before anything is read? Deny by default.
 * @param scope where it would be done, if that is known already: then a role of reach `scope` must be held there
 */
export function mayDo(policy: Policy, actor: Actor, operation: string, scope: Scope | null = null): boolean {
  const row = policy.get(operation);
  if (!row) return false;
  if (isSystem(actor)) return row.has('system');
  // Whoever has left is everyone's equal only where it is about what is their own.
  if (row.has('everyone')) return isHere(actor) || row.get('everyone') !== 'school';
  return actor.grants.some((g) => {
    if (NOT_GIVEN.includes(g.role)) return false;
    const reach = row.get(g.role);
    return reach !== undefined && (reach !== 'scope' || scope === null || covers(g.scope, scope));
  });
}

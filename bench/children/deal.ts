import { createHash } from 'node:crypto';
import type { Day } from '@kernel/shared/time';
import { weekdayOf } from '@kernel/shared/time';
import { uuidv7 } from '@kernel/shared/ids';
import type { Form, Tier } from '@modules/homework';
import { STEPS } from '@modules/homework';
import type { Plan } from '@modules/org/server/plan';
import { tiersOf } from './texts';

/** How often everybody pushes: one warm-up, the rounds, one for the profiler. Two school weeks hold no more of a teacher's homework. */
export const DEALS = 6;
/** Days over which one deal is spread. */
const SPREAD = 4;
/** Commands of one push. */
export const HAND = 3;

export interface AssignArgs {
  readonly classes: readonly string[];
  readonly subject: string;
  readonly date: Day;
  readonly form: Form;
  readonly tiers: readonly Tier[];
  readonly copiedFrom: null;
}
/** What somebody does: assigns, or signs the item that was `prepared` for it. */
export type Act =
  { readonly assign: AssignArgs } | { readonly sign: { readonly step: number; readonly prepared: number } };

/** One phone of a school: its person, and what it pushes in each deal. */
export interface Hand {
  readonly person: string;
  readonly deals: readonly (readonly Act[])[];
}

/** Homework that waits for a signer before the burst: its author leads the prep group, so it waits for the dean. */
export interface Prepared {
  readonly author: string;
  readonly args: AssignArgs;
  /** The signing step it must have reached. */
  readonly step: number;
}

export interface Dealt {
  readonly hands: readonly Hand[];
  readonly prepared: readonly Prepared[];
}

/** The id of prepared homework, known on both sides without being sent. */
export const preparedId = (school: string, n: number): string =>
  uuidv7(Date.UTC(2026, 7, 30), createHash('sha256').update(`${school}\n${n}`).digest());

/**
 * Shares a fortnight's homework out: every command is accepted wherever it comes in the order, because no two are about the same
 * class, subject and day. Written where the board expects it, oral elsewhere (the caps would refuse). Dean and vice principal sign;
 * the people who have nothing to write in this system (guards, the cook, the heads of the other offices) get no phone, and the
 * teachers with the most classes a second one instead.
 * @param isExpected does the board of that class and day expect the subject's written homework of this person?
 */
export function deal(
  plan: Plan,
  days: readonly Day[],
  phones: number,
  isExpected: (cls: string, subject: string, date: Day, person: string) => boolean,
): Dealt {
  const school = days.filter((d) => weekdayOf(d) <= 5);
  const own = new Map<string, AssignArgs[]>();
  for (const date of school)
    for (const { id, body } of plan.classes)
      for (const { subject, person } of body.teachings) {
        const form = isExpected(id, subject, date, person) ? 'written' : 'oral';
        const list = own.get(person) ?? [];
        const tiers = tiersOf(subject, list.length);
        list.push({ classes: [id], subject, date, form, tiers, copiedFrom: null });
        own.set(person, list);
      }
  const need = DEALS * HAND;
  const signers = STEPS.map((role, step) => ({
    step,
    person: plan.roles.find((r) => r.role === role)?.person,
  }));
  const prepared: Prepared[] = [];
  const hands: Hand[] = [];
  for (const { step, person } of signers) {
    if (person === undefined || own.has(person)) continue;
    const from = prepared.length;
    prepared.push(...ofLeaders(plan, own, need).map((p) => ({ ...p, step })));
    hands.push(inHands(person, (n) => ({ sign: { step, prepared: from + n } })));
  }
  // Not everybody writes for the same day: a class has four or five subjects a day then, as a real board, not all of them.
  [...own.values()].forEach((list, i) =>
    list.push(...list.splice(0, (i % SPREAD) * (list.length / school.length))),
  );
  const teachers = [...own].sort(([a, x], [b, y]) => y.length - x.length || (a < b ? -1 : 1));
  for (let more = true; more && hands.length < phones;) {
    more = false;
    for (const [person, list] of teachers) {
      if (hands.length === phones) break;
      if (list.length < need) continue;
      const mine = list.splice(0, need);
      hands.push(inHands(person, (n) => ({ assign: mine[n]! })));
      more = true;
    }
  }
  if (hands.length < phones)
    throw new Error(`a school has work for ${hands.length} phones, not for ${phones}`);
  return { hands, prepared };
}

const inHands = (person: string, act: (n: number) => Act): Hand => ({
  person,
  deals: Array.from({ length: DEALS }, (_, d) => Array.from({ length: HAND }, (_, i) => act(d * HAND + i))),
});

/** So many of the latest of what prep group leaders have beyond their own need, oral, from each in turn. */
function ofLeaders(
  plan: Plan,
  own: Map<string, AssignArgs[]>,
  count: number,
): { author: string; args: AssignArgs }[] {
  const out: { author: string; args: AssignArgs }[] = [];
  for (let more = true; more;) {
    more = false;
    for (const { body } of plan.prepGroups) {
      const list = own.get(body.leaders[0]?.person ?? '') ?? [];
      const at = list.findLastIndex((a) => a.subject === body.subject && a.form === 'oral');
      if (out.length === count) return out;
      if (at < 0 || list.length <= DEALS * HAND) continue;
      const [args] = list.splice(at, 1);
      out.push({ author: body.leaders[0]!.person, args: args! });
      more = true;
    }
  }
  throw new Error(`the leaders have ${out.length} items to be signed, not ${count}`);
}

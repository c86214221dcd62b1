import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CommandDef } from '@kernel/shared/command';
import type { Act, Item } from '@modules/homework';
import { STEPS, rewriteTaskId, skippedOf } from '@modules/homework';
import { neverFinishes, signsAnyStep, signsOwn, signsStaleRound } from './mutants';
import { Office } from './office';
import { C1, MONDAY, aSchool, anItem, minutes } from './school';

/**
 * The life of one item, against a model of thirty lines. Everybody tries everything, with old rounds and foreign steps; what
 * the model forbids must be refused and change nothing, what it allows must happen.
 *
 *   assign → waiting(step) ⇄ sign … → signed → (deadline) published → correct
 *                │  ↑ revise                 │ revise, withdraw
 *                └→ returned ────────────────┘
 */
const EVERYBODY = ['lin', 'he', 'zhao', 'dean', 'vice', 'vice2', 'boss', 'admin', 'wang', 'qian'] as const;
interface Case {
  readonly author: string;
  readonly subject: string;
  /** Which step of this author's item each person could sign, were it not their own. */
  readonly steps: Readonly<Record<string, number>>;
  readonly skips: readonly number[];
  /** Made dean before (`skips` has it) or after the item was assigned. */
  readonly dean?: 'before' | 'after';
}
const above = { dean: 1, vice: 2, vice2: 2 };
const CASES: Readonly<Record<string, Case>> = {
  plain: { author: 'lin', subject: 'chinese', steps: { he: 0, ...above }, skips: [] },
  ownGroup: { author: 'zhao', subject: 'english', steps: above, skips: [0] },
  noLeader: { author: 'qian', subject: 'history', steps: above, skips: [0] },
  deanTeaches: {
    author: 'lin',
    subject: 'chinese',
    steps: { he: 0, lin: 1, ...above },
    skips: [1],
    dean: 'before',
  },
  becomesDean: {
    author: 'lin',
    subject: 'chinese',
    steps: { he: 0, lin: 1, ...above },
    skips: [],
    dean: 'after',
  },
};

type Try =
  | { op: 'sign' | 'return'; who: string; step: number; behind: number }
  | { op: 'revise'; who: string; behind: number; minutes: number }
  | { op: 'withdraw' | 'correct'; who: string }
  | { op: 'turn' }
  | { op: 'wait'; minutes: number }
  | { op: 'close' };

const who = fc.constantFrom(...EVERYBODY);
const behind = fc.constantFrom(0, 0, 0, 0, 1);
const step = fc.constantFrom(0, 1, 2);
const aTry: fc.Arbitrary<Try> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ op: fc.constant('sign' as const), who, step, behind }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('return' as const), who, step, behind }) },
  {
    weight: 2,
    arbitrary: fc.record({
      op: fc.constant('revise' as const),
      who,
      behind,
      minutes: fc.integer({ min: 1, max: 20 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ op: fc.constantFrom('withdraw' as const, 'correct' as const), who }) },
  {
    weight: 1,
    arbitrary: fc.record({ op: fc.constant('wait' as const), minutes: fc.integer({ min: 1, max: 240 }) }),
  },
  { weight: 1, arbitrary: fc.constant({ op: 'close' as const }) },
  { weight: 16, arbitrary: fc.constant({ op: 'turn' as const }) },
);

type Deed = Exclude<Try, { op: 'wait' | 'close' | 'turn' }>;

class Model {
  state: Item['state'] = 'waiting';
  round = 1;
  step: number;
  private skips: readonly number[];
  constructor(readonly c: Case) {
    this.skips = c.skips;
    this.step = this.from(0);
  }
  from(step: number): number {
    let s = step;
    while (this.skips.includes(s)) s += 1;
    return s;
  }
  /** The signature that is due now. */
  turn(): Deed {
    const found = Object.entries(this.c.steps).find(([p, s]) => s === this.step && p !== this.c.author);
    return { op: 'sign', who: found?.[0] ?? 'dean', step: Math.min(this.step, 2), behind: 0 };
  }
  /** Does it happen? Moves the model if so. */
  tries(t: Deed, due: boolean): boolean {
    const mine = t.who === this.c.author;
    if (t.op === 'sign' || t.op === 'return') {
      const holds = this.c.steps[t.who] === t.step;
      if (mine || !holds || this.state !== 'waiting' || this.step !== t.step || t.behind > 0) return false;
      if (t.op === 'return') [this.state, this.step] = ['returned', 0];
      else this.step = this.from(t.step + 1);
      if (this.state === 'waiting' && this.step === STEPS.length) this.state = due ? 'published' : 'signed';
      return true;
    }
    if (!mine) return false;
    if (t.op === 'correct') return this.state === 'published';
    if (this.state === 'published' || this.state === 'withdrawn') return false;
    if (t.op === 'withdraw') this.state = 'withdrawn';
    else if (t.op === 'revise' && t.behind > 0) return false;
    else {
      if (this.c.dean) this.skips = [1];
      [this.state, this.step, this.round] = ['waiting', this.from(0), this.round + 1];
    }
    return true;
  }
}

function live(c: Case, tries: readonly Try[], mutant?: CommandDef): void {
  const school = aSchool();
  const grants = { ...school.grants };
  if (c.dean === 'before') grants[c.author] = school.grants['dean'] ?? [];
  const office = new Office({ ...school, grants }, MONDAY);
  if (mutant) office.mutants.set(mutant.name, mutant);
  const id = office.do(c.author, 'homework.v1.assign', anItem({ subject: c.subject }));
  if (c.dean === 'after') grants[c.author] = school.grants['dean'] ?? [];
  const model = new Model(c);
  for (const tried of tries) {
    const t = tried.op === 'turn' ? model.turn() : tried;
    const due = office.now >= office.classDay(C1).deadline;
    if (t.op === 'wait') office.now += t.minutes * 60_000;
    else if (t.op === 'close') {
      office.system('homework.v1.closeDay', { date: MONDAY, classes: [C1] });
      if (due && model.state === 'signed') model.state = 'published';
    } else {
      const before = new Map(office.bodies);
      const happens = model.tries(t, due);
      const outcome = office.does(t.who, `homework.v1.${t.op}`, argsOf(t, id, office.item(id)));
      expect(!('code' in outcome), `${JSON.stringify(t)} ${JSON.stringify(outcome)}`).toBe(happens);
      if (!happens)
        expect(
          office.bodies.size === before.size && [...before].every(([k, b]) => office.bodies.get(k) === b),
        ).toBe(true);
    }
    holdsTogether(office, id, model);
  }
}

function argsOf(t: Deed, item: string, now: Item): unknown {
  const round = 'behind' in t ? now.round - t.behind : 1;
  switch (t.op) {
    case 'sign':
      // Never below 1, which the schema would refuse: a future round is as wrong as an old one.
      return { step: t.step, items: [{ id: item, round: round < 1 ? 99 : round }] };
    case 'return':
      return { item, round: round < 1 ? 99 : round, step: t.step, reason: '请分层' };
    case 'revise':
      return { item, round: round < 1 ? 99 : round, form: 'written', tiers: minutes(t.minutes) };
    case 'withdraw':
      return { item };
    case 'correct':
      return { item, tiers: minutes(9), reason: '页码写错' };
  }
}

function holdsTogether(office: Office, id: string, model: Model): void {
  const item = office.item(id);
  const entry = office.classDay(C1).entries.find((e) => e.item === id);
  expect([item.state, item.step, item.round]).toEqual([model.state, model.step, model.round]);
  expect(entry?.state).toBe(item.state === 'withdrawn' ? undefined : item.state);
  if (entry)
    expect([entry.step, entry.minutes]).toEqual([item.step, Math.max(...item.tiers.map((t) => t.minutes))]);
  expect(item.acts.some((a) => a.act === 'sign' && a.person === item.author)).toBe(false);
  if (item.state === 'signed' || item.state === 'published') {
    const skipped = skippedOf(item.acts);
    const signedNow = lastRound(item.acts)
      .filter((a) => a.act === 'sign')
      .map((a) => a.step);
    expect(signedNow).toEqual([0, 1, 2].filter((s) => !skipped.has(s)));
  }
  const rewrite = office.task(rewriteTaskId(id));
  expect(rewrite?.state === 'open').toBe(item.state === 'returned');
}

function lastRound(acts: readonly Act[]): Act[] {
  const from = acts.map((a) => a.act === 'assign' || a.act === 'revise').lastIndexOf(true);
  return acts.slice(from);
}

const property = (mutant?: CommandDef) =>
  fc.property(
    fc.constantFrom(...Object.values(CASES)),
    fc.array(aTry, { minLength: 1, maxLength: 25 }),
    (which, tries) => live(which, tries, mutant),
  );

describe('the life of an item', () => {
  it('is what the model says, whoever tries what', () => {
    fc.assert(property(), { numRuns: 300 });
  });

  it.each([
    ['lets authors sign their own', signsOwn],
    ['takes a signature for an older round', signsStaleRound],
    ['does not look at whose step it is', signsAnyStep],
    ['never publishes after the deadline', neverFinishes],
  ])('a signing that %s is caught', (_, mutant) => {
    expect(fc.check(property(mutant), { numRuns: 3_000, endOnFailure: true, seed: 1 }).failed).toBe(true);
  });
});

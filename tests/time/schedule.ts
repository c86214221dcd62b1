import { safeParse } from 'valibot';
import { SAME_MOMENT } from '@kernel/shared/interval';
import { envelopeSchema } from '@kernel/shared/protocol';
import type { Envelope } from '@kernel/shared/protocol';
import { DAY_MS, HOUR, MINUTE, instantOf } from '@kernel/shared/time';
import { assignTaskId, itemRecord, classDayRecord } from '@modules/homework';
import type { dice as makeDice } from '../ops/support/counts';
import { Office, nonZero, openDay } from '../homework/office';
import { C1, C2, MONDAY, aSchool, anItem } from '../homework/school';
import type { Rule } from './phone-clock';
import { RULE, Timekeeper, arrives } from './phone-clock';

/**
 * A morning of homework by five people with phones: who acts when, who has no network, whose page is closed, which phone sleeps.
 * Everything in it is a real event; the phones' wall clocks are set by `clocks` alone and are no part of it.
 */
export type Step =
  | { readonly do: 'pass'; readonly ms: number; readonly asleep: number }
  | { readonly do: 'act'; readonly who: Who }
  | { readonly do: 'net'; readonly who: Who; readonly up: boolean }
  | { readonly do: 'reload'; readonly who: Who };
const PEOPLE = ['lin', 'wang', 'he', 'dean', 'vice'] as const;
type Who = (typeof PEOPLE)[number];
const CLASSES = [C1, C2];

export function aMorning(dice: ReturnType<typeof makeDice>): Step[] {
  const steps: Step[] = PEOPLE.map((who) => ({ do: 'net', who, up: true }));
  const who = (): Who => PEOPLE[dice.below(PEOPLE.length)]!;
  const length = 25 + dice.below(25);
  for (let i = 0; i < length; i += 1) {
    const kind = dice.below(10);
    if (kind < 3) {
      const ms = (1 + dice.below(25)) * MINUTE + dice.below(60_000);
      steps.push({ do: 'pass', ms, asleep: dice.chance(0.4) ? dice.below(ms) : 0 });
    } else if (kind < 7) steps.push({ do: 'act', who: who() });
    else if (kind < 9) steps.push({ do: 'net', who: who(), up: dice.chance(0.5) });
    else steps.push({ do: 'reload', who: who() });
  }
  return [...steps, ...PEOPLE.map((w): Step => ({ do: 'net', who: w, up: true }))];
}

/** Puts a phone's wall clock somewhere, ms from the truth; called before every act (T1: always the same, T2: around acts). */
export type Clocks = (who: Who, act: number, trueNow: number) => number;
export const RIGHT: Clocks = () => 0;

export interface Outcome {
  /** Everything that was decided: items, boards, refusals, numbers — without what the phones' clocks claimed. */
  readonly verdicts: string;
  /** Commands the door would not read. */
  readonly refusedAtDoor: number;
  /** Acts whose wall clock was more than an hour off, and those of them where that is written beside the act. */
  readonly wrongClocks: number;
  readonly shown: number;
}

interface Queued {
  readonly name: string;
  readonly args: unknown;
  readonly stamp: Pick<Envelope, 'at' | 'mono' | 'beacon'>;
  readonly off: boolean;
}

/** Lives a morning. The same steps under other clocks must decide the same (I10). */
export function lives(steps: readonly Step[], clocks: Clocks = RIGHT, rule: Rule = RULE): Outcome {
  const truth = { now: instantOf(MONDAY, '07:10', 'Asia/Shanghai') };
  const office = new Office(aSchool(), MONDAY, '06:00');
  openDay(office, {
    classes: CLASSES,
    expected: [
      ['chinese', '语文', 'lin'],
      ['math', '数学', 'wang'],
    ],
  });
  const phones = new Map(
    PEOPLE.map((who) => [who, { keeper: new Timekeeper(who, truth), up: true, queue: [] as Queued[] }]),
  );
  const said: unknown[] = [];
  let acts = 0;
  let refusedAtDoor = 0;
  let closed = false;
  /** Items assigned by a phone whose clock was off, and what that clock said. */
  const off = new Map<string, number>();

  const sends = (who: Who): void => {
    const { keeper, queue } = phones.get(who)!;
    for (const { name, args, stamp, off: wrong } of queue.splice(0)) {
      const envelope = { id: '018f0000-0000-7000-8000-000000000001', seq: 1, name, args, ...stamp };
      if (!safeParse(envelopeSchema, envelope).success) refusedAtDoor += 1;
      const outcome = office.does(who, name, args, {
        received: truth.now,
        time: arrives(who, stamp, truth.now, rule),
      });
      said.push('code' in outcome ? [who, name, outcome.code] : [who, name]);
      if (wrong && !('code' in outcome)) off.set(outcome.id, stamp.at);
    }
    keeper.contacts();
  };
  const acted = (who: Who): void => {
    const phone = phones.get(who)!;
    const command = nextOf(office, who, acts);
    if (!command) return;
    acts += 1;
    const skew = clocks(who, acts, truth.now);
    phone.keeper.clock.skew = skew;
    phone.queue.push({ ...command, stamp: phone.keeper.stamp(), off: Math.abs(skew) > HOUR });
    if (phone.up) sends(who);
  };

  for (const step of steps) {
    if (step.do === 'pass') {
      for (const { keeper } of phones.values()) keeper.clock.sleeps(step.asleep);
      truth.now += step.ms;
      const due = instantOf(MONDAY, '09:00', 'Asia/Shanghai');
      if (!closed && truth.now >= due) {
        closed = true;
        office.now = truth.now;
        office.system('homework.v1.closeDay', { date: MONDAY, classes: CLASSES });
      }
    } else if (step.do === 'reload') phones.get(step.who)!.keeper.reloads();
    else if (step.do === 'act') acted(step.who);
    else {
      const phone = phones.get(step.who)!;
      phone.up = step.up;
      if (step.up) sends(step.who);
    }
  }

  const items = office.all(itemRecord);
  const shownActs = items.flatMap((i) => i.body.acts.map((a) => ({ item: i.id, ...a })));
  const verdicts = JSON.stringify([
    items.map(({ id, body }) => [id, { ...body, acts: body.acts.map((a) => ({ ...a, claimed: null })) }]),
    office.all(classDayRecord),
    office.all({ kind: 'kernel.task' } as never),
    said,
    nonZero(office.measures),
  ]);
  // One that says by chance what was measured says nothing.
  const wrong = shownActs.filter(
    (a) => a.act === 'assign' && Math.abs((off.get(a.item) ?? a.at) - a.at) > SAME_MOMENT,
  );
  return {
    verdicts,
    refusedAtDoor,
    wrongClocks: wrong.length,
    shown: wrong.filter((a) => a.claimed !== null).length,
  };
}

/** What this person would do next, looking at the office as it is: real state only, never a clock. */
function nextOf(office: Office, who: Who, n: number): { name: string; args: unknown } | null {
  const items = office.all(itemRecord);
  if (who === 'lin' || who === 'wang') {
    const subject = who === 'lin' ? 'chinese' : 'math';
    const own = items.filter((i) => i.body.author === who && i.body.state !== 'withdrawn');
    const back = own.find((i) => i.body.state === 'returned');
    const tiers = [{ tier: 'A', content: '练习', minutes: 10 }];
    if (back)
      return {
        name: 'homework.v1.revise',
        args: { item: back.id, round: back.body.round, form: 'written', tiers },
      };
    const free = CLASSES.find((c) => !own.some((i) => i.body.classes.some((k) => k.id === c)));
    if (!free) return null;
    if (n % 7 === 6 && office.task(assignTaskId(free, subject, MONDAY))?.state === 'open')
      return { name: 'homework.v1.excuse', args: { class: free, subject, date: MONDAY } };
    return { name: 'homework.v1.assign', args: anItem({ classes: [free], subject, tiers }) };
  }
  const step = { he: 0, dean: 1, vice: 2 }[who];
  const waiting = items.filter((i) => i.body.state === 'waiting' && i.body.step === step);
  const first = waiting[0];
  if (!first) return null;
  if (n % 9 === 8)
    return {
      name: 'homework.v1.return',
      args: { item: first.id, round: first.body.round, step, reason: '请减量' },
    };
  return {
    name: 'homework.v1.sign',
    args: { step, items: waiting.map((i) => ({ id: i.id, round: i.body.round })) },
  };
}

/** T1: where a clock may stand, for a whole morning. */
export const SKEWS: Readonly<Record<string, (now: number) => number>> = {
  '+3 d': () => 3 * DAY_MS,
  '-3 d': () => -3 * DAY_MS,
  '+1 h': () => HOUR + 1,
  '-1 h': () => -HOUR - 1,
  '+1 y': () => 365 * DAY_MS,
  '-1 y': () => -365 * DAY_MS,
  // A flat battery: 1 January 1970, midnight in Shanghai, which is before the epoch.
  '1970': (now) => -now - 8 * HOUR,
  '+7 min': () => 7 * MINUTE,
};

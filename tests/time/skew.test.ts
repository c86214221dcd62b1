import { describe, expect, test } from 'vitest';
import { HOUR, MINUTE } from '@kernel/shared/time';
import { dice as makeDice, seedOf, times } from '../ops/support/counts';
import type { Rule } from './phone-clock';
import type { Clocks } from './schedule';
import { RIGHT, SKEWS, aMorning, lives } from './schedule';

const T1 = times('T1_SCHEDULES', 2_000, 20_000);
const T2 = times('T2_SCRIPTS', 500, 5_000);
const SEED = seedOf('time');
const ZONES = ['Asia/Urumqi', 'Asia/Shanghai', 'UTC', 'America/New_York'];
const NAMES = Object.keys(SKEWS);
const byClaim: Rule = (e, received) => ({
  earliest: Math.min(e.claimed, received),
  latest: received,
  evidence: e,
});

/** The zone a phone, or a server, is set to: nothing may ask for it. */
function inZone<T>(zone: string, work: () => T): T {
  const before = process.env.TZ;
  process.env.TZ = zone;
  try {
    return work();
  } finally {
    process.env.TZ = before;
  }
}

describe(`clocks that are wrong (SEED=${SEED})`, { timeout: 60_000 + (T1 + T2) * 100 }, () => {
  test('the zone of the machine is really changed by this test', () => {
    const hours = ZONES.map((zone) => inZone(zone, () => new Date(Date.UTC(2026, 10, 23)).getHours()));
    expect(new Set(hours).size).toBe(4);
  });

  test(`T1: ${T1} mornings with clocks off by up to a year and in other zones decide what they decide with right ones`, () => {
    let shown = 0;
    const holders = new Map<string, number>();
    for (let i = 0; i < T1; i += 1) {
      const dice = makeDice(SEED + i);
      const steps = aMorning(dice);
      // One phone wrong, or each in its own way.
      const all = dice.chance(0.5);
      const one = dice.below(5);
      const own = [0, 1, 2, 3, 4].map((k) => SKEWS[NAMES[(i + k * (all ? 1 : 0)) % NAMES.length]!]!);
      const wrong: Clocks = (who, _act, now) => {
        const k = ['lin', 'wang', 'he', 'dean', 'vice'].indexOf(who);
        return all || k === one ? own[k]!(now) : 0;
      };
      const zone = ZONES[i % ZONES.length]!;
      const right = inZone('Asia/Shanghai', () => lives(steps));
      const skewed = inZone(zone, () => lives(steps, wrong));
      expect(skewed.verdicts, `SEED=${SEED + i}`).toBe(right.verdicts);
      expect([right.refusedAtDoor, skewed.refusedAtDoor], `SEED=${SEED + i}`).toEqual([0, 0]);
      expect(skewed.shown, `SEED=${SEED + i}: a clock an hour off stands beside the act`).toBe(
        skewed.wrongClocks,
      );
      shown += skewed.shown;
      for (const [, holder] of right.verdicts.matchAll(/"holder":"(\w+)"/g))
        holders.set(holder!, (holders.get(holder!) ?? 0) + 1);
    }
    // Mornings in which everybody, and nobody, was late: or equal verdicts would say little.
    expect([...holders.keys()].sort()).toEqual(['author', 'dean', 'groupLeader', 'nobody', 'vicePrincipal']);
    expect(shown).toBeGreaterThan(T1 / 10);
  });

  test('the control: a rule that believes the phone’s clock changes verdicts within these mornings', () => {
    let changed = 0;
    for (let i = 0; i < 100; i += 1) {
      const steps = aMorning(makeDice(SEED + i));
      const late: Clocks = () => -HOUR * 3;
      if (lives(steps, late, byClaim).verdicts !== lives(steps, RIGHT, byClaim).verdicts) changed += 1;
    }
    expect(changed).toBeGreaterThan(10);
  });

  test(`T2: ${T2} scripts set the clock back before an act and forward after it; nothing is won and it is seen`, () => {
    let seen = 0;
    for (let i = 0; i < T2; i += 1) {
      const dice = makeDice(SEED + 1_000_000 + i);
      const steps = aMorning(dice);
      const back = (1 + dice.below(180)) * MINUTE;
      // Set back for the acts after half past eight, put right again before the phone is shown to anybody.
      const tampers: Clocks = (who, act, now) =>
        (who === 'lin' || act % 3 === 0) && new Date(now).getUTCHours() + 8 >= 8 ? -back : 0;
      const honest = lives(steps);
      const tampered = lives(steps, tampers);
      expect(tampered.verdicts, `SEED=${SEED + 1_000_000 + i}`).toBe(honest.verdicts);
      expect(tampered.shown, `SEED=${SEED + 1_000_000 + i}`).toBe(tampered.wrongClocks);
      seen += tampered.shown;
    }
    expect(seen).toBeGreaterThan(T2 / 10);
  });
});

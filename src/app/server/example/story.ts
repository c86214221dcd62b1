import { randomBytes } from 'node:crypto';
import type { Incoming } from '@kernel/server/write/incoming';
import type { Kernel } from '@kernel/server/kernel';
import type { SchoolRow } from '@kernel/server/store/store';
import { uuidv7 } from '@kernel/shared/ids';
import { accessRecord } from '@kernel/shared/kernel-records';
import { addDays, instantOf, MINUTE, type Day, type Instant } from '@kernel/shared/time';
import { classDayId, classDayRecord } from '@modules/homework';
import { homeworkServer } from '@modules/homework/server';
import { calendarRecord, classRecord, isSchoolDay, nextSchoolDay, previousSchoolDay } from '@modules/org';
import { tiersFor } from './homework-texts';

/** A clock the story winds. */
export class StoryClock {
  ms = 0;
  now(): Instant {
    return this.ms;
  }
}

interface Signers {
  /** Prep group id → leader. */
  readonly leaders: ReadonlyMap<string, string>;
  readonly dean: string;
  readonly vicePrincipal: string;
}

/** One homework's way through the morning, as instants; `null` = not yet. */
interface Way {
  readonly assign: Instant;
  readonly steps: readonly [Instant, Instant, Instant];
}

const SMALL_BATCH = 100;

/**
 * Two weeks of ordinary school life, lived through the same commands a phone sends, with the clock wound to when each
 * happened: most boards on time, a few late at each step, a few exceptions, one return, one correction.
 */
export class Story {
  private readonly roll: () => number;

  /** @param kernel a kernel under `clock` */
  constructor(
    private readonly kernel: Kernel,
    private readonly school: SchoolRow,
    private readonly clock: StoryClock,
    seed: number,
  ) {
    this.roll = mulberry32(seed);
  }

  async live(now: Instant, today: Day): Promise<void> {
    const { kernel, school, clock } = this;
    const view = kernel.view(school, { now: () => now });
    const calendar = await view.get(calendarRecord, 'school');
    if (!calendar) throw new Error('defect: the example school has no calendar');
    const classes = await view.list(classRecord);
    const signers = await this.signers();

    const past: Day[] = [];
    for (
      let day = previousSchoolDay(calendar, today);
      day !== null && past.length < 10;
      day = previousSchoolDay(calendar, day)
    )
      past.unshift(day);
    const days = isSchoolDay(calendar, today) ? [...past, today] : past;

    for (const day of days) {
      // The evening before, the boards of the coming days are made ahead, as the server's own job does every day.
      await this.job(instantOf(addDays(day, -1), '12:00', school.zone));
      const before = previousSchoolDay(calendar, day) ?? addDays(day, -1);
      await this.day(day, before, classes, signers, now);
      const deadline = instantOf(day, '09:00', school.zone);
      if (deadline <= now) {
        await this.job(deadline);
        await this.run(this.afterDeadline.splice(0).filter((e) => e.at <= now));
      }
    }
    await this.job(now - MINUTE);
    const ahead = nextSchoolDay(calendar, today);
    if (ahead !== null) await this.ahead(ahead, classes, signers, now);
    clock.ms = now;
  }

  /** What happens after 09:00 must not be played before the deadline's job. */
  private readonly afterDeadline: Event[] = [];

  private async day(
    day: Day,
    before: Day,
    classes: readonly { id: string }[],
    signers: Signers,
    now: Instant,
  ): Promise<void> {
    const { school, roll } = this;
    const at = (clockTime: string, spread: number): Instant =>
      instantOf(day, clockTime, school.zone) + Math.floor(roll() * spread) * MINUTE;
    const events: Event[] = [];
    const deadline = instantOf(day, '09:00', school.zone);
    for (const lesson of await this.lessons(day, classes)) {
      const fate = roll();
      const evening = roll() < 0.6;
      let way: Way = {
        assign: evening
          ? instantOf(before, '16:30', school.zone) + Math.floor(roll() * 180) * MINUTE
          : at('07:05', 40),
        steps: [at('07:55', 18), at('08:20', 12), at('08:36', 14)],
      };
      if (fate < 0.012)
        way = { assign: at('09:10', 30), steps: [at('09:45', 5), at('09:52', 4), at('09:57', 3)] };
      else if (fate < 0.022) way = { ...way, steps: [at('09:12', 15), at('09:30', 5), at('09:37', 5)] };
      else if (fate < 0.028) way = { ...way, steps: [way.steps[0], at('09:08', 10), at('09:22', 5)] };
      else if (fate < 0.032) way = { ...way, steps: [way.steps[0], way.steps[1], at('09:04', 12)] };
      if (fate > 0.975) {
        for (const c of lesson.classes)
          events.push({
            at: way.assign,
            actor: lesson.person,
            name: 'homework.v1.excuse',
            args: { class: c, subject: lesson.subject, date: day },
          });
        continue;
      }
      this.walk(events, lesson, day, way, signers, {
        over: fate > 0.955,
        correct: fate > 0.94 && fate < 0.945,
      });
    }
    const due = events.filter((e) => e.at <= now - MINUTE).sort((a, b) => a.at - b.at);
    await this.run(due.filter((e) => e.at < deadline));
    this.afterDeadline.push(...due.filter((e) => e.at >= deadline));
  }

  /** For the next school day some have already assigned and some signers have already signed, so that nobody's page is empty. */
  private async ahead(
    day: Day,
    classes: readonly { id: string }[],
    signers: Signers,
    now: Instant,
  ): Promise<void> {
    const { roll } = this;
    const events: Event[] = [];
    let index = 0;
    for (const lesson of await this.lessons(day, classes)) {
      if (roll() > 0.55) continue;
      const assign = now - (60 + Math.floor(roll() * 90)) * MINUTE;
      const never = Number.POSITIVE_INFINITY;
      const steps: [Instant, Instant, Instant] = [never, never, never];
      for (let s = 0; s < ((index * 2) % 5) - 1; s++) steps[s] = now - (40 - s * 12) * MINUTE;
      index += 1;
      this.walk(events, lesson, day, { assign, steps }, signers, { over: roll() < 0.12, correct: false });
    }
    await this.run(events.filter((e) => Number.isFinite(e.at)).sort((a, b) => a.at - b.at));
  }

  private walk(
    events: Event[],
    lesson: Lesson,
    day: Day,
    way: Way,
    signers: Signers,
    kind: { over: boolean; correct: boolean },
  ): void {
    const id = uuidv7(way.assign, randomBytes(10));
    const tiers = tiersFor(lesson.subject, this.roll, kind.over);
    events.push({
      id,
      at: way.assign,
      actor: lesson.person,
      name: 'homework.v1.assign',
      args: {
        classes: lesson.classes,
        subject: lesson.subject,
        date: day,
        form: 'written',
        tiers,
        copiedFrom: null,
      },
    });
    const leader = signers.leaders.get(lesson.prep);
    const who = [leader, signers.dean, signers.vicePrincipal];
    way.steps.forEach((at, step) => {
      // The author's own step is left out by the rule; signing it would be refused.
      const actor = who[step];
      if (actor && actor !== lesson.person)
        events.push({ at, actor, name: 'homework.v1.sign', args: { step, items: [{ id, round: 1 }] } });
    });
    if (kind.correct)
      events.push({
        at: way.steps[2] + 40 * MINUTE,
        actor: lesson.person,
        name: 'homework.v1.correct',
        args: {
          item: id,
          tiers: tiers.map((t) => ({ ...t, content: `${t.content}（选做一半）` })),
          reason: '题量偏多，减去一半',
        },
      });
  }

  /** Whose homework is expected on a day, one entry per teacher and subject with all parallel classes together. */
  private async lessons(day: Day, classes: readonly { id: string }[]): Promise<Lesson[]> {
    const rows = await this.kernel
      .view(this.school)
      .list(classDayRecord, { ids: classes.map((c) => classDayId(c.id, day)) });
    const byTeacher = new Map<string, Lesson>();
    for (const { body } of rows)
      for (const e of body.expected) {
        if (e.state !== 'open') continue;
        const key = `${e.person}|${e.subject}|${body.grade}`;
        const lesson = byTeacher.get(key) ?? {
          person: e.person,
          subject: e.subject,
          prep: `g${body.grade}-${e.subject}`,
          classes: [],
        };
        lesson.classes.push(body.class);
        byTeacher.set(key, lesson);
      }
    return [...byTeacher.values()];
  }

  private async signers(): Promise<Signers> {
    const all = await this.kernel.view(this.school).list(accessRecord);
    const holder = (role: string): string =>
      all.find((a) => a.body.grants.some((g) => g.role === role))?.id ??
      fail(`the example school has no ${role}`);
    const leaders = new Map<string, string>();
    for (const a of all)
      for (const g of a.body.grants)
        if (g.role === 'groupLeader') leaders.set(g.scope.replace(/^prep\//, ''), a.id);
    return { leaders, dean: holder('dean'), vicePrincipal: holder('vicePrincipal') };
  }

  private async job(at: Instant): Promise<void> {
    this.clock.ms = at;
    const commands = (await homeworkServer.jobs?.(this.kernel.view(this.school))) ?? [];
    const results = await this.kernel.systemAll(this.school.id, commands);
    const bad = results.find((r) => r.outcome !== 'accepted');
    if (bad) fail(`the example’s job was ${bad.outcome}: ${bad.code}`);
  }

  private async run(events: readonly Event[]): Promise<void> {
    for (let i = 0; i < events.length;) {
      // Each command is decided at its own minute; those of the same minute go together.
      const at = events[i]!.at;
      const batch: Event[] = [];
      while (i < events.length && events[i]!.at === at && batch.length < SMALL_BATCH)
        batch.push(events[i++]!);
      this.clock.ms = at;
      await this.kernel.push(
        this.school,
        batch.map((e): Incoming => ({
          id: e.id ?? uuidv7(e.at, randomBytes(10)),
          device: 'example',
          deviceSeq: 0,
          actor: e.actor,
          name: e.name,
          args: e.args,
          argsText: JSON.stringify(e.args),
          at: e.at,
          time: { earliest: e.at, latest: e.at },
        })),
      );
    }
  }
}

interface Lesson {
  readonly person: string;
  readonly subject: string;
  readonly prep: string;
  readonly classes: string[];
}

interface Event {
  readonly id?: string;
  readonly at: Instant;
  readonly actor: string;
  readonly name: string;
  readonly args: unknown;
}

function fail(why: string): never {
  throw new Error(`defect: ${why}`);
}

/** A small seeded generator: the example looks the same all day. */
function mulberry32(seed: number): () => number {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = a;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

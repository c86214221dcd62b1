import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { registry } from '@app/shared/modules';
import { appPolicy } from '@app/shared/policy';
import type { Incoming } from '@kernel/server/write/incoming';
import type { CommandDef } from '@kernel/shared/command';
import { makeRegistry } from '@kernel/shared/contract';
import { accessRecord, taskRecord } from '@kernel/shared/kernel-records';
import type { Write } from '@kernel/shared/record';
import { isRefusal } from '@kernel/shared/refusal';
import { addDays } from '@kernel/shared/time';
import { assign, classDayRecord, itemRecord, sign } from '@modules/homework';
import { classRecord, leave, org, personRecord, setLeader, setRole, setTeaching } from '@modules/org';
import { Dice, runs, SEED } from '../kernel/client/dice';
import { dialects } from '../support/databases';
import { C1, C2, C3 } from '../support/small-school';
import type { Planted } from '../support/world';
import { World } from '../support/world';

const MON = '2026-11-23';
const TUE = '2026-11-24';
const WED = '2026-11-25';
const THU = '2026-11-26';
const homework = (over: object = {}) => ({
  ...{ classes: [C1], subject: 'math', date: TUE, form: 'written' as const, copiedFrom: null },
  tiers: [{ tier: 'A' as const, content: '第 12 页', minutes: 10 }],
  ...over,
});
const handOver = (over: object = {}) => ({
  ...{ class: C1, subject: 'math', person: 'zhao', instead: 'lin', from: MON, to: null },
  ...over,
});

describe.each(dialects)('rights that change while phones are away, on %s (Z7)', (dialect) => {
  let world: World;
  beforeEach(async () => {
    world = await World.begins(dialect, MON, '10:00');
  });
  afterEach(async () => {
    expect(world.errors).toEqual([]);
    await world.ends();
  });

  test('a class that was taken over: what was queued is refused and kept, its rows go; the successor has the old ones', async () => {
    const [lin, zhao, xu] = [await world.phone('lin'), await world.phone('zhao'), await world.phone('xu')];
    const old = await lin.keeps(assign, homework());
    lin.goesOffline();
    const queued = await lin.keeps(assign, homework({ date: WED }));
    const other = await lin.keeps(assign, homework({ date: WED, classes: [C2] }));
    await xu.keeps(setTeaching, handOver());
    await world.jobsRun();
    await lin.comesBack();
    expect((await lin.entry(queued)).state).toBe('refused');
    expect((await lin.attention()).map((e) => [e.id, e.code])).toEqual([[queued, 'kernel.notFound']]);
    // The other class is still lin's; what lin wrote stays readable to lin.
    expect((await lin.sees(itemRecord, other))?.state).toBe('waiting');
    expect(await lin.sees(itemRecord, old)).toBeDefined();
    const classesOf = async (phone: typeof lin) =>
      new Set((await phone.lists(classDayRecord)).map((r) => r.body.class));
    expect(await classesOf(lin)).toEqual(new Set([C2]));
    await zhao.syncs();
    expect(await zhao.sees(itemRecord, old)).toMatchObject({ author: 'lin', state: 'waiting' });
    expect((await classesOf(zhao)).has(C1)).toBe(true);
    // The plan followed by its own jobs: what was still to be assigned in that class is the successor's.
    const open = (await zhao.lists(taskRecord)).filter(
      (t) => t.body.about['class'] === C1 && t.body.state === 'open',
    );
    expect(open.map((t) => t.body.day)).toContain(WED);
    expect(open.map((t) => t.body.day)).not.toContain(TUE);
    expect(
      (await lin.lists(taskRecord)).filter((t) => t.body.about['class'] === C1 && t.body.state === 'open'),
    ).toEqual([]);
  });

  test('a right that was away and is back when the command arrives: accepted', async () => {
    const [lin, xu] = [await world.phone('lin'), await world.phone('xu')];
    lin.goesOffline();
    const queued = await lin.keeps(assign, homework());
    await xu.keeps(setTeaching, handOver());
    await xu.keeps(setTeaching, handOver({ person: 'lin', instead: 'zhao' }));
    await lin.comesBack();
    expect((await lin.sees(itemRecord, queued))?.author).toBe('lin');
    expect(await lin.attention()).toEqual([]);
  });

  test('a substitute with dates, offline on the first day and on the day after the last', async () => {
    const [mei, lin, xu] = [await world.phone('mei'), await world.phone('lin'), await world.phone('xu')];
    await xu.keeps(setTeaching, handOver({ person: 'mei', from: TUE, to: WED }));
    await mei.syncs();
    expect(isRefusal(await mei.does(assign, homework({ date: MON, classes: [C1] })))).toBe(true);
    mei.goesOffline();
    await world.itIs(TUE, '07:10');
    const kept = await mei.keeps(assign, homework({ date: WED }));
    await mei.comesBack();
    expect((await mei.sees(itemRecord, kept))?.author).toBe('mei');
    await world.itIs(THU, '07:10');
    mei.goesOffline();
    expect(await mei.does(assign, homework({ date: THU }))).toMatchObject({ code: 'kernel.notFound' });
    await lin.syncs();
    expect((await lin.sees(itemRecord, await lin.keeps(assign, homework({ date: THU }))))?.author).toBe(
      'lin',
    );
  });

  test('a deputy dean signs only in those days, judged when it arrives', async () => {
    const [lin, zhao, gao, xu] = [
      await world.phone('lin'),
      await world.phone('zhao'),
      await world.phone('gao'),
      await world.phone('xu'),
    ];
    const item = await lin.keeps(assign, homework({ date: THU }));
    await zhao.syncs();
    const signs = { items: [{ id: item, round: 1 }] };
    await zhao.keeps(sign, { step: 0, ...signs });
    await xu.keeps(setRole, { person: 'gao', role: 'dean', grade: null, held: true, from: MON, to: TUE });
    await gao.syncs();
    gao.goesOffline();
    const late = await gao.keeps(sign, { step: 1, ...signs });
    await world.itIs(WED, '07:10');
    await gao.comesBack();
    expect((await gao.entry(late)).code).toBe('kernel.notAllowed');
    await lin.syncs();
    expect((await lin.sees(itemRecord, item))?.step).toBe(1);
  });

  test('a new leader has the whole pile at once', async () => {
    const [lin, gao, zhao, xu] = [
      await world.phone('lin'),
      await world.phone('gao'),
      await world.phone('zhao'),
      await world.phone('xu'),
    ];
    const item = await lin.keeps(assign, homework());
    await xu.keeps(setLeader, { grade: 7, subject: 'math', person: 'gao', from: MON, to: null });
    await gao.syncs();
    await zhao.syncs();
    expect(await gao.sees(itemRecord, item)).toBeDefined();
    expect(await zhao.sees(itemRecord, item)).toBeUndefined();
    const signs = { step: 0, items: [{ id: item, round: 1 }] };
    expect(await zhao.does(sign, signs)).toHaveProperty('code');
    await gao.keeps(sign, signs);
    await lin.syncs();
    expect((await lin.sees(itemRecord, item))?.step).toBe(1);
  });

  test('whoever left reads their own work and nothing else of the school, and can do nothing in it', async () => {
    const [lin, xu] = [await world.phone('lin'), await world.phone('xu')];
    const mine = await lin.keeps(assign, homework());
    lin.goesOffline();
    const queued = await lin.keeps(assign, homework({ date: WED }));
    await xu.keeps(leave, { person: 'lin', last: addDays(MON, -1) });
    await world.jobsRun();
    await lin.comesBack();
    expect((await lin.entry(queued)).code).toBe('kernel.notAllowed');
    expect((await lin.sees(itemRecord, mine))?.author).toBe('lin');
    expect(await lin.lists(personRecord)).toEqual([]);
    expect(await lin.lists(classRecord)).toEqual([]);
    expect(await lin.lists(classDayRecord)).toEqual([]);
    expect((await lin.lists(accessRecord)).map((a) => a.id)).toEqual(['lin']);
    // Nobody is dunned in their place, and the board expects nothing of somebody who is gone.
    await xu.syncs();
    const open = (await xu.lists(classDayRecord)).flatMap((d) =>
      d.body.expected.filter((e) => e.state === 'open'),
    );
    expect(open.map((e) => e.person)).not.toContain('lin');
  });
});

describe('random schedules (Z7)', () => {
  const COUNT = runs('Z7', 500);
  interface Tally {
    lost: number;
    gained: number;
    kept: number;
    never: number;
  }

  /** Answers what was decided wrongly first, or how often a right was lost, gained, kept or never there on the way. */
  async function schedules(count: number, planted: Planted = {}): Promise<string | Tally> {
    const world = await World.begins('sqlite', MON, '06:00', planted);
    const dice = new Dice(SEED);
    const classes = [C1, C2, C3];
    const staff = ['lin', 'song', 'zhao'];
    const subjects = ['math', 'labor', 'music'];
    const teaches = new Set([`lin ${C1} math`, `lin ${C2} math`, `zhao ${C3} math`]);
    const tally: Tally = { lost: 0, gained: 0, kept: 0, never: 0 };
    let sequence = 0;
    const incoming = (actor: string, name: string, args: object, earliest: number): Incoming => {
      sequence += 1;
      return {
        ...{ id: randomUUID(), device: `phone-${actor}`, deviceSeq: sequence, at: earliest },
        ...{ actor, name, args, argsText: JSON.stringify(args) },
        time: { earliest, latest: world.clock.now() },
      };
    };
    const push = (list: Incoming[]) => world.kernel.dispatcher.push(world.school, 'Asia/Shanghai', list);
    try {
      for (let i = 0; i < count; i += 1) {
        const [person, cls, subject] = [dice.one(staff), dice.one(classes), dice.one(subjects)];
        const key = `${person} ${cls} ${subject}`;
        const queuedAt = world.clock.now();
        const then = teaches.has(key);
        const changes: Incoming[] = [];
        // Between the thumb and the server the administrator changes this right or others a few times, or not at all.
        for (let n = dice.below(4); n > 0; n -= 1) {
          const mine = dice.chance(0.6);
          const who = mine ? person : dice.one(staff);
          const place = {
            class: mine ? cls : dice.one(classes),
            subject: mine ? subject : dice.one(subjects),
          };
          const at = `${who} ${place.class} ${place.subject}`;
          const had = teaches.has(at);
          const hands = { person: had ? null : who, instead: had ? who : null, from: MON, to: null };
          changes.push(incoming('xu', setTeaching.name, { ...place, ...hands }, queuedAt));
          if (had) teaches.delete(at);
          else teaches.add(at);
        }
        const date = addDays(MON, dice.below(4));
        const said = homework({ classes: [cls], subject, form: 'oral', date });
        const command = incoming(person, assign.name, said, queuedAt);
        // In one batch with the changes, or later.
        const together = dice.chance(0.5);
        const answers = await push(together ? [...changes, command] : changes);
        if (!together) answers.push(...(await push([command])));
        const at = `QING_SEED=${SEED} schedule ${i}: ${key}`;
        if (answers.slice(0, -1).some((a) => a.outcome !== 'accepted')) return `${at}: a change was refused`;
        const unfit = ['kernel.notFound', 'kernel.notAllowed'].includes(answers[changes.length]?.code ?? '');
        const now = teaches.has(key);
        if (unfit === now) return `${at}: ${now ? 'refused with' : 'accepted without'} the right`;
        tally[then ? (now ? 'kept' : 'lost') : now ? 'gained' : 'never'] += 1;
      }
      expect(world.errors).toEqual([]);
      return tally;
    } finally {
      await world.ends();
    }
  }

  test(
    `${COUNT} schedules: decided by the right when the command arrives`,
    { timeout: 120_000 },
    async () => {
      const tally = await schedules(COUNT);
      console.log(`Z7: QING_SEED=${SEED}`, tally);
      expect(tally).toBeTypeOf('object');
      if (COUNT >= 200) expect(Math.min(...Object.values(tally as Tally))).toBeGreaterThan(10);
    },
  );

  test.each<[string, (w: Write) => boolean]>([
    ['the class keeps its teachers', (w) => w.kind !== classRecord.kind],
    ['the rights stay as they were', (w) => w.kind !== accessRecord.kind],
  ])('the test bites: %s', async (_, stays) => {
    const decide: CommandDef['decide'] = (state, args, env) => {
      const outcome = setTeaching.decide(state, args as never, env);
      return isRefusal(outcome) ? outcome : outcome.filter(stays);
    };
    const commands = { ...org.commands, [setTeaching.name]: { ...setTeaching, decide } };
    const modules = registry.modules
      .filter((m) => m.id !== 'kernel')
      .map((m) => (m.id === 'org' ? { ...m, commands } : m));
    expect(await schedules(60, { registry: makeRegistry(modules as never, appPolicy) })).toBeTypeOf('string');
  });
});

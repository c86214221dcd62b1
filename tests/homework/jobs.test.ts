import { beforeEach, describe, expect, it } from 'vitest';
import type { SchoolView, ServerModule } from '@kernel/server/module';
import { taskRecord } from '@kernel/shared/kernel-records';
import type { RecordDef } from '@kernel/shared/record';
import { must } from '@kernel/shared/refusal';
import { dayOf } from '@kernel/shared/time';
import { assignTaskId, classDayRecord } from '@modules/homework';
import { makeHomeworkServer } from '@modules/homework/server';
import { calendarRecord, classRecord } from '@modules/org';
import { Office, ZONE } from './office';
import { C1, C2ND, MONDAY, aSchool, anItem } from './school';

/** A school's committed records as jobs see them, counting what is read. */
class View implements SchoolView {
  readonly id = 's1';
  readonly name = '测试初中';
  readonly zone = ZONE;
  readonly example = false;
  readonly listed: string[] = [];
  constructor(private readonly office: Office) {}
  get now(): number {
    return this.office.now;
  }
  get today(): string {
    return dayOf(this.office.now, ZONE);
  }
  async get<B>(def: RecordDef<B>, id: string): Promise<B | undefined> {
    return this.office.get(def, id);
  }
  async list<B>(def: RecordDef<B>, filter?: { idPrefix?: string; ids?: readonly string[] }) {
    this.listed.push(def.kind);
    return this.office.all(def).filter((r) => !filter?.ids || filter.ids.includes(r.id));
  }
}

let office: Office;
let view: View;
let server: ServerModule;
const applied = new Set<string>();

beforeEach(() => {
  office = new Office(aSchool(), MONDAY, '06:00');
  view = new View(office);
  server = makeHomeworkServer();
  applied.clear();
});

/** One round of the job, applied like the kernel does: a key once. Answers the names of what was new. */
async function round(from = server): Promise<string[]> {
  const done: string[] = [];
  for (const c of await must(from.jobs, 'jobs')(view)) {
    if (applied.has(c.key)) continue;
    applied.add(c.key);
    expect(office.system(c.name, c.args)).not.toHaveProperty('code');
    done.push(`${c.name.slice('homework.v1.'.length)} ${(c.args as { date: string }).date}`);
  }
  return done;
}

describe('days ahead', () => {
  it('are made ready for every school day of today and the next fourteen, and for no other', async () => {
    expect(await round()).toEqual(
      ['23', '24', '25', '26', '30']
        .map((d) => `openDay 2026-11-${d}`)
        .concat(['02', '03', '04', '07'].map((d) => `openDay 2026-12-${d}`)),
    );
    expect(office.classDay(C1).expected).toHaveLength(3);
    expect(office.classDay(C2ND).expected).toEqual([]);
  });

  it('are looked at once: after that a round reads only the inputs', async () => {
    await round();
    expect(await round()).toEqual([]);
    view.listed.length = 0;
    expect(await round()).toEqual([]);
    expect(view.listed).not.toContain(classDayRecord.kind);
  });

  it('another process, or this one started again, finds nothing to do', async () => {
    await round();
    expect(await round(makeHomeworkServer())).toEqual([]);
  });

  it('a new day opens one more', async () => {
    await round();
    office.at('00:05', '2026-11-24');
    expect(await round()).toEqual(
      ['closeDay 2026-11-23', 'closeDay 2026-11-23', 'closeDay 2026-11-23', 'openDay 2026-12-08'].reverse(),
    );
  });

  it('a teacher who changed takes the open tasks over, and gives them back', async () => {
    await round();
    const body = must(office.get(classRecord, C1), 'class');
    const hand = async (person: string): Promise<void> => {
      const teachings = body.teachings.map((t) => (t.subject === 'math' ? { ...t, person } : t));
      office.put(classRecord, C1, { ...body, teachings });
      await round();
    };
    const owner = () =>
      office
        .all(taskRecord)
        .filter((t) => t.body.about['subject'] === 'math' && t.body.about['class'] === C1)
        .map((t) => t.body.person);
    await hand('sun');
    expect(new Set(owner())).toEqual(new Set(['sun']));
    await hand('wang');
    expect(new Set(owner())).toEqual(new Set(['wang']));
  });

  it('a day called off this morning lacks nothing at its deadline', async () => {
    await round();
    const calendar = must(office.get(calendarRecord, 'school'), 'calendar');
    const overrides = {
      ...calendar.overrides,
      [MONDAY]: { kind: 'off' as const, follows: null, reason: '大雪' },
    };
    office.put(calendarRecord, 'school', { ...calendar, overrides });
    office.at('09:00');
    await round();
    expect(office.task(assignTaskId(C1, 'chinese', MONDAY))).toBeUndefined();
    expect(office.measure('homework.boardExpected')).toBe(0);
    expect(office.classDay(C1).board.state).toBe('onTime');
  });

  it('a day nobody knows keeps what it had', async () => {
    await round();
    const calendar = must(office.get(calendarRecord, 'school'), 'calendar');
    office.put(calendarRecord, 'school', { ...calendar, coveredYears: [] });
    expect(await round()).toEqual([]);
    expect(office.classDay(C1).expected).toHaveLength(3);
  });
});

describe('the deadline', () => {
  it('is kept by the clock, once per grade', async () => {
    await round();
    const id = office.do('lin', 'homework.v1.assign', anItem());
    ['he', 'dean', 'vice'].forEach((who, step) =>
      office.do(who, 'homework.v1.sign', { step, items: [{ id, round: 1 }] }),
    );
    office.at('08:59');
    expect(await round()).toEqual([]);
    office.at('09:00');
    expect(await round()).toEqual(['closeDay 2026-11-23', 'closeDay 2026-11-23', 'closeDay 2026-11-23']);
    expect(office.item(id).state).toBe('published');
    office.at('09:01');
    expect(await round()).toEqual([]);
  });

  it('that was missed for days is made good, each day at its own deadline', async () => {
    await round();
    const id = office.do('lin', 'homework.v1.assign', anItem({ date: '2026-11-24' }));
    ['he', 'dean', 'vice'].forEach((who, step) =>
      office.do(who, 'homework.v1.sign', { step, items: [{ id, round: 1 }] }),
    );
    office.at('07:00', '2026-11-26');
    const done = await round(makeHomeworkServer());
    expect(new Set(done.filter((d) => d.startsWith('close')))).toEqual(
      new Set(['closeDay 2026-11-23', 'closeDay 2026-11-24', 'closeDay 2026-11-25']),
    );
    expect(office.classDay(C1, '2026-11-24').entries[0]?.publishedAt).toBe(
      Date.parse('2026-11-24T09:00:00+08:00'),
    );
  });
});

describe('a school that is not set up', () => {
  it('has no work', async () => {
    office.bodies.clear();
    expect(await round()).toEqual([]);
  });
});

import type { Plan } from '../plan';
import type { ClassRegister, KnownClass } from './class-register';
import type { People } from './people';
import type { Notes } from './report';
import type { Teachings } from './teachings';
import { subjectName } from './teachings';
import type { Timetable, TimetableLesson } from './timetable';

/** One kind of disagreement is said once, with its first cell and how often: the same lesson comes five times a week. */
type Once = Map<
  string,
  {
    lesson: TimetableLesson;
    times: number;
    say: (times: number) => [level: 'error' | 'notice', code: string, words: string];
  }
>;

/** The timetables with people in place of names, and everything in which timetable and roster differ. */
export function collectTimetables(
  table: Timetable,
  people: People,
  register: ClassRegister,
  teachings: Teachings,
  notes: Notes,
): Plan['timetables'] {
  const once: Once = new Map();
  const taught = new Set<string>();
  const result: Plan['timetables'] = [];
  for (const row of table.rows) {
    const cls = register.find(row.class);
    if (!cls || result.some((t) => t.id === cls.id)) continue;
    const days: Plan['timetables'][number]['body']['days'] = {};
    for (const lesson of row.lessons) {
      if (lesson.subject !== null) taught.add(`${cls.id} ${lesson.subject}`);
      const person = personOf(lesson, cls, people, teachings, once);
      const { period, subject, activity } = lesson;
      (days[String(lesson.weekday)] ??= []).push({ period, subject, activity, person });
    }
    result.push({ id: cls.id, body: { class: cls.id, grade: cls.grade, days } });
  }
  for (const { lesson, times, say } of once.values()) {
    const [level, code, words] = say(times);
    notes.say(level, code, lesson.grid, lesson, words);
  }
  for (const { cls, subject, person } of teachings.triples())
    if (!taught.has(`${cls} ${subject}`))
      notes.notice(
        'timetable.noLesson',
        table.sheets[0]?.grid ?? null,
        null,
        `花名册写${person.name}教${register.name(cls)}${subjectName(subject)}，总课表里没有这门课。任教照花名册导入。`,
      );
  return result;
}

/** A lesson's teacher: the roster's when both agree or the cell names none; nobody when they differ. */
function personOf(
  lesson: TimetableLesson,
  cls: KnownClass,
  people: People,
  teachings: Teachings,
  once: Once,
): string | null {
  const { subject, teacher } = lesson;
  const expected = subject === null ? [] : teachings.of(cls.id, subject);
  if (teacher === null) return expected.length === 1 ? (expected[0]?.id ?? null) : null;
  const named = people.named(teacher);
  const agreed = expected.filter((p) => p.name === teacher);
  const about = `${cls.name}${subject === null ? '' : subjectName(subject)}`;
  const note = (key: string, say: (times: number) => ['error' | 'notice', string, string]): null => {
    const before = once.get(key);
    once.set(key, { lesson: before?.lesson ?? lesson, times: (before?.times ?? 0) + 1, say });
    return null;
  };
  if (agreed.length === 1) return agreed[0]?.id ?? null;
  if (named.length === 0)
    return note(`unknown ${teacher}`, (n) => [
      'error',
      'timetable.personUnknown',
      `课表里的“${teacher}”不在花名册里（共 ${n} 节）。这些课的教师先空着。`,
    ]);
  if (expected.length > 0 && agreed.length === 0)
    return note(`differs ${about} ${teacher}`, (n) => [
      'error',
      'timetable.teacherDiffers',
      `${about}：课表写的是${teacher}（${n} 节），花名册写的是${expected.map((p) => p.name).join('、')}。任教照花名册导入，这 ${n} 节的教师先空着。`,
    ]);
  if (named.length > 1 || agreed.length > 1)
    return note(`same ${about} ${teacher}`, (n) => [
      'error',
      'timetable.sameName',
      `${about}：有 ${named.length} 位${teacher}，不知道是哪一位。这 ${n} 节的教师先空着。`,
    ]);
  if (subject !== null)
    note(`extra ${about} ${teacher}`, (n) => [
      'notice',
      'timetable.notInRoster',
      `${about}：课表写${teacher}任教（${n} 节），花名册没有写。课表照导入，任教关系没有导入。`,
    ]);
  return named[0]?.id ?? null;
}

import type { ClassRegister } from './class-register';
import { possible } from './matching';
import type { People, Person } from './people';
import type { Answers, At, Notes, Question } from './report';
import type { Roster } from './roster';
import type { Teachings } from './teachings';

export const NOT_A_HEAD = 'none';
const ELIMINATION = { people: 60, candidates: 20 };
interface Claim {
  readonly person: Person;
  readonly at: At;
}

/**
 * Who leads which class. Written classes first, then answers, then 是: with one class it is that one; with several it
 * stays open unless all claims together leave exactly one possibility, and then the report says 推断. Never a guess.
 */
export function assignHeads(
  roster: Roster,
  people: People,
  register: ClassRegister,
  teachings: Teachings,
  answers: Answers,
  notes: Notes,
): { heads: Map<string, Person>; questions: Question[] } {
  const { grid } = roster;
  const fixed = new Map<string, Claim[]>();
  const open = new Map<Person, { at: At; candidates: string[]; id: string }>();
  const claim = (cls: string, person: Person, at: At): void =>
    void fixed.set(cls, [...(fixed.get(cls) ?? []), { person, at }]);

  for (const person of people.all) {
    const { head } = person;
    if (head.kind === 'none') continue;
    const taught = teachings.classesOf(person, register);
    if (head.kind === 'class') {
      const found = register.find(head.class);
      if (!found) {
        notes.error(
          'head.classUnknown',
          grid,
          head,
          `${person.name}写的班主任班级不在总课表里。班主任没有导入，其他内容照常导入。`,
        );
        continue;
      }
      if (!taught.includes(found.id))
        notes.notice(
          'head.notTaught',
          grid,
          head,
          `${person.name}是${found.name}的班主任，但任教班级里没有这个班。照写的导入，请核对。`,
        );
      claim(found.id, person, head);
      continue;
    }
    const id = `head:${person.name}:${grid.name(head.row, head.col ?? 0)}`;
    const candidates = taught.length > 0 ? taught : register.all().map((c) => c.id);
    const answer = answers[id];
    if (answer === NOT_A_HEAD) continue;
    const answered = candidates.find((c) => register.name(c) === answer);
    if (answered !== undefined) claim(answered, person, head);
    else if (taught.length === 1 && taught[0] !== undefined) claim(taught[0], person, head);
    else open.set(person, { at: head, candidates, id });
    if (answer !== undefined && answered === undefined)
      notes.error(
        'head.badAnswer',
        grid,
        head,
        `${person.name}是哪个班的班主任，回答不在可选的班级里，没有采用。`,
      );
  }

  const heads = new Map<string, Person>();
  for (const [cls, claims] of fixed) {
    const [only] = claims;
    if (only && claims.length === 1) heads.set(cls, only.person);
    else
      for (const { at } of claims)
        notes.error(
          'head.twice',
          grid,
          at,
          `${register.name(cls)}的班主任写了${claims.map((c) => c.person.name).join('、')}，只能有一位。这个班的班主任没有导入，请核对。`,
        );
  }
  return { heads, questions: eliminate(roster, register, open, fixed, heads, notes) };
}

function eliminate(
  { grid }: Roster,
  register: ClassRegister,
  open: ReadonlyMap<Person, { at: At; candidates: readonly string[]; id: string }>,
  fixed: ReadonlyMap<string, unknown>,
  heads: Map<string, Person>,
  notes: Notes,
): Question[] {
  const free = new Map([...open].map(([p, o]) => [p, o.candidates.filter((c) => !fixed.has(c))]));
  // Bounded work: who could lead any class at all is asked, not worked out (this only takes conclusions away).
  const narrow = [...free].filter(([, candidates]) => candidates.length <= ELIMINATION.candidates);
  const left = possible(new Map(narrow.slice(0, ELIMINATION.people)));
  const questions: Question[] = [];
  for (const [person, { at, id, candidates }] of open) {
    const options = left.get(person) ?? [];
    const [only] = options;
    const names = candidates.map((c) => register.name(c)).join('、');
    if (only !== undefined && options.length === 1) {
      heads.set(only, person);
      notes.notice(
        'head.inferred',
        grid,
        at,
        `推断：${person.name}任教${names}，除去别人已是班主任的班，只剩${register.name(only)}一种可能，按${register.name(only)}的班主任导入。请核对。`,
      );
      continue;
    }
    // Claims that contradict each other: ask, with every class not written for somebody else.
    const choices = options.length > 0 ? options : (free.get(person) ?? []);
    const text = `${person.name}的“班主任”一栏只写了“是”，任教${names}。是哪个班的班主任？`;
    notes.say('question', 'head.which', grid, at, `${text}没有回答之前，班主任先空着。`);
    questions.push({
      id,
      person: person.name,
      file: grid.file,
      sheet: grid.sheet,
      cell: grid.name(at.row, at.col ?? 0),
      text,
      choices: [
        ...choices.map((c) => ({ value: register.name(c), label: register.name(c) })),
        { value: NOT_A_HEAD, label: '不是班主任' },
      ],
    });
  }
  return questions;
}

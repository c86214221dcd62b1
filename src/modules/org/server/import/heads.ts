import type { ClassRegister } from './class-register';
import { possible } from './matching';
import type { People, Person } from './people';
import type { Notes, Place } from './report';
import type { Roster } from './roster';
import type { Teachings } from './teachings';

export const NOT_A_HEAD = 'none';
const ELIMINATION = { people: 60, candidates: 20 };
interface Claim {
  readonly person: Person;
  readonly at: Place;
}
interface Open {
  readonly at: Place;
  readonly candidates: readonly string[];
  readonly id: string;
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
  notes: Notes,
): Map<string, Person> {
  const fixed = new Map<string, Claim[]>();
  const open = new Map<Person, Open>();
  const claim = (cls: string, person: Person, at: Place): void =>
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
          head.grid,
          head,
          `${person.name}写的班主任班级不在总课表里。班主任没有导入，其他内容照常导入。`,
        );
        continue;
      }
      if (!taught.includes(found.id))
        notes.notice(
          'head.notTaught',
          head.grid,
          head,
          `${person.name}是${found.name}的班主任，但任教班级里没有这个班。照写的导入，请核对。`,
        );
      claim(found.id, person, head);
      continue;
    }
    const { grid } = head;
    const sheet = grid === roster.sheets[0].grid ? '' : `${grid.sheet}!`;
    const id = `head:${person.name}:${sheet}${grid.name(head.row, head.col ?? 0)}`.slice(0, 100);
    const candidates = taught.length > 0 ? taught : register.all().map((c) => c.id);
    const answer = notes.answerTo(id);
    const answered = candidates.find((c) => register.name(c) === answer);
    if (answered !== undefined || answer === NOT_A_HEAD)
      ask(person, { at: head, candidates, id }, candidates);
    if (answered !== undefined) claim(answered, person, head);
    else if (answer === NOT_A_HEAD) continue;
    else if (taught.length === 1 && taught[0] !== undefined) claim(taught[0], person, head);
    else open.set(person, { at: head, candidates, id });
  }

  const heads = new Map<string, Person>();
  for (const [cls, claims] of fixed) {
    const [only] = claims;
    if (only && claims.length === 1) heads.set(cls, only.person);
    else
      for (const { at } of claims)
        notes.error(
          'head.twice',
          at.grid,
          at,
          `${register.name(cls)}的班主任写了${claims.map((c) => c.person.name).join('、')}，只能有一位。这个班的班主任没有导入，请核对。`,
        );
  }
  eliminate(register, open, fixed, heads, notes, ask);
  return heads;

  function ask(person: Person, { at, candidates, id }: Open, choices: readonly string[]): void {
    const names = candidates.map((c) => register.name(c)).join('、');
    notes.ask('head.which', at.grid, at, {
      id,
      text: `${person.name}的“班主任”一栏只写了“是”，任教${names}。是哪个班的班主任？`,
      choices: [
        ...choices.map((c) => ({ value: register.name(c), label: register.name(c) })),
        { value: NOT_A_HEAD, label: '不是班主任' },
      ],
      meanwhile: '没有回答之前，班主任先空着。',
    });
  }
}

function eliminate(
  register: ClassRegister,
  open: ReadonlyMap<Person, Open>,
  fixed: ReadonlyMap<string, unknown>,
  heads: Map<string, Person>,
  notes: Notes,
  ask: (person: Person, about: Open, choices: readonly string[]) => void,
): void {
  const free = new Map([...open].map(([p, o]) => [p, o.candidates.filter((c) => !fixed.has(c))]));
  // Bounded work: who could lead any class at all is asked, not worked out (this only takes conclusions away).
  const narrow = [...free].filter(([, candidates]) => candidates.length <= ELIMINATION.candidates);
  const left = possible(new Map(narrow.slice(0, ELIMINATION.people)));
  for (const [person, about] of open) {
    const { at, candidates } = about;
    const options = left.get(person) ?? [];
    const [only] = options;
    if (only === undefined || options.length > 1) {
      // Claims that contradict each other: ask, with every class not written for somebody else.
      ask(person, about, options.length > 0 ? options : (free.get(person) ?? []));
      continue;
    }
    heads.set(only, person);
    notes.notice(
      'head.inferred',
      at.grid,
      at,
      `推断：${person.name}任教${candidates.map((c) => register.name(c)).join('、')}，除去别人已是班主任的班，只剩${register.name(only)}一种可能，按${register.name(only)}的班主任导入。请核对。`,
    );
  }
}

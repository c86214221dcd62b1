import { pinyin } from 'pinyin-pro';
import type { Plan } from '../plan';
import type { Person } from './people';

/** `曾洋娟` → zengyangjuan, zyj: surnames read as surnames; ü is v. */
export function spell(name: string): { pinyin: string; initials: string } {
  const syllables = pinyin(name, { toneType: 'none', type: 'array', surname: 'head', v: true })
    .map((s) => s.toLowerCase().replace(/[^a-z]/g, ''))
    .filter((s) => s !== '');
  return { pinyin: syllables.join(''), initials: syllables.map((s) => s[0] ?? '').join('') };
}

export function personBody(person: Person): Plan['persons'][number]['body'] {
  const { name, duties, subject, note, onLeave } = person;
  return { name, ...spell(name), duties: [...duties], subject, note, onLeave, active: true };
}

export const rolesOf = (people: readonly Person[]): Plan['roles'] =>
  people.flatMap((p) => p.roles.map((r) => ({ person: p.id, role: r.role, grade: r.grade ?? null })));

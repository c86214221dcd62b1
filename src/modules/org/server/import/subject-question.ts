import { findSubject, SUBJECTS } from '../../shared/subjects';
import { squeeze } from '../../shared/text';
import type { Grid } from '../grid';
import type { At, Notes } from './report';

/** Which subject a word means that no list here knows, asked once for all its cells. Null: nobody has said; `none`: none of ours. */
export function askSubject(text: string, grid: Grid, at: At, notes: Notes, meanwhile: string): string | null {
  const word = squeeze(text).slice(0, 30);
  const answer = notes.ask('subject.which', grid, at, {
    id: `subject:${word}`,
    text: `“${word}”是哪门学科？`,
    choices: [...SUBJECTS.map((s) => ({ value: s.name, label: s.name })), { value: 'none', label: '都不是' }],
    meanwhile,
  });
  return answer === null || answer === 'none' ? answer : (findSubject(answer)?.id ?? null);
}

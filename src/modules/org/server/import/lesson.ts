import { findSubject } from '../../shared/subjects';
import { squeeze } from '../../shared/text';

/** What one lesson cell says: a subject with its teacher's name, or an activity. */
export interface LessonText {
  readonly subject: string | null;
  readonly activity: string | null;
  readonly teacher: string | null;
  /** An activity no list here knows: kept, and mentioned once. */
  readonly unusual: boolean;
}

const ACTIVITIES =
  /^(自习|班会|班队会?|队会|社团|社团活动|阅读|大课间|升旗|课后服务|延时服务|早读|晚读|午读|早自习|晚自习|午休|体活|体锻|活动|团队活动|校本|校本课程|地方|地方课程|书法|写字|国防|安全|研学)$/;

/** Reads `体育↵武英`, `体育(武英)`, `体育 武英`, `自习`. Empty is null; a teacher for no known subject is `unknown`. */
export function readLesson(text: string): LessonText | 'unknown' | null {
  if (squeeze(text) === '' || /^[-—/]+$/.test(squeeze(text))) return null;
  const { what, who } = splitLesson(text);
  const subject = findSubject(what);
  if (subject) return { subject: subject.id, activity: null, teacher: who || null, unusual: false };
  if (who && !ACTIVITIES.test(what)) return 'unknown';
  return {
    subject: null,
    activity: what.slice(0, 20),
    teacher: who || null,
    unusual: !ACTIVITIES.test(what),
  };
}

export function splitLesson(text: string): { what: string; who: string } {
  const [first = '', ...rest] = text.split('\n');
  if (rest.length > 0) return { what: squeeze(first), who: squeeze(rest.join('')) };
  const bracket = /^([^()]+)\(([^()]+)\)$/.exec(squeeze(text));
  if (bracket) return { what: bracket[1] ?? '', who: bracket[2] ?? '' };
  const [word = '', ...others] = text.split(' ');
  return others.length > 0 && findSubject(word)
    ? { what: word, who: squeeze(others.join('')) }
    : { what: squeeze(text), who: '' };
}

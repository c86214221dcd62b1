import type { Refusal } from '@kernel/shared/refusal';
import type { HeadClaim, TeachingClaim } from './roster-facts';

/** Why a class text was not understood, to stand between "任教班级" and what happens now. */
export function classFault(text: string, refusal: Refusal): string {
  const part = String(refusal.details['part']);
  const read = part === text ? `写的是“${text}”` : `写的是“${text}”，其中“${part}”`;
  const why: Readonly<Record<string, string>> = {
    number: '班号应在 1 到 40 之间',
    twoReadings: '有两种读法，请用“、”隔开各班',
    empty: '没有班级',
    notAClass: '没看懂是哪个班（能读的写法如 七(3)班、七3班、7.3、703）',
  };
  return `${read}，${why[String(refusal.details['reason'])] ?? '没看懂'}。`;
}

/** What a claim says, wherever it stands: to tell whether two say the same. */
export const formatClaim = (claim: TeachingClaim | HeadClaim): string =>
  JSON.stringify({ ...claim, grid: null, row: null, col: null });

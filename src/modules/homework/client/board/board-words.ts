import type { Instant } from '@kernel/shared/time';
import { clockWords } from '@kernel/client/ui/words';
import type { BoardRow, ClassDay } from '../../shared';
import { boardOf } from '../../shared';
import type { StateKind } from '../words';
import { BASIS_WORDS, HOLDER_WORDS, waitWords } from '../words';

/** A board in words: what it has, what it lacks, whose that is and since when. */
export interface BoardLine {
  readonly row: BoardRow;
  readonly lacking: boolean;
  readonly kind: StateKind;
  readonly words: string;
  /** 已等 12 分钟 */
  readonly wait: string;
  readonly corrected: boolean;
  /** What 晚 rests on; empty where nothing was late. */
  readonly why: string;
}
export interface BoardWords {
  readonly expected: number;
  readonly ready: number;
  readonly lines: readonly BoardLine[];
  readonly lacking: readonly BoardLine[];
  readonly kind: StateKind;
  readonly words: string;
  /** 依据送达时间 · 服务器停机，期限顺延到 09:32 */
  readonly why: string;
}

/** The moment a board is looked at. */
export interface BoardMoment {
  readonly now: Instant;
  readonly zone: string;
  /** When it is judged: the deadline, or later when an outage of ours lay on it. */
  readonly until: Instant;
}

export function boardWords(day: ClassDay, moment: BoardMoment): BoardWords {
  const lines = boardOf(day).map((row) => lineOf(row, day, moment));
  const lacking = lines.filter((l) => l.lacking);
  const expected = lines.filter((l) => l.row.state !== 'excused').length;
  return {
    expected,
    ready: expected - lacking.length,
    lines,
    lacking,
    ...whole(day, lacking.length, expected, moment),
    why: expected === 0 ? '' : whyWords(day, moment),
  };
}

function lineOf(row: BoardRow, day: ClassDay, { now, zone, until }: BoardMoment): BoardLine {
  const entry = day.entries.find((e) => e.item === row.item);
  const wait = row.since === null ? '' : waitWords(row.since, now);
  const line = (kind: StateKind, words: string, lacking: boolean): BoardLine => ({
    row,
    lacking,
    kind,
    words,
    wait: lacking ? wait : '',
    corrected: entry?.corrected ?? false,
    why: entry?.late ? BASIS_WORDS[entry.late.basis] : '',
  });
  const past = now >= until;
  switch (row.state) {
    case 'missing':
      return line(past ? 'need' : 'caution', `${row.personName}还没布置`, true);
    case 'returned':
      return line(past ? 'need' : 'caution', `被退回，${row.personName}在改`, true);
    case 'waiting':
      return line(past ? 'need' : 'waiting', `待${row.holder ? HOLDER_WORDS[row.holder] : ''}审签`, true);
    case 'ready':
      return line('done', past ? '已签，正在公示' : `已签，${clockWords(until, zone)} 公示`, false);
    case 'published': {
      const at = entry?.publishedAt ? `${clockWords(entry.publishedAt, zone)} 已公示` : '已公示';
      return entry?.late ? line('caution', `${at}，晚`, false) : line('done', at, false);
    }
    case 'excused':
      return line('calm', `${row.personName}：不布置`, false);
  }
}

function whole(
  day: ClassDay,
  lacking: number,
  expected: number,
  { now, zone, until }: BoardMoment,
): { kind: StateKind; words: string } {
  const due = clockWords(until, zone);
  if (expected === 0) return { kind: 'calm', words: '这一天没有要公示的作业' };
  if (day.board.state === 'void') return { kind: 'calm', words: '服务器停机，这一天不计' };
  if (day.board.state === 'onTime') return { kind: 'done', words: '按时公示' };
  if (day.board.state === 'late' && day.board.completeAt !== null) {
    const holder = day.board.holder;
    const whose = holder && holder !== 'nobody' ? `，晚在${HOLDER_WORDS[holder]}` : '';
    return { kind: 'caution', words: `${clockWords(day.board.completeAt, zone)} 公示，晚${whose}` };
  }
  if (lacking === 0) return { kind: 'done', words: now < until ? `齐了，${due} 自动公示` : '齐了，正在公示' };
  return now < until
    ? { kind: 'waiting', words: `还缺 ${lacking} 科，${due} 公示` }
    : { kind: 'need', words: `过了 ${due}，还缺 ${lacking} 科` };
}

/** What 按时, 晚 or a moved deadline rests on, in one line; empty while there is nothing to explain. */
function whyWords(day: ClassDay, { zone, until }: BoardMoment): string {
  const { state, lifted, holder, completeAt } = day.board;
  const at = lifted ?? until;
  const words: string[] = [];
  if (state !== 'void' && at > day.deadline) words.push(`服务器停机，期限顺延到 ${clockWords(at, zone)}`);
  if (state === 'onTime') words.push(BASIS_WORDS.receipt);
  if (state === 'late' && completeAt !== null) {
    const decisive = day.entries.find((e) => e.late?.holder === holder && e.publishedAt === completeAt);
    words.push(BASIS_WORDS[decisive?.late?.basis ?? 'receipt']);
  }
  return words.join(' · ');
}

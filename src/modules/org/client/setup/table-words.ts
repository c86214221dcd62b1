import type { Layout, Table } from './report-schema';

export const KINDS = [
  { value: 'roster', label: '教职工花名册' },
  { value: 'timetable', label: '总课表' },
  { value: 'duty', label: '护学岗值班表' },
  { value: 'skip', label: '不用读' },
] as const;

/** What a column can mean, by kind of table: the ones that must be there first. */
export const MEANINGS: Readonly<Record<Layout['kind'], readonly (readonly [key: string, words: string])[]>> =
  {
    roster: [
      ['name', '姓名'],
      ['subject', '任教学科'],
      ['classes', '任教班级'],
      ['duty', '职务'],
      ['head', '班主任'],
      ['phone', '联系电话'],
      ['note', '备注'],
    ],
    timetable: [['class', '班级']],
    duty: [
      ['post', '岗位'],
      ['time', '时段'],
    ],
    skip: [],
  };

/** 七年级（教职工花名册.xlsx） */
export const tableName = (t: Table): string => (t.sheet ? `${t.sheet}（${t.file}）` : t.file);

const rowsWords = (head: { from: number; to: number }): string =>
  head.from === head.to ? `第 ${head.to} 行` : `第 ${head.from}–${head.to} 行`;

/** How a sheet was read, in one line. */
export function tableWords(t: Table): string {
  if (t.kind === null) return t.asks ? '没有认出是什么表，请您说一声' : '像是封面或说明，没有读';
  if (t.kind === 'skip') return '您说不用读';
  const kind = KINDS.find((k) => k.value === t.kind)?.label ?? '';
  if (!t.head) return `${kind}，没有找到表头`;
  const read = t.columns.filter((c) => c.as !== null).length;
  const lessons = t.lessonColumns > 0 ? `、${t.lessonColumns} 列${t.kind === 'duty' ? '星期' : '课'}` : '';
  return `${kind} · 表头在${rowsWords(t.head)} · 认出 ${read} 列${lessons}`;
}

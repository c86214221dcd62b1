import type { ColumnNames } from './header';

export type RosterColumn = 'name' | 'duty' | 'subject' | 'classes' | 'head' | 'phone' | 'note';
export const ROSTER_COLUMNS: ColumnNames<RosterColumn> = {
  name: ['姓名', '教师姓名', '教职工姓名', '名字', '教师', '任课教师'],
  duty: ['职务', '岗位', '行政职务', '担任职务', '职务/岗位'],
  subject: ['任教学科', '学科', '任教科目', '科目', '任课学科', '所教学科', '教学学科', '任课科目'],
  classes: ['任教班级', '任课班级', '所教班级', '教学班级', '授课班级', '任教班'],
  head: ['班主任', '班主任班级', '任班主任', '是否班主任', '担任班主任'],
  phone: ['联系电话', '手机', '手机号', '手机号码', '电话', '联系方式', '电话号码'],
  note: ['备注', '说明'],
};
export const ROSTER_REQUIRED: readonly RosterColumn[] = ['name', 'subject', 'classes'];

import type { ModuleTexts } from '@kernel/client/client-module';
import { dayWords } from '@kernel/client/ui/words';

interface SetDayArgs {
  readonly day: string;
  readonly says: { readonly kind: 'school' | 'off' };
}

const text = (value: unknown, other: string): string => (typeof value === 'string' ? value : other);
const dayText = (value: unknown): string => (typeof value === 'string' ? dayWords(value) : '某一天');

const unchanged = (title: string, todo: string) => ({ title, kept: '分工没有改动。', todo });

export const texts: ModuleTexts = {
  refusals: {
    'org.dayPast': (d) => ({
      title: `${typeof d['day'] === 'string' ? dayWords(d['day']) : '这一天'}已经过去了`,
      kept: '校历没有改动。',
      todo: '过去的日子已按当时的校历算过，不能再改；从今天起的日子可以改。',
    }),
    'org.dayOutsideTerm': (d) => ({
      title: `${typeof d['day'] === 'string' ? dayWords(d['day']) : '这一天'}不在学期里`,
      kept: '校历没有改动。',
      todo: '请选学期内的日子。',
    }),
    'org.notOneself': () =>
      unchanged('自己的权限要由另一位管理员来改', '请另一位学校管理员来做；只有一位时，先给别人加上管理员。'),
    'org.lastAdmin': () =>
      unchanged('学校至少要有一位没有期限的管理员', '请先给另一位老师加上“学校管理员”，再来改这一位。'),
    'org.personLeaves': (d) =>
      unchanged(
        `${text(d['name'], '这位老师')}在校到 ${dayText(d['last'])}`,
        '请把日子改到那天为止，或换一位老师。',
      ),
    'org.noDays': () => unchanged('这段日子已经过去了', '过去的已按当时的分工算过，请从今天或以后选。'),
    'org.nothingToHandOver': (d) =>
      unchanged(
        `${text(d['className'], '这个班')}的这门课那些日子已不由这位老师教`,
        '可能别的管理员刚刚改过，请看看现在由谁教。',
      ),
    'org.alreadyImported': () => ({
      title: '这所学校已经建好了',
      kept: '原有内容没有改动。',
      todo: '请直接登录；人员有变动时在“人员”里改。',
    }),
  },
  commands: {
    'org.v1.setDay': (args: SetDayArgs) =>
      `校历：${dayWords(args.day)}${args.says.kind === 'school' ? '上学' : '放假'}`,
    'org.v1.setTeaching': () => '改任课',
    'org.v1.setHeadTeacher': () => '改班主任',
    'org.v1.setLeader': () => '改备课组长',
    'org.v1.setRole': (args: { readonly held: boolean }) => (args.held ? '加职务' : '撤职务'),
    'org.v1.addPerson': (args: { readonly name: string }) => `加人：${args.name}`,
    'org.v1.leave': (args: { readonly last: string | null }) =>
      args.last === null ? '取消离校' : `离校：在校到 ${dayWords(args.last)}`,
    'org.v1.setLeave': (args: { readonly why: string | null }) =>
      args.why === null ? '回来上班' : `不在岗：${args.why}`,
  },
};

import type { ModuleTexts } from '@kernel/client/client-module';
import { dayWords } from '@kernel/client/ui/words';

interface SetDayArgs {
  readonly day: string;
  readonly says: { readonly kind: 'school' | 'off' };
}

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
    'org.alreadyImported': () => ({
      title: '这所学校已经建好了',
      kept: '原有内容没有改动。',
      todo: '请直接登录；人员有变动时在“人员”里改。',
    }),
  },
  commands: {
    'org.v1.setDay': (args: SetDayArgs) =>
      `校历：${dayWords(args.day)}${args.says.kind === 'school' ? '上学' : '放假'}`,
  },
};

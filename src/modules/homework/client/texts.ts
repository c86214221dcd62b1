import type { ModuleTexts, RefusalText } from '@kernel/client/client-module';
import { dayWords } from '@kernel/client/ui/words';
import type { Day } from '@kernel/shared/time';
import type {
  AssignArgs,
  CorrectArgs,
  ExcuseArgs,
  ReturnArgs,
  ReviseArgs,
  SignArgs,
  WithdrawArgs,
} from '../shared';
import { commonFree, moveWords, problemWords } from './form/problems';
import { classLabels, subjectLabel } from './labels';
import { FORM_WORDS, stepWords } from './words';

const KEPT = '您写的内容还在，没有丢。';
type Details = Readonly<Record<string, unknown>>;

/** What blocks a claim on a class's day: the same words as on the form, and what to do about it. */
function claim(code: string, fallback: string): (details: Details) => RefusalText {
  return (details) => {
    const words = problemWords(code, details);
    const free = commonFree(details);
    return {
      title: words ? words.title : fallback,
      kept: words ? `${words.why}${KEPT}` : KEPT,
      todo: free ? `可以${moveWords(free)}。` : '可以换一天、少几分钟，或去掉这个班。',
    };
  };
}

const NOT_SCHOOL: Readonly<Record<string, string>> = {
  past: '已经过去了',
  tooFar: '太远了，最多提前 14 天',
  outsideTerm: '不在学期里',
  weekend: '是周末',
  holiday: '放假',
  closed: '学校停课',
};

export const homeworkTexts: ModuleTexts = {
  refusals: {
    'homework.alreadyAssigned': claim('homework.alreadyAssigned', '当天这一科已经有作业'),
    'homework.subjectsFull': claim('homework.subjectsFull', '当天的书面作业名额满了'),
    'homework.dayMinutesFull': claim('homework.dayMinutesFull', '当天的总时长会超过上限'),
    'homework.notSchoolDay': (d) => ({
      title: `${dayText(d['date'])}${NOT_SCHOOL[String(d['reason'])] ?? '不是上学日'}，不能布置`,
      kept: KEPT,
      todo: typeof d['next'] === 'string' ? `可以${moveWords(d['next'])}。` : '请换一个上学日再交。',
    }),
    'homework.dayUnknown': (d) => ({
      title: `${dayText(d['date'])}是不是上学日，校历上还没有定`,
      kept: KEPT,
      todo: '请先换一天，或请学校管理员在校历里定下来。',
    }),
    'homework.notWritten': (d) => ({
      title: `${String(d['subjectName'] ?? '这一科')}不布置书面作业`,
      kept: KEPT,
      todo: '请把形式改成口头或实践再交。',
    }),
    'homework.mixedGrades': () => ({
      title: '选的班级不在同一个年级',
      kept: KEPT,
      todo: '请按年级分成两份来布置。',
    }),
    'homework.staleRound': () => ({
      title: '这份作业在别处改过了',
      kept: KEPT,
      todo: '请打开看看最新的一稿，再决定要不要改。',
    }),
    'homework.alreadyPublished': () => ({
      title: '这份作业已经公示，不能再改或撤回',
      kept: '公示的内容没有变。',
      todo: '要改的话请打开它，用“更正”，并写明原因。',
    }),
    'homework.withdrawn': () => ({
      title: '这份作业已经撤回了',
      kept: '撤回前的内容还能看到。',
      todo: '需要的话，请重新布置一份。',
    }),
    'homework.notPublished': () => ({
      title: '这份作业还没有公示，不用更正',
      kept: KEPT,
      todo: '请打开它，直接修改就可以。',
    }),
    'homework.nothingToSign': () => ({
      title: '这些作业都已经不在您这一步了',
      kept: '别人签的、退回的都算数，没有重复。',
      todo: '请回到审签看看还剩哪些。',
    }),
    'homework.notYourTurn': (d) => ({
      title: d['reason'] === 'own' ? '自己布置的作业由别人审签' : '这份作业已经不在您这一步了',
      kept: '您写的原因还在。',
      todo: '请回到审签看看它现在在哪一步。',
    }),
  },
  commands: {
    'homework.v1.assign': (a: AssignArgs) =>
      `布置 ${classLabels(a.classes)} ${subjectLabel(a.subject)}作业（${dayText(a.date)}，${FORM_WORDS[a.form]}）`,
    'homework.v1.revise': (a: ReviseArgs) => `改好再交一份${FORM_WORDS[a.form]}作业`,
    'homework.v1.withdraw': (_a: WithdrawArgs) => '撤回一份作业',
    'homework.v1.sign': (a: SignArgs) => `${stepWords(a.step)}签字，${a.items.length} 份作业`,
    'homework.v1.return': (a: ReturnArgs) => `退回一份作业：${a.reason}`,
    'homework.v1.correct': (a: CorrectArgs) => `更正一份已公示的作业：${a.reason}`,
    'homework.v1.excuse': (a: ExcuseArgs) =>
      `${dayText(a.date)} ${classLabels([a.class])}不布置${subjectLabel(a.subject)}作业`,
  },
};

function dayText(day: unknown): string {
  return typeof day === 'string' ? dayWords(day as Day) : '当天';
}

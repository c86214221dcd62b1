import { computed, ref, shallowRef } from 'vue';
import type { RouteLocationRaw } from 'vue-router';
import type { TaskCardProps } from '@kernel/client/client-module';
import { useRecord } from '@kernel/client/use-record';
import { useTurnedDown } from '@kernel/client/use-turned-down';
import { toast } from '@kernel/client/ui/announce';
import { dueWords, secondsWords } from '@kernel/client/ui/words';
import type { Refusal } from '@kernel/shared/refusal';
import { isRefusal } from '@kernel/shared/refusal';
import type { AssignArgs } from '../../shared';
import { assign, checkDraft, classDayId, classDayRecord } from '../../shared';
import { classesIn, commonFree, moveWords } from '../form/problems';
import { useHomeworkCommands } from '../use-homework-commands';
import { useSchool } from '../use-school';
import { stateWords } from '../words';
import { useOwnItems } from './use-own-items';

/** State and acts of one 布置 card. */
export function useAssignCard(task: () => TaskCardProps['task']) {
  const school = useSchool();
  const commands = useHomeworkCommands();
  const refused = useTurnedDown();
  const confirming = ref(false);
  const local = shallowRef<Refusal | null>(null);

  const about = computed(() => {
    const { about: a, day } = task().body;
    return {
      class: String(a['class']),
      className: String(a['className']),
      subject: String(a['subject']),
      subjectName: String(a['subjectName']),
      date: day,
    };
  });
  const open = computed(() => task().body.state === 'open');
  const { last, given } = useOwnItems(school, about, open);
  // Looked at only when somebody is about to send the same again.
  const classDay = useRecord(classDayRecord, () =>
    confirming.value ? classDayId(about.value.class, about.value.date) : null,
  );

  /** The author's own try that the server turned down and that still waits for them. */
  const turnedDown = computed(() => {
    if (!open.value) return undefined;
    const { class: cls, subject, date } = about.value;
    return refused.value.find((e) => {
      if (e.name !== assign.name) return false;
      const args = e.args as Partial<AssignArgs>;
      return args.subject === subject && args.date === date && (args.classes?.includes(cls) ?? false);
    });
  });
  const refusal = computed<Pick<Refusal, 'code' | 'details' | 'refused'> | null>(() => {
    if (local.value) return local.value;
    const e = turnedDown.value;
    return e ? { refused: true, code: e.code ?? 'kernel.defect', details: e.details ?? {} } : null;
  });

  const route = (query: Record<string, string>): RouteLocationRaw => {
    const { class: cls, subject, date } = about.value;
    return { path: '/homework/new', query: { class: cls, subject, date, ...query } };
  };
  const waysOut = computed<{ words: string; to: RouteLocationRaw }[]>(() => {
    const why = refusal.value;
    if (!why) return [];
    const free = commonFree(why.details);
    const entry = local.value ? undefined : turnedDown.value;
    const from: Record<string, string> = last.value ? { from: last.value.id } : {};
    const to = (change: Record<string, string>): RouteLocationRaw =>
      entry ? { path: `/homework/edit/${entry.id}`, query: change } : route({ ...from, ...change });
    const ways = free ? [{ words: moveWords(free), to: to({ date: free }) }] : [];
    const inTheWay = classesIn(why.details);
    const others = entry ? (entry.args as AssignArgs).classes.length - inTheWay.length : 0;
    if (others > 0)
      ways.push({
        words: `去掉 ${inTheWay.map((c) => c.name).join('、')}`,
        to: to({ drop: inTheWay.map((c) => c.id).join(',') }),
      });
    return [...ways, { words: '去改', to: to({}) }];
  });

  const problems = computed(() => {
    const item = last.value?.body;
    const { class: cls, className, subject, date } = about.value;
    if (!item) return [];
    const day = classDay.value?.body;
    return checkDraft(
      { subject, form: item.form, tiers: item.tiers },
      [{ id: cls, name: className, grade: item.grade, day }],
      school.rulesFor(date),
    );
  });

  async function sendSame(): Promise<void> {
    const from = last.value;
    const { class: cls, className, subject, subjectName, date } = about.value;
    if (!from) return;
    const { form, tiers } = from.body;
    const args = {
      classes: [cls],
      subject,
      date,
      form,
      tiers: tiers.map((t) => ({ ...t })),
      copiedFrom: from.id,
    };
    const outcome = await commands.assign.send(args);
    local.value = isRefusal(outcome) ? outcome : null;
    confirming.value = false;
    if (!isRefusal(outcome))
      commands.undoAssign(outcome.id, `已存本机：布置 ${className} ${subjectName}作业`);
  }
  async function excuse(): Promise<void> {
    const { class: cls, subject, date } = about.value;
    const outcome = await commands.excuse.send({ class: cls, subject, date });
    local.value = isRefusal(outcome) ? outcome : null;
    if (!isRefusal(outcome)) toast('已存本机：不布置。想布置随时可以');
  }

  return {
    className: computed(() => about.value.className),
    title: computed(() => `布置 ${about.value.className} ${about.value.subjectName}作业`),
    sub: computed(() =>
      open.value
        ? `${dueWords(task().body.due, school.now.value, school.zone.value)} · ${secondsWords(task().body.seconds)}`
        : undefined,
    ),
    tone: computed(() => (!open.value ? 'done' : refusal.value ? 'need' : 'plain')),
    state: computed(() => {
      if (open.value) return null;
      if (!given.value)
        return { kind: 'done' as const, words: task().body.state === 'excused' ? '不布置' : '已完成' };
      return given.value.pending
        ? { kind: 'waiting' as const, words: '已存本机，待上传' }
        : { ...stateWords(given.value.body), words: `已送达，${stateWords(given.value.body).words}` };
    }),
    open,
    given,
    last,
    confirming,
    problems,
    refusal,
    waysOut,
    excuseWords: computed(() => (about.value.date === school.today.value ? '今天不布置' : '这天不布置')),
    busy: commands.assign.busy,
    excusing: commands.excuse.busy,
    fresh: computed(() => route({})),
    editSame: computed(() => route(last.value ? { from: last.value.id } : {})),
    ask(): void {
      local.value = null;
      confirming.value = true;
    },
    sendSame,
    excuse,
  };
}

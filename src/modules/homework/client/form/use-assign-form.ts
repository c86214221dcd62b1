import type { Ref } from 'vue';
import { computed } from 'vue';
import type { Day } from '@kernel/shared/time';
import type { AssignArgs, Draft, DraftClass, Form, LaterDay, Tier } from '../../shared';
import { checkDraft, classDayId, firstStop, largestOf, meterOf, rulesOn } from '../../shared';
import { dayChip, dayChoices, openDay } from '../choices';
import type { School } from '../use-school';
import type { ClassDays } from '../use-class-days';
import { TIER_WORDS } from '../words';

/** What the form holds; `subject` and `date` are empty until the school is known. */
export interface FormModel {
  subject: string;
  classes: string[];
  date: Day | '';
  form: Form;
  tiers: Tier[];
  copiedFrom: string | null;
}

export const emptyForm = (): FormModel => ({
  subject: '',
  classes: [],
  date: '',
  form: 'written',
  tiers: [{ tier: 'A', content: '', minutes: 10 }],
  copiedFrom: null,
});

/** Days offered as chips: enough for a week ahead, few enough for one screen. */
const CHIPS = 5;
/** School days after the chosen one in which a free place is looked for. */
const LATER = 5;

/** Everything the form shows that follows from what is in it. Changes nothing but the model. */
export function useAssignForm(model: Ref<FormModel>, school: School, days: ClassDays) {
  const teaching = computed(() => school.teachings.value.find((t) => t.subject === model.value.subject));
  const subjectOptions = computed(() =>
    school.teachings.value.map((t) => ({ value: t.subject, label: t.subjectName })),
  );
  const grade = computed(
    () => teaching.value?.classes.find((c) => model.value.classes.includes(c.id))?.grade,
  );
  const classOptions = computed(() =>
    (teaching.value?.classes ?? []).map((c) => {
      const other = grade.value !== undefined && c.grade !== grade.value;
      return {
        value: c.id,
        label: c.name,
        disabled: other,
        ...(other ? { hint: '另一年级，分开布置' } : {}),
      };
    }),
  );
  const first = computed(() => {
    const calendar = school.calendar.value;
    return calendar
      ? openDay(calendar, school.rulesFor, school.now.value, school.today.value, school.zone.value)
      : '';
  });
  const dayOptions = computed(() => {
    const calendar = school.calendar.value;
    if (!calendar || !first.value) return [];
    const choices = dayChoices(calendar, first.value, CHIPS);
    const chosen = model.value.date;
    const all = chosen && !choices.includes(chosen) ? [...choices, chosen].sort() : choices;
    return all.map((d) => ({ value: d, ...dayChip(d, school.today.value) }));
  });

  const draft = computed<Draft>(() => ({
    subject: model.value.subject,
    form: model.value.form,
    tiers: model.value.tiers,
  }));
  const rules = computed(() => rulesOn(school.rules.value, model.value.date || school.today.value));
  const chosen = computed<DraftClass[]>(() =>
    (teaching.value?.classes ?? [])
      .filter((c) => model.value.classes.includes(c.id))
      .map((c) => ({ ...c, day: days.value.get(classDayId(c.id, model.value.date)) })),
  );
  const later = computed<LaterDay[]>(() => {
    const calendar = school.calendar.value;
    if (!calendar || !model.value.date) return [];
    return dayChoices(calendar, model.value.date, LATER + 1)
      .slice(1)
      .map((date) => ({
        date,
        rules: rulesOn(school.rules.value, date),
        dayOf: (c) => days.value.get(classDayId(c, date)),
      }));
  });
  const problems = computed(() => checkDraft(draft.value, chosen.value, rules.value, later.value));
  const blocked = computed(() => firstStop(problems.value) !== undefined);
  /** The first day on which all the chosen classes can take it. */
  const free = computed<Day | null>(() => {
    const fits = (l: LaterDay): boolean =>
      !firstStop(
        checkDraft(
          draft.value,
          chosen.value.map((c) => ({ ...c, day: l.dayOf(c.id) })),
          l.rules,
        ),
      );
    return blocked.value ? (later.value.find(fits)?.date ?? null) : null;
  });

  const written = computed(() => model.value.form === 'written');
  const meters = computed(() =>
    chosen.value.map((c) => ({
      id: c.id,
      name: c.name,
      ...meterOf(c.day, rules.value, c.grade),
      addsSubject: written.value,
      addsMinutes: written.value ? largestOf(model.value.tiers) : 0,
    })),
  );

  /** What is still to be filled in, in words; empty when it can go. */
  const lacking = computed(() => {
    const out: string[] = [];
    if (!model.value.subject) out.push('选学科');
    if (chosen.value.length === 0) out.push('选班级');
    if (!model.value.date) out.push('选日期');
    for (const t of model.value.tiers)
      if (t.content.trim() === '') out.push(`写 ${TIER_WORDS[t.tier]} 的内容`);
    return out;
  });

  function args(): AssignArgs {
    const { subject, date, form, tiers, copiedFrom } = model.value;
    return {
      classes: chosen.value.map((c) => c.id),
      subject,
      date,
      form,
      tiers: tiers.map((t) => ({ ...t, content: t.content.trim() })),
      copiedFrom,
    };
  }
  const change = (to: Partial<FormModel>): void => {
    model.value = { ...model.value, ...to };
  };

  return {
    subjectOptions,
    classOptions,
    dayOptions,
    first,
    teaching,
    chosen,
    meters,
    problems,
    blocked,
    free,
    lacking,
    args,
    change,
  };
}
export type AssignForm = ReturnType<typeof useAssignForm>;

import type { Ref } from 'vue';
import { nextTick, watch } from 'vue';
import type { LocationQuery } from 'vue-router';
import { useDraft } from '@kernel/client/use-draft';
import { useRecord } from '@kernel/client/use-record';
import { useServerDraft } from '@kernel/client/use-server-draft';
import { itemRecord } from '../../shared';
import { openDay } from '../choices';
import type { School } from '../use-school';
import { isFormModel } from './draft-shapes';
import type { FormModel } from './use-assign-form';
import { emptyForm } from './use-assign-form';

/** What was chosen last time, so that it is already chosen now. */
interface LastChoice {
  form: FormModel['form'];
  minutes: number;
  /** Classes that were given the same homework, by subject. */
  together: Record<string, string[]>;
}

const one = (query: LocationQuery, key: string): string => {
  const value = query[key];
  return typeof value === 'string' ? value : '';
};

/**
 * The new-homework form as it opens: what was typed before wins; otherwise the card's class, subject and day, the
 * homework it is copied from, or the last choice.
 */
export function useFormStart(query: LocationQuery, school: School) {
  const asked = {
    subject: one(query, 'subject'),
    class: one(query, 'class'),
    date: one(query, 'date'),
    from: one(query, 'from'),
  };
  const key = ['homework.new', asked.subject, asked.class, asked.date, asked.from].filter(Boolean).join('|');
  const kept = useServerDraft(key, emptyForm, isFormModel);
  const { draft, ready } = kept;
  const last = useDraft<LastChoice>('homework.lastChoice', () => ({
    form: 'written',
    minutes: 10,
    together: {},
  }));
  const from = useRecord(itemRecord, () => asked.from || null);

  const untouched = (m: FormModel): boolean => m.subject === '';
  const stop = watch(
    [ready, last.ready, school.ready, from],
    () => {
      const known = ready.value && last.ready.value && school.ready.value && from.value !== undefined;
      if (!known) return;
      void nextTick(() => stop());
      if (untouched(draft.value)) kept.begin(begin());
    },
    { immediate: true },
  );

  function begin(): FormModel {
    const teaching =
      school.teachings.value.find((t) => t.subject === asked.subject) ??
      (school.teachings.value.length === 1 ? school.teachings.value[0] : undefined);
    const subject = asked.subject || (teaching?.subject ?? '');
    const mine = new Set(teaching?.classes.map((c) => c.id));
    const together = (last.draft.value.together[subject] ?? []).filter((c) => mine.has(c));
    const classes = asked.class ? [asked.class] : together;
    const calendar = school.calendar.value;
    const today = calendar
      ? openDay(calendar, school.rulesFor, school.now.value, school.today.value, school.zone.value)
      : '';
    const copied = from.value?.body;
    return {
      subject,
      classes,
      date: asked.date || today,
      form: copied?.form ?? last.draft.value.form,
      tiers: copied
        ? copied.tiers.map((t) => ({ ...t }))
        : [{ tier: 'A', content: '', minutes: last.draft.value.minutes }],
      copiedFrom: copied ? asked.from : null,
    };
  }

  /** After it was kept: the draft goes, the choice stays. */
  async function done(sent: FormModel): Promise<void> {
    last.draft.value = {
      form: sent.form,
      minutes: sent.tiers[0]?.minutes ?? 10,
      together: { ...last.draft.value.together, [sent.subject]: sent.classes },
    };
    await kept.clear();
  }
  return { model: draft as Ref<FormModel>, kept, done };
}

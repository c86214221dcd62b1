import { computed, nextTick, ref, shallowRef, watch } from 'vue';
import { useRouter } from 'vue-router';
import { useDraft, useRecord } from '@kernel/client/index';
import { toast } from '@kernel/client/ui/announce';
import type { Refusal } from '@kernel/shared/refusal';
import { isRefusal } from '@kernel/shared/refusal';
import type { Form, Tier } from '../../shared';
import { checkDraft, classDayId, itemRecord } from '../../shared';
import { useClassDays } from '../use-class-days';
import { useHomeworkCommands } from '../use-homework-commands';
import { useSchool } from '../use-school';

interface EditModel {
  form: Form;
  tiers: Tier[];
  reason: string;
  /** The round it was opened at; 0 = nothing typed yet. */
  round: number;
}

/** Changing one's own homework: `revise` before it is published, `correct` after. Typed text is kept as a draft. */
export function useItemEdit(id: string, mode: 'revise' | 'correct') {
  const router = useRouter();
  const school = useSchool();
  const commands = useHomeworkCommands();
  const row = useRecord(itemRecord, id);
  const item = computed(() => (row.value === undefined ? undefined : (row.value?.body ?? null)));
  const { draft, ready, clear } = useDraft<EditModel>(`homework.${mode}|${id}`, () => ({
    form: 'written',
    tiers: [],
    reason: '',
    round: 0,
  }));
  const days = useClassDays(() => item.value?.classes.map((c) => c.id) ?? []);
  const tried = ref(false);
  const refusal = shallowRef<Refusal | null>(null);

  const stop = watch(
    [item, ready],
    () => {
      const body = item.value;
      if (!body || !ready.value) return;
      void nextTick(() => stop());
      // A draft of an earlier round is about something that no longer stands.
      if (draft.value.round === body.round) return;
      draft.value = { form: body.form, tiers: body.tiers.map((t) => ({ ...t })), reason: '', round: body.round };
    },
    { immediate: true },
  );

  const allowed = computed(() => {
    const body = item.value;
    if (!body || body.author !== school.actor.value?.person) return false;
    return mode === 'correct' ? body.state === 'published' : body.state !== 'published' && body.state !== 'withdrawn';
  });
  const problems = computed(() => {
    const body = item.value;
    if (!body) return [];
    const classes = body.classes.map((c) => ({ ...c, grade: body.grade, day: days.value.get(classDayId(c.id, body.date)) }));
    const { form, tiers } = draft.value;
    return checkDraft({ subject: body.subject, form, tiers, item: id }, classes, school.rulesFor(body.date));
  });

  async function submit(): Promise<void> {
    tried.value = true;
    const { form, tiers, reason, round } = draft.value;
    const empty = tiers.some((t) => t.content.trim() === '') || (mode === 'correct' && reason.trim() === '');
    if (empty) return;
    const outcome =
      mode === 'revise'
        ? await commands.revise.send({ item: id, round, form, tiers })
        : await commands.correct.send({ item: id, tiers, reason: reason.trim() });
    refusal.value = isRefusal(outcome) ? outcome : null;
    if (isRefusal(outcome)) return;
    await clear();
    toast(mode === 'revise' ? '已存本机：改好再交' : '已存本机：更正');
    if ((history.state as { back?: string | null } | null)?.back) router.back();
    else await router.replace(`/homework/item/${id}`);
  }

  return {
    item,
    allowed,
    model: draft,
    problems,
    refusal,
    tried,
    busy: computed(() => commands.revise.busy.value || commands.correct.busy.value),
    returned: computed(() => {
      if (item.value?.state !== 'returned') return null;
      return [...item.value.acts].reverse().find((a) => a.act === 'return')?.reason ?? null;
    }),
    change(to: Partial<EditModel>): void {
      draft.value = { ...draft.value, ...to };
    },
    submit,
  };
}

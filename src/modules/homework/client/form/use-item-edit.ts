import { computed, nextTick, ref, shallowRef, watch } from 'vue';
import { useRouter } from 'vue-router';
import { useOutbox } from '@kernel/client/use-outbox';
import { useRecord } from '@kernel/client/use-record';
import type { Kept } from '@kernel/client/outbox';
import type { UseCommandReturn } from '@kernel/client/use-command';
import { useServerDraft } from '@kernel/client/use-server-draft';
import { toast } from '@kernel/client/ui/announce';
import type { Refusal } from '@kernel/shared/refusal';
import { isRefusal } from '@kernel/shared/refusal';
import type { CorrectArgs, Form, Item, ReviseArgs, Tier } from '../../shared';
import { checkDraft, classDayId, itemRecord } from '../../shared';
import { useClassDays } from '../use-class-days';
import { useHomeworkCommands } from '../use-homework-commands';
import { useSchool } from '../use-school';
import { isEditModel } from './draft-shapes';

export interface EditModel {
  form: Form;
  tiers: Tier[];
  reason: string;
  /** The round it was opened at; 0 = nothing typed yet. */
  round: number;
}

/**
 * Changing one's own homework: `revise` before it is published, `correct` after. Typed text is kept as a draft.
 * @param entry a turned-down try of the same act: its text is opened again, and sending replaces it
 */
export function useItemEdit(id: string, mode: 'revise' | 'correct', entry: string) {
  const router = useRouter();
  const school = useSchool();
  const commands = useHomeworkCommands();
  const row = useRecord(itemRecord, id);
  const item = computed(() => (row.value === undefined ? undefined : (row.value?.body ?? null)));
  const kept = useServerDraft<EditModel>(
    `homework.${mode}|${id}`,
    () => ({ form: 'written', tiers: [], reason: '', round: 0 }),
    isEditModel,
  );
  const { draft, ready } = kept;
  const outbox = useOutbox();
  const old = computed(() => outbox.entries.value.find((e) => e.id === entry && e.closed === null));
  const days = useClassDays(() => item.value?.classes.map((c) => c.id) ?? []);
  const tried = ref(false);
  const refusal = shallowRef<Refusal | null>(null);

  const stop = watch(
    [item, ready, old],
    () => {
      const body = item.value;
      if (!body || !ready.value || (entry && !old.value)) return;
      void nextTick(() => stop());
      if (draft.value.round !== body.round) kept.begin(fresh(body));
    },
    { immediate: true },
  );
  // A draft of an earlier round, also one from the server, is about something that no longer stands.
  watch(
    () => draft.value.round,
    (round) => {
      const body = item.value;
      if (body && ready.value && round !== 0 && round !== body.round) kept.begin(fresh(body));
    },
  );

  function fresh(body: Item): EditModel {
    const again = (old.value?.args ?? {}) as Partial<ReviseArgs & CorrectArgs>;
    return {
      form: again.form ?? body.form,
      tiers: (again.tiers ?? body.tiers).map((t) => ({ ...t })),
      reason: again.reason ?? '',
      round: body.round,
    };
  }

  const allowed = computed(() => {
    const body = item.value;
    if (!body || body.author !== school.actor.value?.person) return false;
    return mode === 'correct'
      ? body.state === 'published'
      : body.state !== 'published' && body.state !== 'withdrawn';
  });
  const problems = computed(() => {
    const body = item.value;
    if (!body) return [];
    const classes = body.classes.map((c) => ({
      ...c,
      grade: body.grade,
      day: days.value.get(classDayId(c.id, body.date)),
    }));
    const { form, tiers } = draft.value;
    return checkDraft({ subject: body.subject, form, tiers, item: id }, classes, school.rulesFor(body.date));
  });

  const send = <A>(command: UseCommandReturn<A>, args: A): Promise<Kept | Refusal> =>
    old.value ? outbox.editAgain(old.value.id, args) : command.send(args);

  async function submit(): Promise<void> {
    tried.value = true;
    const { form, tiers, reason, round } = draft.value;
    const empty = tiers.some((t) => t.content.trim() === '') || (mode === 'correct' && reason.trim() === '');
    if (empty) return;
    const outcome = await (mode === 'revise'
      ? send(commands.revise, { item: id, round, form, tiers })
      : send(commands.correct, { item: id, tiers, reason: reason.trim() }));
    refusal.value = isRefusal(outcome) ? outcome : null;
    if (isRefusal(outcome)) return;
    await kept.clear();
    toast(mode === 'revise' ? '已存本机：改好再交' : '已存本机：更正');
    if ((history.state as { back?: string | null } | null)?.back) router.back();
    else await router.replace(`/homework/item/${id}`);
  }

  return {
    item,
    allowed,
    model: draft,
    kept,
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

import { computed, reactive, ref, shallowRef, watch } from 'vue';
import { useRoute } from 'vue-router';
import * as v from 'valibot';
import { isRefusal } from '@kernel/shared/refusal';
import type { Day } from '@kernel/shared/time';
import type { RefusalText } from '@kernel/client/client-module';
import { useToday } from '@kernel/client/use-now';
import { useSession } from '@kernel/client/use-session';
import { useUnsaved } from '@kernel/client/unsaved';
import { ask } from '@kernel/client/ui/ask';
import type { Layout, Report } from './report-schema';
import { reportSchema, unusable } from './report-schema';

export const STEPS = ['学校', '表格', '核对', '管理员'] as const;

/** 秋季 from July on, 春季 before: a guess to be corrected, not a rule. */
function usualTerm(today: Day): { start: Day; end: Day } {
  const year = Number(today.slice(0, 4));
  const month = Number(today.slice(5, 7));
  if (month >= 7) return { start: `${year}-09-01`, end: `${year + 1}-01-29` };
  return month === 1
    ? { start: `${year - 1}-09-01`, end: `${year}-01-29` }
    : { start: `${year}-02-23`, end: `${year}-07-03` };
}

/** The whole of setting a school up: nothing reaches the server's tables before the last tap. */
export function useSetup() {
  const { signIn } = useSession();
  const term = usualTerm(useToday().value);
  const step = ref(0);
  const form = reactive({
    // From the server's own window, in the fragment: it reaches no log.
    code: /^#([0-9A-Za-z-]{10,12})$/.exec(useRoute().hash)?.[1] ?? '',
    schoolName: '',
    termStart: term.start,
    termEnd: term.end,
    roster: null as File | null,
    timetable: null as File | null,
    duty: null as File | null,
    answers: {} as Record<string, string>,
    /** What was said about sheets that were read wrongly or not at all. */
    layouts: {} as Record<string, Layout>,
    admin: null as string | null,
    adminName: '',
    account: '',
    password: '',
  });
  const report = shallowRef<Report | null>(null);
  const trouble = shallowRef<RefusalText | null>(null);
  const busy = ref<'reading' | 'building' | null>(null);
  let abort: AbortController | null = null;
  /** What had been said when the report was made. */
  const reported = ref('');
  const said = (): string => JSON.stringify([form.answers, form.layouts]);
  // A layout is about the columns of one file and must not be laid over another.
  watch(
    () => [form.roster, form.timetable, form.duty],
    () => (form.layouts = {}),
  );
  // Files cannot be kept in a draft.
  useUnsaved(() => step.value > 0 || form.schoolName !== '' || busy.value !== null);

  function body(withAdmin: boolean): FormData {
    const data = new FormData();
    data.append('schoolName', form.schoolName.trim());
    data.append('termStart', form.termStart);
    data.append('termEnd', form.termEnd);
    data.append('answers', JSON.stringify(form.answers));
    data.append('layouts', JSON.stringify(form.layouts));
    if (withAdmin) {
      const person = form.admin === null || form.admin === 'new' ? null : Number(form.admin);
      const { adminName: name, account, password } = form;
      data.append('admin', JSON.stringify({ person, name: name.trim(), account: account.trim(), password }));
    }
    for (const file of [form.roster, form.timetable, form.duty])
      if (file) data.append('files', file, file.name);
    return data;
  }

  const headers = (): Record<string, string> => ({ 'x-setup-code': form.code.replace(/[^0-9A-Za-z]/g, '') });

  /** Also called again with answers: the same files, read anew. */
  async function read(): Promise<void> {
    busy.value = 'reading';
    trouble.value = null;
    abort = new AbortController();
    const { signal } = abort;
    const now = said();
    const answer = await ask(reportSchema, '/api/org/import/preview', {
      form: body(false),
      headers: headers(),
      signal,
    });
    busy.value = null;
    if (signal.aborted) return;
    if (!answer.ok) trouble.value = answer.text;
    else {
      report.value = answer.body;
      reported.value = now;
      step.value = 2;
    }
  }

  async function build(): Promise<boolean> {
    busy.value = 'building';
    trouble.value = null;
    const answer = await ask(v.unknown(), '/api/org/import/apply', { form: body(true), headers: headers() });
    if (!answer.ok) {
      busy.value = null;
      trouble.value = answer.text;
      return false;
    }
    // Whoever looked at the example on this phone is replaced by the new administrator.
    const outcome = await signIn(form.account.trim(), form.password);
    busy.value = null;
    return !isRefusal(outcome);
  }

  /** What only the school can say and has not said: questions, and sheets nobody recognised. */
  const open = computed(() => [
    ...(report.value?.questions ?? []).filter((q) => !(q.id in form.answers)),
    ...(report.value?.tables ?? []).filter((t) => t.asks),
  ]);
  const usable = computed(() => report.value !== null && !unusable(report.value));
  const stale = computed(() => report.value !== null && reported.value !== said());
  return {
    ...{ step, form, report, trouble, busy, open, usable, stale },
    ...{ read, build, cancel: () => abort?.abort() },
  };
}
export type Setup = ReturnType<typeof useSetup>;

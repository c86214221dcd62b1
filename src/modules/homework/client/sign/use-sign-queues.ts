import { computed } from 'vue';
import { useDevice } from '@kernel/client/app-context';
import { useList } from '@kernel/client/use-list';
import { mayDo } from '@kernel/shared/policy';
import type { Instant } from '@kernel/shared/time';
import type { Item, SignQueue } from '../../shared';
import { STEPS, itemRecord, sign, signQueue } from '../../shared';
import type { School } from '../use-school';

/** The queues of every step the person holds. `undefined` until the first answer. */
export function useSignQueues(school: Pick<School, 'actor'>) {
  const { policy } = useDevice().device.registry;
  const items = useList(itemRecord, () => {
    const actor = school.actor.value;
    if (!actor) return undefined;
    return STEPS.flatMap((_, step) =>
      mayDo(policy, actor, `${sign.name}/${step}`) ? [`waiting:${step}`] : [],
    );
  });
  const queues = computed<SignQueue[] | undefined>(() =>
    items.value && school.actor.value ? signQueue(items.value, school.actor.value) : undefined,
  );
  return {
    queues,
    total: computed(() =>
      (queues.value ?? []).reduce((sum, q) => sum + q.clean.length + q.exceptions.length, 0),
    ),
  };
}

/** When it reached the step it waits at: when the server had the act before. */
export function reachedAt(item: Item): Instant {
  let at = 0;
  for (const act of item.acts) if (act.act !== 'skip') at = act.received;
  return at;
}

/** `12 份符合规则，2 份例外` */
export const queueWords = (q: SignQueue): string =>
  q.clean.length + q.exceptions.length === 0
    ? '没有等您审签的作业'
    : `${q.clean.length} 份符合规则，${q.exceptions.length} 份例外`;

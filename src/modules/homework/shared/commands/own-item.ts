import type { DecideEnv } from '@kernel/shared/command';
import type { StateReader } from '@kernel/shared/record';
import type { Refusal } from '@kernel/shared/refusal';
import { notFound, refuse } from '@kernel/shared/refusal';
import type { Item } from '../records';
import { itemRecord } from '../records';

/** The author's own item, or the same answer for a colleague's as for none. */
export function ownItem(state: StateReader, id: string, env: DecideEnv): Item | Refusal {
  const item = state.get(itemRecord, id);
  return item && item.author === env.actor.person ? item : notFound();
}

/** The author's item while it is still theirs to change: `homework.alreadyPublished`, `homework.withdrawn`. */
export function unpublishedItem(state: StateReader, id: string, env: DecideEnv): Item | Refusal {
  const item = ownItem(state, id, env);
  if ('refused' in item) return item;
  if (item.state === 'published') return refuse('homework.alreadyPublished', { item: id });
  if (item.state === 'withdrawn') return refuse('homework.withdrawn', { item: id });
  return item;
}

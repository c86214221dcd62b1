import { defineCommand } from '@kernel/shared/command';
import { put, ref } from '@kernel/shared/record';
import { isRefusal, refuse } from '@kernel/shared/refusal';
import { correctArgs } from '../args';
import { checkDraft, firstStop, isOverMinutes, largestOf } from '../caps';
import { DayBook, dayRefs } from '../day-book';
import { changeEntry } from '../entries';
import { itemRecord, rulesRecord } from '../records';
import { RULES_ID, rulesOn } from '../rules';
import { actOf } from './acts';
import { byTier } from './content';
import { ownItem } from './own-item';

/** 更正: after publishing, by the author, visibly: what stood there before stays readable with the reason. */
export const correct = defineCommand({
  name: 'homework.v1.correct',
  kind: 'decision',
  args: correctArgs,
  reads(args, state) {
    const item = state.get(itemRecord, args.item);
    return [ref(itemRecord, args.item), ref(rulesRecord, RULES_ID), ...(item ? dayRefs(item) : [])];
  },
  decide(state, args, env) {
    const item = ownItem(state, args.item, env);
    if (isRefusal(item)) return item;
    if (item.state !== 'published')
      return refuse('homework.notPublished', { item: args.item, state: item.state });
    const rules = rulesOn(state.get(rulesRecord, RULES_ID), item.date);
    const book = new DayBook(state);
    const draft = { subject: item.subject, form: item.form, tiers: args.tiers, item: args.item };
    const classes = item.classes.map((c) => ({ ...c, grade: item.grade, day: book.get(c.id, item.date) }));
    const stop = firstStop(checkDraft(draft, classes, rules));
    if (stop) return refuse(stop.code, stop.details);
    const minutes = largestOf(args.tiers);
    const overLimit = isOverMinutes(draft, rules);
    book.change(item, (day) => changeEntry(day, args.item, { minutes, overLimit, corrected: true }));
    const correction = { at: env.time.earliest, reason: args.reason, before: item.tiers };
    return [
      put(itemRecord, args.item, {
        ...item,
        tiers: byTier(args.tiers),
        corrections: [...item.corrections, correction],
        acts: [...item.acts, actOf(env, 'correct', null, args.reason)],
      }),
      ...book.writes(),
    ];
  },
});

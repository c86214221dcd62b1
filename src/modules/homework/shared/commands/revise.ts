import { defineCommand } from '@kernel/shared/command';
import { taskRecord } from '@kernel/shared/kernel-records';
import { put, ref } from '@kernel/shared/record';
import { isRefusal, refuse } from '@kernel/shared/refusal';
import { holderOn, prepGroupRecord, schoolRecord } from '@modules/org';
import { reviseArgs } from '../args';
import { checkDraft, firstStop } from '../caps';
import { DayBook, dayRefs } from '../day-book';
import { liftedBy, outageRef, outagesOn } from '../due';
import { entryOf, withEntry } from '../entries';
import { dueOf } from '../publish';
import type { Item } from '../records';
import { itemRecord, rulesRecord } from '../records';
import { RULES_ID, rulesOn } from '../rules';
import { nextStep, skipsFor } from '../steps';
import { closeTask, rewriteTaskId } from '../tasks';
import { actOf, skipActs } from './acts';
import { byTier, flagsOf } from './content';
import { unpublishedItem } from './own-item';

/** 修改: before publishing, by the author; signatures start again, because they were for the round the signers saw. */
export const revise = defineCommand({
  name: 'homework.v1.revise',
  kind: 'decision',
  args: reviseArgs,
  reads(args, state) {
    const item = state.get(itemRecord, args.item);
    return [
      ref(itemRecord, args.item),
      ref(rulesRecord, RULES_ID),
      ref(schoolRecord, 'school'),
      ref(taskRecord, rewriteTaskId(args.item)),
      ...(item ? [ref(prepGroupRecord, item.prep), outageRef(item.date), ...dayRefs(item)] : []),
    ];
  },
  decide(state, args, env) {
    const old = unpublishedItem(state, args.item, env);
    if (isRefusal(old)) return old;
    if (old.round !== args.round) return refuse('homework.staleRound', { item: args.item, round: old.round });
    const subject = state.get(schoolRecord, 'school')?.subjects.find((s) => s.id === old.subject);
    if (args.form === 'written' && old.form !== 'written' && !subject?.homework)
      return refuse('homework.notWritten', { subject: old.subject, subjectName: old.subjectName });

    const rules = rulesOn(state.get(rulesRecord, RULES_ID), old.date);
    const book = new DayBook(state);
    const draft = { subject: old.subject, form: args.form, tiers: args.tiers, item: args.item };
    const classes = old.classes.map((c) => ({ ...c, grade: old.grade, day: book.get(c.id, old.date) }));
    const stop = firstStop(checkDraft(draft, classes, rules));
    if (stop) return refuse(stop.code, stop.details);

    const leader = holderOn(state.get(prepGroupRecord, old.prep)?.leaders ?? [], env.today);
    const skips = skipsFor(env.actor, old.prep, leader);
    const due = dueOf(book, old);
    const item: Item = {
      ...old,
      form: args.form,
      tiers: byTier(args.tiers),
      state: 'waiting',
      step: nextStep(0, new Set(skips.keys())),
      round: old.round + 1,
      flags: flagsOf(draft, rules, {
        revised: old.state === 'returned' || old.flags.includes('revised'),
        late: due !== null && env.time.earliest >= liftedBy(due, outagesOn(state, old.date), rules),
      }),
      acts: [...old.acts, actOf(env, 'revise', null), ...skipActs(env, skips)],
      rulesVersion: rules.version,
    };
    const entry = entryOf(args.item, item, rules, env.now);
    book.change(item, (day) => withEntry(day, entry));
    const task = rewriteTaskId(args.item);
    return [
      put(itemRecord, args.item, item),
      ...book.writes(),
      ...closeTask(task, state.get(taskRecord, task), 'done', env.time.earliest),
    ];
  },
});

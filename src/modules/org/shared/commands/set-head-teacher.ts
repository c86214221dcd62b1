import { defineCommand } from '@kernel/shared/command';
import { ref } from '@kernel/shared/record';
import { isRefusal, notFound } from '@kernel/shared/refusal';
import * as v from 'valibot';
import { handOver } from '../held';
import { classRecord } from '../records';
import { changeFacts, daysFrom, mustServe, rightsRefs } from '../rights';
import { days, id } from './fields';

/** 班主任 of a class in these days, or nobody. Before and after them it stays as it was. */
export const setHeadTeacher = defineCommand({
  name: 'org.v1.setHeadTeacher',
  kind: 'decision',
  args: v.strictObject({ class: id, person: v.nullable(id), ...days }),
  reads: (args, state) => {
    const before = state.get(classRecord, args.class)?.heads.map((h) => h.person) ?? [];
    return [
      ref(classRecord, args.class),
      ...rightsRefs(state, [...before, ...(args.person === null ? [] : [args.person])]),
    ];
  },
  decide(state, args, env) {
    const body = state.get(classRecord, args.class);
    if (!body) return notFound();
    const span = daysFrom(args, env);
    if (isRefusal(span)) return span;
    const gone = args.person === null ? null : mustServe(state, args.person, span);
    if (gone) return gone;
    const heads = handOver(body.heads, span, args.person === null ? [] : [{ person: args.person, ...span }]);
    return changeFacts(
      state,
      env,
      [...body.heads, ...heads].map((h) => h.person),
      {
        classes: new Map([[args.class, { ...body, heads }]]),
      },
    );
  },
});

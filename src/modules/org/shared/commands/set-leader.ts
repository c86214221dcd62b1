import { defineCommand } from '@kernel/shared/command';
import { ref } from '@kernel/shared/record';
import { isRefusal, notFound } from '@kernel/shared/refusal';
import * as v from 'valibot';
import { prepGroupId } from '../cohort';
import { gradeName } from '../grades';
import { handOver } from '../held';
import { prepGroupRecord, schoolRecord } from '../records';
import type { PrepGroup } from '../rights';
import { changeFacts, daysFrom, mustServe, rightsRefs } from '../rights';
import { days, grade, id } from './fields';

/** 备课组长 of a grade's subject in these days, or nobody. A group nobody had needed yet is made. */
export const setLeader = defineCommand({
  name: 'org.v1.setLeader',
  kind: 'decision',
  args: v.strictObject({ grade, subject: id, person: v.nullable(id), ...days }),
  reads: (args, state) => {
    const group = prepGroupId(args.grade, args.subject);
    const before = state.get(prepGroupRecord, group)?.leaders.map((l) => l.person) ?? [];
    return [
      ref(schoolRecord, 'school'),
      ref(prepGroupRecord, group),
      ...rightsRefs(state, [...before, ...(args.person === null ? [] : [args.person])]),
    ];
  },
  decide(state, args, env) {
    const subject = state.get(schoolRecord, 'school')?.subjects.find((s) => s.id === args.subject);
    if (!subject) return notFound();
    const span = daysFrom(args, env);
    if (isRefusal(span)) return span;
    const gone = args.person === null ? null : mustServe(state, args.person, span);
    if (gone) return gone;
    const group = prepGroupId(args.grade, args.subject);
    const body: PrepGroup = state.get(prepGroupRecord, group) ?? {
      name: `${gradeName(args.grade)}${subject.name}备课组`,
      grade: args.grade,
      subject: args.subject,
      leaders: [],
      members: [],
    };
    const next = args.person === null ? [] : [{ person: args.person, ...span }];
    const leaders = handOver(body.leaders, span, next);
    return changeFacts(
      state,
      env,
      [...body.leaders, ...leaders].map((l) => l.person),
      {
        prepGroups: new Map([[group, { ...body, leaders }]]),
      },
    );
  },
});

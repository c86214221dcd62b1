import { defineCommand } from '@kernel/shared/command';
import { put, ref } from '@kernel/shared/record';
import { notFound } from '@kernel/shared/refusal';
import * as v from 'valibot';
import { personRecord } from '../records';
import { tidy } from '../text';
import { id } from './fields';

/**
 * Somebody is away for a while and stays one of the school (产假、病假、借调), or is back (`why` null). Rights stay as they are: who
 * stands in for them is said by the commands that hand over.
 */
export const setLeave = defineCommand({
  name: 'org.v1.setLeave',
  kind: 'decision',
  args: v.strictObject({
    person: id,
    why: v.nullable(v.pipe(v.string(), v.transform(tidy), v.minLength(1), v.maxLength(50))),
  }),
  reads: (args) => [ref(personRecord, args.person)],
  decide(state, args) {
    const body = state.get(personRecord, args.person);
    if (!body) return notFound();
    return [put(personRecord, args.person, { ...body, onLeave: args.why !== null, note: args.why })];
  },
});

import { defineCommand } from '@kernel/shared/command';
import { ref } from '@kernel/shared/record';
import { isRefusal, notFound, refuse } from '@kernel/shared/refusal';
import * as v from 'valibot';
import { inside, joined, without } from '../held';
import { classRecord, schoolRecord } from '../records';
import { changeFacts, daysFrom, mustServe, rightsRefs } from '../rights';
import { days, id } from './fields';

/**
 * Who teaches a subject to a class.
 *
 * | person | instead | in these days                                                                            |
 * | X      | Y       | X has the days that Y had (substitute, taking over); afterwards Y has the class again    |
 * | X      | null    | X teaches it, beside whoever does                                                        |
 * | null   | Y       | Y does not, and nobody takes the place                                                   |
 *
 * `org.nothingToHandOver` when Y has none of these days: somebody else was quicker. Others who teach it are not touched.
 */
export const setTeaching = defineCommand({
  name: 'org.v1.setTeaching',
  kind: 'decision',
  args: v.strictObject({
    class: id,
    subject: id,
    person: v.nullable(id),
    instead: v.nullable(id),
    ...days,
  }),
  reads: (args, state) => [
    ref(schoolRecord, 'school'),
    ref(classRecord, args.class),
    ...rightsRefs(state, peopleOf(args)),
  ],
  decide(state, args, env) {
    const { subject, person, instead } = args;
    const body = state.get(classRecord, args.class);
    if (!body || !state.get(schoolRecord, 'school')?.subjects.some((s) => s.id === subject))
      return notFound();
    if (person === null && instead === null)
      return refuse('kernel.badArguments', { at: 'person', problem: 'nobody named' });
    const span = daysFrom(args, env);
    if (isRefusal(span)) return span;
    const before = body.teachings.filter((t) => t.subject === subject);
    const gives = before.filter((t) => t.person === instead);
    const given = inside(gives, span);
    if (instead !== null && given.length === 0)
      return refuse('org.nothingToHandOver', { class: args.class, className: body.name, person: instead });
    const taken = instead === null ? [span] : given;
    const gone = person === null ? null : mustServe(state, person, { ...span, to: lastOf(taken) });
    if (gone) return gone;
    const after = [
      ...before.filter((t) => t.person !== instead),
      ...without(gives, span),
      ...(person === null ? [] : taken.map(({ from, to }) => ({ subject, person, from, to }))),
    ];
    const others = body.teachings.filter((t) => t.subject !== subject);
    return changeFacts(state, env, peopleOf(args), {
      classes: new Map([
        [args.class, { ...body, teachings: [...others, ...joined(after, (t) => t.person)] }],
      ]),
    });
  },
});

const peopleOf = (args: { person: string | null; instead: string | null }): string[] =>
  [args.person, args.instead].filter((p) => p !== null);

const lastOf = (spans: readonly { to: string | null }[]): string | null =>
  spans.some((s) => s.to === null)
    ? null
    : spans.reduce<string>((last, s) => (s.to !== null && s.to > last ? s.to : last), '');

import { defineCommand } from '@kernel/shared/command';
import { accessRecord } from '@kernel/shared/kernel-records';
import type { Write } from '@kernel/shared/record';
import { put, ref } from '@kernel/shared/record';
import { notFound } from '@kernel/shared/refusal';
import * as v from 'valibot';
import { contactRecord, personRecord, schoolRecord } from '../records';
import { tidy } from '../text';
import { id } from './fields';

const letters = (max: number) => v.pipe(v.string(), v.regex(/^[a-z]*$/), v.maxLength(max));

/** Somebody joins the school. The person's id is the command's. They hold nothing until it is given to them. */
export const addPerson = defineCommand({
  name: 'org.v1.addPerson',
  kind: 'decision',
  args: v.strictObject({
    name: v.pipe(v.string(), v.transform(tidy), v.minLength(1), v.maxLength(50)),
    /** For search; may be empty. */
    pinyin: letters(100),
    initials: letters(30),
    subject: v.nullable(id),
    phone: v.nullable(v.pipe(v.string(), v.regex(/^[0-9+ -]{5,20}$/))),
  }),
  reads: () => [ref(schoolRecord, 'school')],
  decide(state, args, env) {
    const { name, pinyin, initials, subject, phone } = args;
    const school = state.get(schoolRecord, 'school');
    if (!school || (subject !== null && !school.subjects.some((s) => s.id === subject))) return notFound();
    const person = env.commandId;
    const body = { name, pinyin, initials, subject, duties: [], note: null, onLeave: false, active: true };
    const writes: Write[] = [
      put(personRecord, person, body),
      put(accessRecord, person, { person, name, grants: [] }),
    ];
    if (phone !== null) writes.push(put(contactRecord, person, { person, phone }));
    return writes;
  },
});

import * as v from 'valibot';
import { defineCommand } from '@kernel/shared/command';
import { accessRecord } from '@kernel/shared/kernel-records';
import type { Write } from '@kernel/shared/record';
import { put, ref } from '@kernel/shared/record';
import { notFound } from '@kernel/shared/refusal';
import { adminGrant } from '../access';
import { personRecord } from '../records';

const text = v.pipe(v.string(), v.minLength(1), v.maxLength(100));

/** Makes a person 学校管理员: somebody already there, or `create` when nobody has the id. Twice is once. */
export const addAdmin = defineCommand({
  name: 'org.v1.addAdmin',
  kind: 'decision',
  args: v.strictObject({
    person: v.pipe(v.string(), v.regex(/^[a-z0-9-]{1,64}$/)),
    /** The new person; null when `person` must already exist. */
    create: v.nullable(v.strictObject({ name: text, pinyin: text, initials: text })),
  }),
  reads: (args) => [ref(personRecord, args.person), ref(accessRecord, args.person)],
  decide(state, args) {
    const known = state.get(personRecord, args.person);
    const person = known ?? (args.create && { ...args.create, ...BLANK });
    if (!person) return notFound();
    const writes: Write[] = known ? [] : [put(personRecord, args.person, person)];
    const grants = state.get(accessRecord, args.person)?.grants ?? [];
    if (grants.some((g) => g.role === 'admin' && g.to === null)) return writes;
    const admin = adminGrant();
    const access = {
      person: args.person,
      name: person.name,
      grants: [...grants, { ...admin, tags: [...admin.tags] }],
    };
    return [...writes, put(accessRecord, args.person, access)];
  },
});

const BLANK = { duties: [] as string[], subject: null, note: null, onLeave: false, active: true };

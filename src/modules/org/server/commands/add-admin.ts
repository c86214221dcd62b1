import * as v from 'valibot';
import { defineCommand } from '@kernel/shared/command';
import { accessRecord } from '@kernel/shared/kernel-records';
import { put } from '@kernel/shared/record';
import { notFound } from '@kernel/shared/refusal';
import { alwaysHeld } from '../../shared/held';
import { adminsRecord, personRecord } from '../../shared/records';
import {
  ADMINS,
  accessFrom,
  adminsOf,
  changeFacts,
  mustServe,
  rightsRefs,
  rolesOf,
  serviceOf,
} from '../../shared/rights';
import { id } from '../../shared/commands/fields';
import { oneRemains } from '../../shared/commands/one-remains';

const text = v.pipe(v.string(), v.minLength(1), v.maxLength(100));

/** Makes a person 学校管理员: somebody already there, or `create` when nobody has the id. Twice is once. */
export const addAdmin = defineCommand({
  name: 'org.v1.addAdmin',
  kind: 'decision',
  args: v.strictObject({
    person: id,
    /** The new person; null when `person` must already exist. */
    create: v.nullable(v.strictObject({ name: text, pinyin: text, initials: text })),
  }),
  reads: (args, state) => rightsRefs(state, [args.person]),
  decide(state, args, env) {
    const { person, create } = args;
    const known = state.get(personRecord, person);
    if (!known && !create) return notFound();
    const { people } = adminsOf(state);
    const mine = people.filter((a) => a.person === person);
    if (oneRemains(mine, env.today)) return [];
    const gone = known ? mustServe(state, person, { from: env.today, to: null }) : null;
    if (gone) return gone;
    const admins = { people: [...people.filter((a) => a.person !== person), ...alwaysHeld(person)] };
    if (known || !create) return changeFacts(state, env, [person], { admins });
    const facts = { classes: [], prepGroups: [], roles: rolesOf(serviceOf(state, person), admins) };
    return [
      put(personRecord, person, { ...create, ...BLANK }),
      put(adminsRecord, ADMINS, admins),
      put(accessRecord, person, accessFrom(person, create.name, null, facts)),
    ];
  },
});

const BLANK = { duties: [] as string[], subject: null, note: null, onLeave: false, active: true };

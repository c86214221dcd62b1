import * as v from 'valibot';
import { defineRecord } from './record';

const day = v.nullable(v.string());

/** A person's rights in the school. Written by the module that knows people; read by the kernel before every command and pull. */
export const accessRecord = defineRecord({
  kind: 'kernel.access',
  version: 1,
  schema: v.object({
    person: v.string(),
    name: v.string(),
    /** Last day in the school, when that is known: from the next day on only their own is theirs to read. */
    until: v.optional(v.string()),
    grants: v.array(
      v.object({
        role: v.string(),
        scope: v.string(),
        tags: v.array(v.string()),
        oversees: v.boolean(),
        from: day,
        to: day,
      }),
    ),
  }),
  audience: (body) => [`person:${body.person}`, 'role:admin'],
});

/** What somebody owes, made ahead so that phones carry it offline; closed by the command that does it. */
export const taskRecord = defineRecord({
  kind: 'kernel.task',
  version: 1,
  schema: v.object({
    /** `module.task`, e.g. `homework.assign`: picks the card that shows it. */
    type: v.string(),
    person: v.string(),
    day: v.string(),
    /** When it is due, ms since the epoch. */
    due: v.number(),
    /** After this moment it can no longer be done and its card goes, ms since the epoch. */
    until: v.number(),
    /** How long it usually takes, in seconds (product.md §3 rule 1). */
    seconds: v.number(),
    state: v.picklist(['open', 'done', 'excused']),
    doneAt: v.nullable(v.number()),
    /** What the card needs to name and do the task; read only by its module. */
    about: v.record(v.string(), v.union([v.string(), v.number(), v.boolean(), v.null()])),
  }),
  audience: (body) => [`person:${body.person}`],
  keys: (body) => [`person:${body.person}`, `day:${body.day}`, `${body.state}:${body.person}`],
});

import type { Actor } from '@kernel/shared/scope';

/** The classes this person is head teacher of, by id. */
export const ownClasses = (actor: Actor): string[] =>
  actor.grants
    .filter((g) => g.role === 'headTeacher')
    .map((g) => g.scope.slice(g.scope.lastIndexOf('/') + 1));

/** Does the person look after more than single classes (a grade, the school)? */
export const overseesMany = (actor: Actor): boolean => actor.oversees.some((s) => s.split('/').length < 3);

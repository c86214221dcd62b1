/** Exit codes the supervisor and a service manager can tell apart (sysexits.h). */
export const EXIT = {
  /** The disk did not keep what it said it kept: start again, on what is really there. */
  storage: 74,
  /** Something a person must change first; starting again would end the same way. */
  refused: 78,
} as const;

/** A start or a command that is refused for a reason a person can act on. The message is all they need; no stack is shown. */
export class Refused extends Error {}

/** One plain voice for the scripts; a person at a school server reads it, and a log keeps it. */
export const say = (text) => process.stdout.write(`• ${text}\n`);
export const warn = (text) => process.stdout.write(`! ${text}\n`);

/** A stop that a person can act upon: what is wrong, and what to do. No stack, it would not help. */
export class Stop extends Error {}

export const seconds = (from) => `${((Date.now() - from) / 1000).toFixed(1)} s`;

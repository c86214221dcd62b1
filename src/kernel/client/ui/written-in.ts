/** Ids, dates, codes: short things without a space or a Chinese letter are nobody's sentences. */
const CODE = /^[\x21-\x7e]*$/;

/** What a person wrote, out of a command's arguments: every text in them that is not an id or a code. */
export function writtenIn(args: unknown): string[] {
  if (typeof args === 'string') return CODE.test(args) ? [] : [args];
  if (typeof args !== 'object' || args === null) return [];
  return [...new Set(Object.values(args).flatMap(writtenIn))];
}

/** What a database error says about the ground the server stands on, as against a mistake in a statement. */
export type Fault =
  /** No space, no quota. Reads go on; writes when there is space again. */
  | 'space'
  /** The file system or the database was made read-only, or does not take our bytes. Reads go on. */
  | 'readOnly'
  /** The disk reported that it could not keep what it had taken (`fsync`): nothing may be acknowledged any more. */
  | 'fatal'
  /** The database server is not there, or is just going. Asking again is right. */
  | 'away';

/** A write touched another number of rows than it must have (reliability.md rule 30): the engine can no longer be believed. */
export class WrongCount extends Error {}

const SPACE = new Set(['SQLITE_FULL', 'ENOSPC', 'EDQUOT', 'SQLITE_IOERR_SHMSIZE', '53100']);
const FATAL = new Set(['SQLITE_IOERR_FSYNC', 'SQLITE_IOERR_DIR_FSYNC', 'SQLITE_CORRUPT', 'SQLITE_NOTADB']);
const AWAY = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  '57P01',
  '57P02',
  '57P03',
  '53300',
  // Somebody else stands on the row (a paused server), or we stood still on it ourselves.
  '55P03',
  '25P03',
]);

/** Looks through wrappers (`cause`): a batch's error carries the database's inside. Null when the ground is not concerned. */
export function faultOf(error: unknown): Fault | null {
  for (let e: unknown = error, depth = 0; e instanceof Error && depth < 5; e = e.cause, depth++) {
    if (e instanceof WrongCount) return 'fatal';
    const code = (e as { code?: unknown }).code;
    if (typeof code !== 'string') continue;
    if (SPACE.has(code)) return 'space';
    if (FATAL.has(code) || code.startsWith('SQLITE_CORRUPT')) return 'fatal';
    if (
      code === 'EROFS' ||
      code === '25006' ||
      code.startsWith('SQLITE_READONLY') ||
      code.startsWith('SQLITE_IOERR')
    )
      return 'readOnly';
    if (AWAY.has(code) || code.startsWith('08')) return 'away';
  }
  return null;
}

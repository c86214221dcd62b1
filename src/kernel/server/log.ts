import type { DestinationStream } from 'pino';
import { pino } from 'pino';
import type { KernelLog } from './kernel';

/** Causes of causes that are still written down. */
const DEEP = 3;

export interface LoggedError {
  readonly type: string;
  readonly message: string;
  readonly code?: string;
  readonly stack: readonly string[];
  readonly cause?: LoggedError;
}

/**
 * An error as the log keeps it: what went wrong and where, never the words it went wrong with (reliability.md I14). A database's error
 * carries whole rows beside its message, and some messages quote what they could not read.
 */
export function errorForLog(error: unknown, depth = DEEP): LoggedError {
  if (!(error instanceof Error)) return { type: typeof error, message: 'not an error', stack: [] };
  const { code, cause } = error as { code?: unknown; cause?: unknown };
  // The stack begins with the message, which may be of several lines.
  const stack = (error.stack ?? '').split('\n').filter((line) => /^ {4}at /.test(line));
  return {
    type: error.constructor.name,
    message: quotesValues(error, code) ? error.message.replace(/"[^]*"|: [^]*$/, '…') : error.message,
    ...(typeof code === 'string' ? { code } : {}),
    stack,
    ...(cause !== undefined && depth > 0 ? { cause: errorForLog(cause, depth - 1) } : {}),
  };
}

/** `JSON.parse` quotes the text; PostgreSQL the value it could not take (class 22) or that broke a constraint (23). */
const quotesValues = (error: Error, code: unknown): boolean =>
  error instanceof SyntaxError || (typeof code === 'string' && /^2[23][0-9A-Z]{3}$/.test(code));

/** The server's log: one line of JSON for each thing that happened, on the standard output unless told otherwise. */
export const openLog = (to?: DestinationStream): KernelLog => {
  const options = { base: null, serializers: { err: (error: unknown) => errorForLog(error) } };
  return to ? pino(options, to) : pino(options);
};

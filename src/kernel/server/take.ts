import type { GenericSchema, InferOutput } from 'valibot';
import { safeParse } from 'valibot';
import { badRequest } from './problem';

/**
 * Parse at the door, trust inside: a body that does not fit is a 400 that names the place and what belongs there. Never what was
 * sent: it may be a password.
 */
export function take<S extends GenericSchema>(schema: S, input: unknown): InferOutput<S> {
  const parsed = safeParse(schema, input);
  if (parsed.success) return parsed.output;
  const issue = parsed.issues[0];
  const at = (issue.path ?? []).map((p) => String(p.key)).join('.');
  throw badRequest('kernel.badRequest', `${at || 'body'}: ${issue.expected ?? issue.type}`);
}

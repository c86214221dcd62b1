import { safeParse } from 'valibot';
import type { SyncRequest, SyncResponse } from '@kernel/shared/protocol';
import { PROTOCOL, syncResponseSchema } from '@kernel/shared/protocol';

/**
 * Is this our server's answer to exactly this request? Status 200 alone proves nothing: a captive portal says it too
 * (reliability.md rule 23). Anything doubtful is a failure and never an acknowledgement.
 */
export function checkAnswer(request: SyncRequest, body: unknown): SyncResponse | null {
  const parsed = safeParse(syncResponseSchema, body);
  if (!parsed.success || parsed.output.protocol !== PROTOCOL) return null;
  const answer = parsed.output;
  const asked = new Set(request.commands.map((c) => c.id));
  for (const result of answer.results) {
    // Also refuses a second answer for the same id: two answers cannot both be true.
    if (!asked.delete(result.id)) return null;
  }
  // A server may let the commands of a doubtful device wait until it has a name of its own.
  const waits = answer.device === 'cloned';
  if (request.commands.length > 0 && answer.results.length === 0 && !waits) return null;
  // A page that promises more without moving would be asked for until the battery is empty.
  if (answer.more && answer.cursor === request.cursor && request.pull !== false) return null;
  return answer;
}

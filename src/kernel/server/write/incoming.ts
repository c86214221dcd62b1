import { createHash } from 'node:crypto';
import type { CommandResult } from '@kernel/shared/protocol';
import type { Instant, Interval } from '@kernel/shared/time';
import type { KnownCommand } from '../store/store';

/** One command as the writer takes it: parsed, with its sender's identity and time already settled by the server. */
export interface Incoming {
  readonly id: string;
  readonly device: string;
  readonly deviceSeq: number;
  /** Person id, or `system`. */
  readonly actor: string;
  readonly name: string;
  readonly args: unknown;
  readonly argsText: string;
  readonly at: Instant;
  readonly time: Interval;
}

/** What makes two deliveries of one id the same command: who says what. Times may differ between retries. */
export function digestOf(c: Incoming): string {
  return createHash('sha256').update(`${c.actor}\n${c.name}\n${c.argsText}`).digest('base64url');
}

/** The answer a command already in the log got the first time. */
export function firstAnswer(known: KnownCommand): CommandResult {
  return {
    id: known.id,
    outcome: known.outcome,
    seq: known.log,
    code: known.code,
    details: known.details === null ? null : (JSON.parse(known.details) as Record<string, unknown>),
  };
}

/** The same id with other content: never overwrites, never answers with somebody else's result (reliability.md rule 13). */
export const idReused = (id: string): CommandResult => ({
  id,
  outcome: 'refused',
  seq: null,
  code: 'kernel.idReused',
  details: null,
});

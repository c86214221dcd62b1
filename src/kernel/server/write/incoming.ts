import type { CommandResult } from '@kernel/shared/protocol';
import type { Instant, Interval } from '@kernel/shared/time';
import { digestOf as digestOfSaid } from '../proof/chain';
import type { Logged } from '../proof/proof';
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
  return digestOfSaid(c.actor, c.name, c.argsText);
}

/** A result with what the log holds of the command, for its receipt; null when the log does not hold it. */
export interface Answer extends CommandResult {
  readonly entry: Logged | null;
}

/** Only what a receipt says, so that the first answer and every later one are the same. */
export const loggedOf = (row: KnownCommand): Logged => ({
  id: row.id,
  log: row.log,
  outcome: row.outcome,
  code: row.code,
  digest: row.digest,
  earliest: row.earliest,
  received: row.received,
  evidence: row.evidence,
  hash: row.hash,
});

/** The answer a command already in the log got the first time. */
export function firstAnswer(known: KnownCommand): Answer {
  return {
    id: known.id,
    outcome: known.outcome,
    seq: known.log,
    code: known.code,
    details: known.details === null ? null : (JSON.parse(known.details) as Record<string, unknown>),
    entry: loggedOf(known),
  };
}

/** The same id with other content: never overwrites, never answers with somebody else's result (reliability.md rule 13). */
export const idReused = (id: string): Answer => ({
  id,
  outcome: 'refused',
  seq: null,
  code: 'kernel.idReused',
  details: null,
  entry: null,
});

import { hash } from 'node:crypto';
import { saidText } from '@kernel/shared/receipt';

/** One entry of a school's command log, as far as its place in the chain depends on it. */
export interface ChainEntry {
  readonly log: number;
  readonly id: string;
  readonly device: string;
  readonly deviceSeq: number;
  readonly actor: string;
  readonly at: number;
  readonly earliest: number;
  readonly received: number;
  readonly evidence: string | null;
  /** Who said what: `digestOf`. */
  readonly digest: string;
  readonly outcome: string;
  readonly code: string | null;
  readonly details: string | null;
}

/**
 * The hash of an entry over everything that is kept of it, and over the hash before it: an entry changed, left out, put in or
 * moved shows from its place on (reliability.md L1). No field can hold a line end, so two different entries are two texts.
 * @param before hash of the entry before, '' for the first
 * @param school so that one school's chain is not another's
 */
export function entryHash(before: string, school: string, e: ChainEntry): string {
  return hash(
    'sha256',
    `${before}\n${school}\n${e.log}\n${e.id}\n${e.device}\n${e.deviceSeq}\n${e.actor}\n${e.at}\n${e.earliest}\n` +
      `${e.received}\n${e.evidence ?? '-'}\n${e.digest}\n${e.outcome}\n${e.code ?? '-'}\n${e.details ?? '-'}`,
    'hex',
  );
}

/** What makes two deliveries of one id the same command: who says what. Times may differ between retries. */
export const digestOf = (actor: string, name: string, argsText: string): string =>
  digestOfSaid(saidText(actor, name, argsText));

export const digestOfSaid = (said: string): string => hash('sha256', said, 'base64url');

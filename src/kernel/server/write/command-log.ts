import type { Refusal } from '@kernel/shared/refusal';
import type { Evidence } from '@kernel/shared/time';
import { entryHash } from '../proof/chain';
import type { Counter, LogRow } from '../store/store';
import type { Answer, Incoming } from './incoming';
import { loggedOf } from './incoming';

/** The rows one batch adds to a school's command log: numbered without gaps, each carrying the hash of the one before. */
export class CommandLog {
  readonly rows: LogRow[] = [];
  private seq: number;
  private hash: string;

  constructor(
    private readonly school: string,
    counter: Counter,
  ) {
    this.seq = counter.log;
    this.hash = counter.head;
  }

  get end(): { log: number; head: string } {
    return { log: this.seq, head: this.hash };
  }

  add(c: Incoming, digest: string, outcome: LogRow['outcome'], refusal: Refusal | null): Answer {
    this.seq += 1;
    const code = refusal?.code ?? null;
    const row = {
      id: c.id,
      log: this.seq,
      device: c.device,
      deviceSeq: c.deviceSeq,
      actor: c.actor,
      name: c.name,
      args: c.argsText,
      at: c.at,
      earliest: c.time.earliest,
      received: c.time.latest,
      evidence: evidenceText(c.time.evidence),
      digest,
      outcome,
      code,
      details: refusal ? JSON.stringify(refusal.details) : null,
      hash: '',
    };
    row.hash = this.hash = entryHash(this.hash, this.school, row);
    this.rows.push(row);
    const details = refusal ? { ...refusal.details } : null;
    return { id: c.id, outcome, seq: this.seq, code, details, entry: loggedOf(row) };
  }
}

/** The claimed time has a column of its own (`at`); anchor and elapsed share one. */
function evidenceText(evidence: Evidence | undefined): string | null {
  if (!evidence || evidence.anchor === null) return null;
  return evidence.elapsed === null ? `${evidence.anchor}` : `${evidence.anchor}+${evidence.elapsed}`;
}

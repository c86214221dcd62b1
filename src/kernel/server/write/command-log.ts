import { createHash } from 'node:crypto';
import type { CommandResult } from '@kernel/shared/protocol';
import type { Refusal } from '@kernel/shared/refusal';
import type { Counter, LogRow } from '../store/store';
import type { Incoming } from './incoming';

/** The rows one batch adds to a school's command log: numbered without gaps, each carrying the hash of the one before. */
export class CommandLog {
  readonly rows: LogRow[] = [];
  private seq: number;
  private hash: string;

  constructor(counter: Counter) {
    this.seq = counter.log;
    this.hash = counter.head;
  }

  get end(): { log: number; head: string } {
    return { log: this.seq, head: this.hash };
  }

  add(c: Incoming, digest: string, outcome: LogRow['outcome'], refusal: Refusal | null): CommandResult {
    this.seq += 1;
    const code = refusal?.code ?? null;
    this.hash = createHash('sha256')
      .update(`${this.hash}\n${this.seq}\n${digest}\n${c.actor}\n${c.time.latest}\n${outcome}\n${code ?? ''}`)
      .digest('hex');
    this.rows.push({
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
      digest,
      outcome,
      code,
      details: refusal ? JSON.stringify(refusal.details) : null,
      hash: this.hash,
    });
    return { id: c.id, outcome, seq: this.seq, code, details: refusal ? { ...refusal.details } : null };
  }
}

import type { Evidence, Instant } from '@kernel/shared/time';
import type { DeviceClock } from './clock';

export interface Stamp {
  readonly beacon: string | null;
  /** Whole ms of the monotonic clock since it was seen, or null: the page was loaded anew in between. */
  readonly mono: number | null;
}

/** The last signed server time this page has seen, and how long ago by the clock nobody can set. */
export class BeaconSeen {
  private seen: { beacon: string; mono: number } | null = null;

  constructor(private readonly clock: DeviceClock) {}

  note(beacon: string): void {
    this.seen = { beacon, mono: this.clock.mono() };
  }

  /** For an envelope. After a reload the stored beacon still counts, but nobody knows how long it has been. */
  stamp(stored: string | null): Stamp {
    if (!this.seen) return { beacon: stored, mono: null };
    return { beacon: this.seen.beacon, mono: Math.max(0, Math.floor(this.clock.mono() - this.seen.mono)) };
  }

  /** It cannot be earlier than this, whatever the phone's clock says: a clock that was set back is seen here. */
  floor(): Instant {
    return floorOf(evidenceOf(0, this.stamp(null)));
  }
}

/** What the server will read out of an envelope. The signature is its own affair: a phone believes what it was given. */
export function evidenceOf(claimed: Instant, { beacon, mono }: Stamp): Evidence {
  const anchor = /^(\d{1,16})\./.exec(beacon ?? '')?.[1];
  return { claimed, anchor: anchor === undefined ? null : Number(anchor), elapsed: mono };
}

export const floorOf = ({ anchor, elapsed }: Evidence): Instant =>
  anchor === null ? -Infinity : anchor + (elapsed ?? 0);

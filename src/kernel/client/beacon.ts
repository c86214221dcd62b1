import type { DeviceClock } from './clock';

/** The last signed server time this page has seen, and how long ago by the clock nobody can set. */
export class BeaconSeen {
  private seen: { beacon: string; mono: number } | null = null;

  constructor(private readonly clock: DeviceClock) {}

  note(beacon: string): void {
    this.seen = { beacon, mono: this.clock.mono() };
  }

  /** For an envelope. After a reload the stored beacon still counts, but nobody knows how long it has been. */
  stamp(stored: string | null): { beacon: string | null; mono: number | null } {
    if (!this.seen) return { beacon: stored, mono: null };
    return { beacon: this.seen.beacon, mono: Math.max(0, this.clock.mono() - this.seen.mono) };
  }
}

import { BeaconSeen, evidenceOf } from '@kernel/client/beacon';
import type { DeviceClock } from '@kernel/client/clock';
import { readBeacon, signBeacon } from '@kernel/server/beacon';
import { intervalOf } from '@kernel/shared/interval';
import type { Envelope } from '@kernel/shared/protocol';
import type { Evidence, Instant, Interval } from '@kernel/shared/time';

export const SECRET = '5e'.repeat(32);
export const SCHOOL = 's1';

/** What a device's clocks do while the true time goes on: one can be set, the other stands still in sleep. */
export class PhoneClock implements DeviceClock {
  /** Wall clock minus true time, ms: where its owner, or an empty battery, has put it. */
  skew: number;
  private slept = 0;
  private started: Instant;

  constructor(
    private readonly truth: { readonly now: Instant },
    skew = 0,
  ) {
    this.skew = skew;
    this.started = truth.now;
  }
  now(): Instant {
    return this.truth.now + this.skew;
  }
  mono(): number {
    return this.truth.now - this.started - this.slept;
  }
  /** Of the time that is about to pass, so much is slept. */
  sleeps(ms: number): void {
    this.slept += ms;
  }
  reloads(): void {
    this.started = this.truth.now;
    this.slept = 0;
  }
  random(bytes: number): Uint8Array {
    return new Uint8Array(bytes);
  }
}

/** How the server reads an envelope: the true one, or a planted wrong one. */
export type Rule = (evidence: Evidence, received: Instant) => Interval;
export const RULE: Rule = intervalOf;

/** The time part of a phone and of the server's door, joined without a network: real stamps, real signatures. */
export class Timekeeper {
  readonly clock: PhoneClock;
  private seen: BeaconSeen;
  private stored: string | null = null;

  constructor(
    private readonly person: string,
    private readonly truth: { readonly now: Instant },
    skew = 0,
  ) {
    this.clock = new PhoneClock(truth, skew);
    this.seen = new BeaconSeen(this.clock);
  }
  /** A sync: the server says what time it is. */
  contacts(serverNow: Instant = this.truth.now): void {
    this.stored = signBeacon(SECRET, { school: SCHOOL, person: this.person }, serverNow);
    this.seen.note(this.stored);
  }
  reloads(): void {
    this.clock.reloads();
    this.seen = new BeaconSeen(this.clock);
  }
  /** What an envelope carries of the moment, as it is kept in the outbox. */
  stamp(): Pick<Envelope, 'at' | 'mono' | 'beacon'> {
    return { at: this.clock.now(), ...this.seen.stamp(this.stored) };
  }
  /** What the phone itself makes of it. */
  evidence(): Evidence {
    return evidenceOf(this.clock.now(), this.seen.stamp(this.stored));
  }
}

/** What the server makes of a stamp that arrives. */
export function arrives(
  person: string,
  { at, mono, beacon }: Pick<Envelope, 'at' | 'mono' | 'beacon'>,
  received: Instant,
  rule: Rule = RULE,
): Interval {
  const anchor = readBeacon(SECRET, { school: SCHOOL, person }, beacon);
  return rule({ claimed: at, anchor, elapsed: mono === null ? null : Math.floor(mono) }, received);
}

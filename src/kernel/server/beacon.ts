import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Instant, Interval } from '@kernel/shared/time';

/** A server time the phone can show later: `<ms>.<mac>`, bound to one device so that phones cannot trade them. */
export function signBeacon(secret: string, device: string, at: Instant): string {
  return `${at}.${mac(secret, device, at)}`;
}

/** The time in a beacon of ours for this device, or null. */
export function readBeacon(secret: string, device: string, beacon: string | null): Instant | null {
  const found = beacon?.match(/^(\d{1,16})\.([\w-]{22})$/);
  if (!found) return null;
  const at = Number(found[1]);
  const expected = Buffer.from(mac(secret, device, at));
  const given = Buffer.from(found[2]!);
  return expected.length === given.length && timingSafeEqual(expected, given) ? at : null;
}

function mac(secret: string, device: string, at: Instant): string {
  return createHmac('sha256', secret).update(`beacon\n${device}\n${at}`).digest('base64url').slice(0, 22);
}

/**
 * When an act can have happened. It cannot be earlier than the last server time its device had seen (plus the monotonic time
 * since, which sleep can only shorten), nor later than its arrival. Inside those walls the person's own claim is believed.
 * Without a beacon there is no evidence, and the arrival counts.
 */
export function intervalOf(claim: {
  at: Instant;
  mono: number | null;
  beacon: Instant | null;
  received: Instant;
}): Interval {
  const { at, mono, beacon, received } = claim;
  if (beacon === null || beacon > received) return { earliest: received, latest: received };
  const floor = Math.min(received, beacon + Math.floor(mono ?? 0));
  return { earliest: Math.max(floor, Math.min(at, received)), latest: received };
}

import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Instant } from '@kernel/shared/time';

/** Whom a beacon is given to. */
export interface BeaconHolder {
  readonly school: string;
  readonly person: string;
}

/**
 * A server time the phone can show later: `<ms>.<mac>`. Bound to the person and not to the phone: what they queued on a phone
 * that broke, and read back from its file on another, keeps its evidence. Nobody gains by carrying a beacon from one own phone
 * to another, because an old one says no more than a phone that was offline since.
 */
export function signBeacon(secret: string, holder: BeaconHolder, at: Instant): string {
  return `${at}.${mac(secret, holder, at)}`;
}

/** The time in a beacon of ours for this person, or null. */
export function readBeacon(secret: string, holder: BeaconHolder, beacon: string | null): Instant | null {
  const found = beacon?.match(/^(\d{1,16})\.([\w-]{22})$/);
  if (!found) return null;
  const at = Number(found[1]);
  const expected = Buffer.from(mac(secret, holder, at));
  const given = Buffer.from(found[2]!);
  return expected.length === given.length && timingSafeEqual(expected, given) ? at : null;
}

function mac(secret: string, { school, person }: BeaconHolder, at: Instant): string {
  const text = `beacon\n${school}\n${person}\n${at}`;
  return createHmac('sha256', secret).update(text).digest('base64url').slice(0, 22);
}

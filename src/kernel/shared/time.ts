/**
 * Time on paper. Nothing here reads a clock: instants come in as milliseconds since the epoch.
 * A `Day` is a calendar date in the school's zone, `YYYY-MM-DD`; days compare and sort as strings.
 */
export type Instant = number;
export type Day = string;

/** Earliest and latest moment an act can have happened (product.md §3 rule 4). Doubt favours the person: judge on `earliest`. */
export interface Interval {
  readonly earliest: Instant;
  readonly latest: Instant;
  /** What it rests on; left out where the server itself saw the act happen. See `interval.ts`. */
  readonly evidence?: Evidence;
}

/** What is known about the moment of an offline act, each piece by itself (reliability.md rule 26). */
export interface Evidence {
  /** What the phone's own clock said: a claim. Kept and shown, never decisive. */
  readonly claimed: Instant;
  /** The last signed server time the device had seen, or null. */
  readonly anchor: Instant | null;
  /** Whole ms of the monotonic clock since then in the same page; null when the page was closed in between. */
  readonly elapsed: number | null;
}

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY_MS = 24 * HOUR;

const formats = new Map<string, Intl.DateTimeFormat>();
function formatOf(zone: string): Intl.DateTimeFormat {
  let found = formats.get(zone);
  if (!found) {
    found = new Intl.DateTimeFormat('en-CA', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    });
    formats.set(zone, found);
  }
  return found;
}

/** China has kept one offset since 1991, so the usual zone needs no calendar arithmetic (Intl costs ~2 µs a call). */
const FIXED: Readonly<Record<string, number>> = { 'Asia/Shanghai': 8 * HOUR, UTC: 0 };

/** Offset of the zone from UTC at an instant, in milliseconds. */
export function offsetAt(at: Instant, zone: string): number {
  const fixed = FIXED[zone];
  if (fixed !== undefined) return fixed;
  const part: Record<string, number> = {};
  for (const p of formatOf(zone).formatToParts(at)) if (p.type !== 'literal') part[p.type] = Number(p.value);
  const wall = Date.UTC(part.year!, part.month! - 1, part.day!, part.hour!, part.minute!, part.second!);
  return wall - Math.floor(at / 1000) * 1000;
}

/** The school's calendar date at an instant. */
export function dayOf(at: Instant, zone: string): Day {
  return new Date(at + offsetAt(at, zone)).toISOString().slice(0, 10);
}

/** Wall-clock `HH:MM` in the school's zone. */
export function clockOf(at: Instant, zone: string): string {
  return new Date(at + offsetAt(at, zone)).toISOString().slice(11, 16);
}

/** The instant of a wall-clock time on a day in a zone. `clock` is `HH:MM`. */
export function instantOf(day: Day, clock: string, zone: string): Instant {
  const wall = Date.parse(`${day}T${clock}:00Z`);
  // Two rounds settle zones whose offset changes near the wanted time.
  const first = wall - offsetAt(wall, zone);
  return wall - offsetAt(first, zone);
}

export function addDays(day: Day, count: number): Day {
  return new Date(Date.parse(`${day}T00:00:00Z`) + count * DAY_MS).toISOString().slice(0, 10);
}

/** 1 = Monday … 7 = Sunday. */
export function weekdayOf(day: Day): 1 | 2 | 3 | 4 | 5 | 6 | 7 {
  const d = new Date(`${day}T00:00:00Z`).getUTCDay();
  return (d === 0 ? 7 : d) as 1 | 2 | 3 | 4 | 5 | 6 | 7;
}

/** Monday of the week a day lies in. */
export const mondayOf = (day: Day): Day => addDays(day, 1 - weekdayOf(day));

export function daysBetween(from: Day, to: Day): number {
  return Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / DAY_MS);
}

export function isDay(text: string): boolean {
  return (
    /^\d{4}-\d{2}-\d{2}$/.test(text) &&
    !Number.isNaN(Date.parse(`${text}T00:00:00Z`)) &&
    addDays(text, 0) === text
  );
}

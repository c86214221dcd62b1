import { randomUUID } from 'node:crypto';
import { answer } from './answers';
import type { Reply } from './connection';
import type { Phone } from './crowd-wire';
import { headOf, requestOf, textOf } from './crowd-wire';
import { exchange, shuffled } from './exchange';
import type { Town } from './town';

/** One burst of a crowd, as its clock saw it. Times in ms. */
export interface Burst {
  /** From the first byte sent to the last answer. */
  readonly ms: number;
  readonly pushes: number;
  /** Of one whole sync call, from its first byte sent to its last received. */
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly longest: number;
  /** From the burst's start to a phone's answer: what waited in line behind others is in it. */
  readonly waited50: number;
  readonly waited99: number;
  /** CPU time of this process for one push, µs. */
  readonly cpu: number;
}

/** What the answers of the last burst said. */
export interface Told {
  readonly accepted: number;
  readonly bytesUp: number;
  readonly bytesDown: number;
  /** What came down, unpacked. */
  readonly plainDown: number;
}

let town: Town;
let phones: Phone[] = [];
/** The server's clock less ours, ms: the phones' clocks are right. */
let ahead = 0;
let protocol = 0;

/**
 * Everybody comes and pulls once over the wire with the cursor of a phone that was there a moment ago; throws unless every session
 * and every cursor is good.
 */
async function meet(o: {
  town: Town;
  protocol: number;
  port: number;
  connections: number;
  rights: Record<string, string>;
  ends: Record<string, number>;
}): Promise<{ ms: number; cpu: number }> {
  ({ town, protocol } = o);
  phones = town.schools.flatMap((school) =>
    town.hands.map(({ person }, hand): Phone => {
      const cookie = town.cookies[school]?.[person] ?? '';
      const cursor = `${o.rights[person]}${o.ends[school]}`;
      return { school, person, cookie, device: randomUUID(), hand, seq: 0, cursor, beacon: null };
    }),
  );
  const requests = phones.map((p) => requestOf(protocol, p, []));
  const { replies, ...run } = await exchange(o.port, o.connections, requests);
  replies.forEach((reply, i) => {
    const head = headOf(reply, textOf(reply));
    if (head.reset !== false || head.more !== false || head.beacon === undefined)
      throw new Error(`a phone that was there a moment ago was sent to start anew: ${JSON.stringify(head)}`);
    const phone = phones[i]!;
    phone.cursor = head.cursor ?? phone.cursor;
    phone.beacon = head.beacon;
    ahead = (head.serverTime ?? 0) - Date.now();
  });
  return { ms: run.ms, cpu: run.cpu };
}

let ready: { phones: Phone[]; requests: Buffer[] } = { phones: [], requests: [] };
let answers: readonly Reply[] = [];

/** Writes what every phone of the first so many schools pushes in a deal; each has just pulled up to its school's end. */
function load(o: { deal: number; schools: number; ends: Record<string, number> }): void {
  const among = new Set(town.schools.slice(0, o.schools));
  const order = shuffled(
    phones.filter((p) => among.has(p.school)),
    o.deal + 1,
  );
  const at = Date.now() + ahead;
  for (const p of order) p.cursor = p.cursor.replace(/\d+$/, String(o.ends[p.school]));
  const requests = order.map((p) => requestOf(protocol, p, town.hands[p.hand]?.deals[o.deal] ?? [], at));
  ready = { phones: order, requests };
}

/** All of them at once, over so many connections. May be said again to another server. */
async function burst(o: { port: number; connections: number }): Promise<Burst> {
  const { replies, times, ends, ms, cpu } = await exchange(o.port, o.connections, ready.requests);
  answers = replies;
  const of = (sorted: Float64Array, q: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? NaN;
  times.sort();
  ends.sort();
  return {
    ...{ ms, pushes: replies.length, cpu },
    ...{ p50: of(times, 0.5), p95: of(times, 0.95), p99: of(times, 0.99), longest: of(times, 1) },
    ...{ waited50: of(ends, 0.5), waited99: of(ends, 0.99) },
  };
}

/** Reads the answers of the last burst, apart from it because that takes longer than sending; throws unless all was accepted. */
function told(): Told {
  let accepted = 0;
  let bytesDown = 0;
  let plainDown = 0;
  const refused = new Map<string, number>();
  answers.forEach((reply, i) => {
    const text = textOf(reply);
    const head = headOf(reply, text);
    bytesDown += reply.body.length;
    plainDown += Buffer.byteLength(text);
    if (head.beacon !== undefined) ready.phones[i]!.beacon = head.beacon;
    for (const r of head.results) {
      const what = `${r.outcome} ${r.code}`;
      if (r.outcome === 'accepted') accepted += 1;
      else refused.set(what, (refused.get(what) ?? 0) + 1);
    }
  });
  answers = [];
  if (refused.size > 0) throw new Error(`not everything was accepted: ${JSON.stringify([...refused])}`);
  return { accepted, bytesDown, plainDown, bytesUp: ready.requests.reduce((n, r) => n + r.length, 0) };
}

answer({ meet, load, burst, told });

import { randomBytes, randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import { promisify } from 'node:util';
import { brotliDecompress, gunzip } from 'node:zlib';
import { uuidv7 } from '@kernel/shared/ids';
import { answer } from './answers';
import type { PhoneWork } from './ours';

/** One timed run of the load. */
export interface Run {
  /** From the first request to the last answer, ms. */
  readonly ms: number;
  readonly commands: number;
  readonly accepted: number;
  readonly requests: number;
  readonly bytesUp: number;
  readonly bytesDown: number;
  /** Time of one request, ms. */
  readonly p50: number;
  readonly p95: number;
}

export interface Target {
  readonly port: number;
  /** True for our server: its cursor is followed and its answers are compressed. False for the floor. */
  readonly ours: boolean;
}

interface Phone {
  readonly work: PhoneWork;
  readonly device: string;
  seq: number;
  cursor: string | null;
  beacon: string | null;
}

interface Head {
  readonly results: readonly { outcome: string; code: string | null }[];
  readonly cursor?: string;
  readonly more?: boolean;
  readonly beacon?: string;
  readonly serverTime?: number;
}

const agent = new Agent({ keepAlive: true });
const phones = new Map<string, Phone>();
const unpack: Readonly<Record<string, (input: Buffer) => Promise<Buffer>>> = {
  br: promisify(brotliDecompress),
  gzip: promisify(gunzip),
};

async function post(target: Target, phone: Phone, body: string): Promise<{ head: Head; down: number }> {
  const { status, bytes, encoding } = await send(target, phone, body);
  const plain = encoding === undefined ? bytes : await unpack[encoding]!(bytes);
  const text = plain.toString('utf8');
  if (status !== 200) throw new Error(`${status}: ${text.slice(0, 500)}`);
  // The changes come last and are a phone's business; what stands before them is enough here.
  const cut = text.indexOf(',"changes":');
  return { head: JSON.parse(cut < 0 ? text : `${text.slice(0, cut)}}`) as Head, down: bytes.length };
}

function send(target: Target, phone: Phone, body: string) {
  return new Promise<{ status: number; bytes: Buffer; encoding: string | undefined }>((resolve, reject) => {
    const payload = Buffer.from(body);
    const sent = request(
      {
        agent,
        host: '127.0.0.1',
        port: target.port,
        method: 'POST',
        path: '/api/sync',
        headers: {
          'content-type': 'application/json',
          'content-length': payload.length,
          'accept-encoding': 'gzip, deflate, br',
          'x-qing': '1',
          'x-school': phone.work.school,
          cookie: phone.work.cookie,
        },
      },
      (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            bytes: Buffer.concat(parts),
            encoding: response.headers['content-encoding'],
          }),
        );
        response.on('error', reject);
      },
    );
    sent.on('error', reject);
    sent.end(payload);
  });
}

/** Text of a push, apart from its cursor. */
interface Push {
  readonly before: string;
  readonly after: string;
  readonly count: number;
}

/** @param sizes commands of one push, in turn; the last takes a small rest along */
function pushesOf(
  phone: Phone,
  o: { protocol: number; sizes: readonly number[]; round: number },
  at: number,
): Push[] {
  const out: Push[] = [];
  const { commands, person } = phone.work;
  const most = Math.max(...o.sizes);
  for (let i = 0, n = o.round; i < commands.length; n++) {
    const rest = commands.length - i;
    const size = o.sizes[n % o.sizes.length]!;
    const count = rest < size * 1.3 && rest <= most ? rest : Math.min(size, rest);
    const envelopes = commands.slice(i, i + count).map((c, k) => ({
      id: uuidv7(at, randomBytes(10)),
      seq: ++phone.seq,
      name: c.name,
      args: c.args,
      at: at + k,
      mono: 5_000 + k,
      beacon: phone.beacon,
    }));
    const head = JSON.stringify({ protocol: o.protocol, device: phone.device, build: 'bench', person });
    out.push({
      before: `${head.slice(0, -1)},"cursor":`,
      after: `,"commands":${JSON.stringify(envelopes)}}`,
      count: envelopes.length,
    });
    i += count;
  }
  return out;
}

let waiting: { phone: Phone; pushes: Push[] }[] = [];

/** Before the clock runs: every phone pulls what is new, as a phone that was online yesterday, and fills its outbox. */
async function prepare(o: {
  target: Target;
  work: PhoneWork[];
  protocol: number;
  repeat: number;
  sizes: readonly number[];
  round: number;
}) {
  waiting = [];
  for (const work of o.work) {
    const old = phones.get(work.key);
    const phone: Phone = {
      device: randomUUID(),
      seq: 0,
      cursor: null,
      beacon: `${Date.now()}.${randomBytes(16).toString('base64url')}`,
      ...old,
      work,
    };
    phones.set(work.key, phone);
    let at = Date.now();
    for (let more = o.target.ours; more;) {
      const head = JSON.stringify({
        protocol: o.protocol,
        device: phone.device,
        build: 'bench',
        person: work.person,
      });
      const body = `${head.slice(0, -1)},"cursor":${JSON.stringify(phone.cursor)},"commands":[]}`;
      const { head: answered } = await post(o.target, phone, body);
      phone.cursor = answered.cursor ?? null;
      phone.beacon = answered.beacon ?? null;
      at = answered.serverTime ?? at;
      more = answered.more === true;
    }
    phone.cursor ??= `${'0'.repeat(12)}.${'0'.repeat(12)}.12345`;
    for (let i = 0; i < o.repeat; i++) {
      const pushes = pushesOf(phone, o, at);
      if (o.target.ours || i === 0) waiting.push({ phone, pushes });
      else waiting.splice(Math.floor((waiting.length * i) / o.repeat), 0, { phone, pushes });
    }
  }
}

/** Sends everything that waits over so many connections; a phone's own pushes go one after the other. */
async function run(o: { target: Target; connections: number }): Promise<Run> {
  const queue = waiting.splice(0);
  const times: number[] = [];
  let commands = 0;
  let accepted = 0;
  let bytesUp = 0;
  let bytesDown = 0;
  const refused = new Map<string, number>();
  const connection = async (): Promise<void> => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const { phone } = next;
      for (const push of next.pushes) {
        const body = `${push.before}${JSON.stringify(phone.cursor)}${push.after}`;
        const from = performance.now();
        const { head, down } = await post(o.target, phone, body);
        times.push(performance.now() - from);
        if (head.cursor !== undefined) phone.cursor = head.cursor;
        commands += push.count;
        bytesUp += Buffer.byteLength(body);
        bytesDown += down;
        for (const r of head.results) {
          if (r.outcome === 'accepted') accepted += 1;
          else refused.set(`${r.outcome} ${r.code}`, (refused.get(`${r.outcome} ${r.code}`) ?? 0) + 1);
        }
      }
    }
  };
  const from = performance.now();
  await Promise.all(Array.from({ length: o.connections }, connection));
  const ms = performance.now() - from;
  if (accepted !== commands)
    throw new Error(
      `only ${accepted} of ${commands} commands were accepted: ${JSON.stringify([...refused])}`,
    );
  times.sort((a, b) => a - b);
  const at = (q: number): number => times[Math.min(times.length - 1, Math.floor(times.length * q))] ?? 0;
  return { ms, commands, accepted, requests: times.length, bytesUp, bytesDown, p50: at(0.5), p95: at(0.95) };
}

answer({ prepare, run, stop: () => agent.destroy() });

import { randomBytes } from 'node:crypto';
import { brotliDecompressSync } from 'node:zlib';
import { uuidv7 } from '@kernel/shared/ids';
import type { Reply } from './connection';
import { preparedId, type Act } from './deal';

export interface Phone {
  readonly school: string;
  readonly person: string;
  readonly cookie: string;
  readonly device: string;
  readonly hand: number;
  seq: number;
  cursor: string;
  beacon: string | null;
}
export interface Head {
  readonly results: readonly { outcome: string; code: string | null }[];
  readonly reset?: boolean;
  readonly more?: boolean;
  readonly cursor?: string;
  readonly beacon?: string;
  readonly serverTime?: number;
}

/** A whole HTTP request: these acts of a phone, or a pull when there are none. @param at the phone's wall clock, ms */
export function requestOf(protocol: number, phone: Phone, acts: readonly Act[], at = 0): Buffer {
  const commands = acts.map((act, i) => ({
    id: uuidv7(at, randomBytes(10)),
    seq: ++phone.seq,
    ...commandOf(phone, act),
    at: at + i,
    mono: 5_000 + i,
    beacon: phone.beacon,
  }));
  const { device, person, cursor } = phone;
  const body = JSON.stringify({ protocol, device, build: 'bench', person, cursor, commands });
  const head =
    'POST /api/sync HTTP/1.1\r\nhost: bench\r\naccept: application/json\r\ncontent-type: application/json\r\nx-qing: 1\r\n' +
    `accept-encoding: gzip, deflate, br\r\nx-school: ${phone.school}\r\ncookie: ${phone.cookie}\r\n` +
    `content-length: ${Buffer.byteLength(body)}\r\n\r\n`;
  return Buffer.from(head + body);
}

function commandOf({ school }: Phone, act: Act): { name: string; args: unknown } {
  if ('assign' in act) return { name: 'homework.v1.assign', args: act.assign };
  const { step, prepared } = act.sign;
  return {
    name: 'homework.v1.sign',
    args: { step, items: [{ id: preparedId(school, prepared), round: 1 }] },
  };
}

export const textOf = ({ packed, body }: Reply): string =>
  (packed ? brotliDecompressSync(body) : body).toString('utf8');

/** What stands before the changes; those are a phone's business. */
export function headOf({ status }: Reply, text: string): Head {
  if (status !== 200) throw new Error(`${status}: ${text.slice(0, 500)}`);
  const cut = text.indexOf(',"changes":');
  return JSON.parse(cut < 0 ? text : `${text.slice(0, cut)}}`) as Head;
}

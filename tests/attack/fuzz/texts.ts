import { gzipSync } from 'node:zlib';
import type { Maker } from './maker';

/** A body as bytes, with the headers that go with it. */
export interface Raw {
  readonly what: string;
  readonly payload: Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

const LITERALS = [
  '1e400000',
  '-1e400000',
  '9223372036854775808',
  '1e-400000',
  '-0',
  '0x10',
  'NaN',
  'Infinity',
  '01',
  '1.',
  '.5',
  '+1',
  'undefined',
  "'x'",
  '1_000',
  '1n',
];
const DEPTHS = [29, 31, 32, 33, 64, 1_000, 10_000, 100_000];
const BOMB = gzipSync(Buffer.alloc(20_000_000, ' '));
const HUGE = 'x'.repeat(10_000_000);

/** What a JSON text can be turned into on its way: broken, doubled, too deep, too long, packed, in another encoding. */
export function spoilt(text: string, maker: Maker): Raw {
  const way = maker.pick(Object.keys(WAYS));
  const made = WAYS[way]!(text, maker);
  if (typeof made === 'string') return { what: way, payload: Buffer.from(made) };
  return Buffer.isBuffer(made) ? { what: way, payload: made } : { what: way, ...made };
}

type Way = (text: string, maker: Maker) => string | Buffer | Omit<Raw, 'what'>;

const at = (text: string, maker: Maker): number => Math.floor(maker.random() * (text.length + 1));
const put = (text: string, i: number, what: string): string => text.slice(0, i) + what + text.slice(i);
/** Bytes where letters of a text were. */
const bytes = (text: string, maker: Maker, ...add: number[]): Buffer => {
  const all = Buffer.from(text);
  const i = Math.floor(maker.random() * all.length);
  return Buffer.concat([all.subarray(0, i), Buffer.from(add), all.subarray(i)]);
};
/** In the place of some value. */
const instead = (text: string, maker: Maker, what: string): string => {
  const places = [...text.matchAll(/:("(?:[^"\\]|\\.)*"|-?\d[\d.]*|null|true|false)/g)];
  if (places.length === 0) return what;
  const place = maker.pick(places);
  return text.slice(0, place.index + 1) + what + text.slice(place.index + place[0].length);
};

const WAYS: Readonly<Record<string, Way>> = {
  'a byte-order mark': (text) => `\ufeff${text}`,
  'cut off': (text, m) => text.slice(0, at(text, m)),
  'a letter lost': (text, m) => {
    const i = at(text, m);
    return text.slice(0, i) + text.slice(i + 1);
  },
  'a letter doubled': (text, m) => {
    const i = at(text, m);
    return put(text, i, text.charAt(i));
  },
  'something behind': (text, m) => text + m.pick(['}', ',', 'x', '\u0000', text, '//']),
  'something in between': (text, m) =>
    put(
      text,
      at(text, m),
      m.pick(['\u0000', '\\u0000', '\\ud800', '\\udc00', '\u200b', '＂', '/**/', '\n', '\\x41', ',']),
    ),
  'broken UTF-8': (text, m) =>
    bytes(
      text,
      m,
      ...m.pick([[0xff], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xf5, 0x80, 0x80, 0x80], [0xe4, 0xbd], [0x80]]),
    ),
  'another literal': (text, m) => instead(text, m, m.pick(LITERALS)),
  'half a character': (text, m) =>
    instead(text, m, m.pick(['"\\ud83d"', '"a\\udc00b"', '"\\ud800\\ud800"', '"\\uD83D\\u0041"'])),
  'an empty character': (text, m) =>
    instead(text, m, m.pick(['"\\u0000"', '"a\\u0000b"', '"\\\\u0000"', '"\\\\\\u0000"'])),
  deep: (text, m) => {
    const depth = m.pick(DEPTHS);
    const [open, close] = m.pick([
      ['[', ']'],
      ['{"a":', '}'],
    ] as const);
    return instead(text, m, `${open.repeat(depth)}1${close.repeat(depth)}`);
  },
  'deep and never closed': (text, m) => instead(text, m, '['.repeat(m.pick(DEPTHS))),
  'a prototype': (text, m) =>
    instead(
      text,
      m,
      m.pick([
        '{"__proto__":{"x":1}}',
        '{"constructor":{"prototype":{}}}',
        '{"\\u005f_proto__":1}',
        '{"__pro\\u0074o__":1}',
        '{"a":{"b":[{"__proto__":null}]}}',
      ]),
    ),
  'the same key twice': (text, m) => {
    const keys = [...text.matchAll(/"([A-Za-z]+)":/g)];
    const key = keys.length > 0 ? m.pick(keys)[1] : 'a';
    return text.replace('{', `{"${key}":${m.pick(['1', 'null', '"x"', '[]', '{}'])},`);
  },
  'not an object': (_, m) =>
    m.pick(['', ' ', 'null', 'true', '0', '""', '[]', '[{}]', '"{}"', '{}', '\u0000', 'undefined']),
  'a very long text': (text, m) => instead(text, m, `"${'长'.repeat(m.pick([10_000, 100_000, 400_000]))}"`),
  'ten megabytes': (text, m) =>
    m.chance(0.05) ? instead(text, m, `"${HUGE}"`) : put(text, 0, ' '.repeat(1_000_001)),
  'a hundred thousand elements': (text, m) =>
    instead(text, m, `[${(m.chance(0.5) ? '0,' : '{},').repeat(m.chance(0.2) ? 100_000 : 5_000)}0]`),
  'thousands of keys': (text, m) =>
    instead(text, m, `{${Array.from({ length: m.pick([500, 20_000]) }, (_, i) => `"k${i}":0`).join()}}`),
  'another encoding': (text, m) => Buffer.from(text, m.pick(['utf16le', 'latin1'] as const)),
  'packed and broken': (text, m) => {
    const packed = gzipSync(text);
    const payload = m.pick([
      packed.subarray(0, Math.floor(packed.length * m.random())),
      Buffer.from(text),
      gzipSync(packed),
    ]);
    return { payload, headers: { 'content-encoding': 'gzip' } };
  },
  'a bomb': () => ({ payload: BOMB, headers: { 'content-encoding': 'gzip' } }),
  'a packing nobody knows': (text, m) => ({
    payload: Buffer.from(text),
    headers: { 'content-encoding': m.pick(['br', 'zstd', 'deflate', 'gzip, gzip', 'x', 'identity, gzip']) },
  }),
  'another type': (text, m) => ({
    payload: Buffer.from(text),
    headers: {
      'content-type': m.pick([
        'text/plain',
        'application/xml',
        'multipart/form-data',
        'application/json; charset=gbk',
        'application/x-www-form-urlencoded',
        'application/jsonx',
        '*/*',
        'application/json;;;',
      ]),
    },
  }),
};

/** Addresses nobody writes by hand. */
export function oddAddress(path: string, maker: Maker): string {
  const junk = maker.pick([
    '%00',
    '%ff',
    '%zz',
    '..%2f',
    '%2e%2e/',
    '//',
    '?',
    '??',
    '#',
    ';a=b',
    '%',
    '%e4%bd',
    '\\',
    'a'.repeat(300),
    '%20',
    '*',
    '.',
    '%c0%ae',
    '%u0041',
  ]);
  const query = maker.pick([
    '',
    '?person=lin&key=a',
    '?person=lin&person=xu&key=a',
    '?key[]=1&person[x]=1',
    '?__proto__=1',
    `?key=${'k'.repeat(5_000)}&person=lin`,
    '?person=%00&key=%ff',
    '?=&&&=',
    '?person&key',
    '?cursor=1.2.3',
    '?person=lin&key=%F0%9F%98%80',
  ]);
  switch (maker.pick(['query', 'behind', 'between', 'end'] as const)) {
    case 'query':
      return path + query;
    case 'behind':
      return `${path}/${junk}${query}`;
    case 'between':
      return `/${junk}${path}${query}`;
    case 'end':
      return `${path}${junk}`;
  }
}

/** Headers a browser would not send. */
export function oddHeaders(maker: Maker): Record<string, string> {
  const odd = [
    '',
    ' ',
    'null',
    '\u00ff',
    'a'.repeat(4_000),
    'qing.session_token=',
    'qing.session_token=a.b; qing.session_token=%',
    '=;=;',
    'br;q=NaN, *',
    'W/"x"',
    'bytes=0-1,5-',
    '0',
    '-1',
    'http://[',
    '::1',
    '%',
  ];
  const names = [
    'cookie',
    'accept-encoding',
    'if-none-match',
    'range',
    'origin',
    'sec-fetch-site',
    'x-forwarded-for',
    'x-forwarded-proto',
    'x-forwarded-host',
    'user-agent',
    'accept',
    'content-type',
    'x-qing',
  ];
  return Object.fromEntries(Array.from({ length: 3 }, () => [maker.pick(names), maker.pick(odd)]));
}

import type { Instant } from './time';

/**
 * The two texts a school signs, line by line so that a person can read them and any program can check them:
 *
 *     qing-receipt 1                      qing-ledger 1
 *     school <id>                         school <id>
 *     person <id>                         name <the school's name>
 *     key <public key>                    day <YYYY-MM-DD>
 *     head <log> <hash>                   key <public key>
 *     <entry>                             head <log> <hash>
 *     <entry> …                           at <ms>
 *     signature <signature>               signature <signature>
 *
 * `<entry>` is `id log outcome code digest earliest received evidence`, `-` for what is null, of what the person sent in one
 * push. `head` is the hash of the command log at one entry: it covers every entry before it, whoever made it.
 *
 * The signature is Ed25519 (RFC 8032) over the UTF-8 bytes of every line before its own, line ends (LF) included. Keys and
 * signatures are base64url without padding, digests base64url of SHA-256 over `<person> LF <command name> LF <arguments as JSON>`.
 * The first line names the form; another form gets another number.
 */
export const RECEIPT = 'qing-receipt 1';
export const LEDGER = 'qing-ledger 1';

export interface ReceiptEntry {
  readonly id: string;
  readonly log: number;
  readonly outcome: string;
  readonly code: string | null;
  readonly digest: string;
  readonly earliest: Instant;
  readonly received: Instant;
  readonly evidence: string | null;
}

export interface Head {
  readonly log: number;
  /** 64 hexadecimal digits. */
  readonly hash: string;
}

export interface ReceiptFacts {
  readonly school: string;
  readonly person: string;
  readonly key: string;
  readonly head: Head;
  readonly entries: readonly ReceiptEntry[];
}

export function receiptText(r: ReceiptFacts): string {
  let text = `${RECEIPT}\nschool ${r.school}\nperson ${r.person}\nkey ${r.key}\nhead ${r.head.log} ${r.head.hash}\n`;
  for (const e of r.entries)
    text += `${e.id} ${e.log} ${e.outcome} ${e.code ?? '-'} ${e.digest} ${e.earliest} ${e.received} ${e.evidence ?? '-'}\n`;
  return text;
}

export interface LedgerFacts {
  readonly school: string;
  readonly name: string;
  readonly day: string;
  readonly key: string;
  readonly head: Head;
  readonly at: Instant;
}

export const ledgerText = (l: LedgerFacts): string =>
  `${LEDGER}\nschool ${l.school}\nname ${oneLine(l.name)}\nday ${l.day}\nkey ${l.key}\n` +
  `head ${l.head.log} ${l.head.hash}\nat ${l.at}\n`;

const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim();

export const withSignature = (text: string, signature: string): string => `${text}signature ${signature}\n`;

/** A signed text taken apart: what was signed, with which key, and the lines by their first word. Null when it is none of ours. */
export interface Signed {
  readonly text: string;
  readonly signature: string;
  readonly kind: 'receipt' | 'ledger';
  readonly school: string;
  readonly person: string | null;
  readonly name: string | null;
  readonly day: string | null;
  readonly key: string;
  readonly head: Head;
  readonly entries: readonly ReceiptEntry[];
}

const ENTRY = /^(\S+) (\d+) (accepted|refused|stuck) (\S+) ([\w-]{43}) (-?\d+) (-?\d+) (\S+)$/;

export function readSigned(whole: string): Signed | null {
  // Files travel through chats and editors that change line ends; what was signed has LF.
  const lines = whole.replace(/\r\n?/g, '\n').replace(/\n+$/, '').split('\n');
  const kind = lines[0] === RECEIPT ? 'receipt' : lines[0] === LEDGER ? 'ledger' : null;
  const signature = /^signature ([\w-]{86})$/.exec(lines[lines.length - 1] ?? '')?.[1];
  if (!kind || !signature) return null;
  const body = lines.slice(0, -1);
  const word = (name: string): string | null => {
    const line = body.slice(1, 8).find((l) => l.startsWith(`${name} `));
    return line === undefined ? null : line.slice(name.length + 1);
  };
  const head = /^(\d+) ([0-9a-f]{64})$/.exec(word('head') ?? '');
  const [school, key] = [word('school'), word('key')];
  if (!head || school === null || key === null || !/^[\w-]{43}$/.test(key)) return null;
  const entries: ReceiptEntry[] = [];
  for (const line of kind === 'receipt' ? body.slice(5) : []) {
    const e = ENTRY.exec(line);
    if (!e) return null;
    entries.push({
      id: e[1]!,
      log: Number(e[2]),
      outcome: e[3]!,
      code: e[4] === '-' ? null : e[4]!,
      digest: e[5]!,
      earliest: Number(e[6]),
      received: Number(e[7]),
      evidence: e[8] === '-' ? null : e[8]!,
    });
  }
  return {
    text: `${body.join('\n')}\n`,
    signature,
    kind,
    school,
    person: kind === 'receipt' ? word('person') : null,
    name: kind === 'ledger' ? word('name') : null,
    day: kind === 'ledger' ? word('day') : null,
    key,
    head: { log: Number(head[1]), hash: head[2]! },
    entries,
  };
}

/** What a digest is made of: who said what. */
export const saidText = (person: string, name: string, argsText: string): string =>
  `${person}\n${name}\n${argsText}`;

/** A receipt as its author takes it along: one command in full, the signed text, and words how anybody can check it. JSON. */
export interface ReceiptFile {
  readonly format: 'qing-receipt';
  readonly version: 1;
  /** Id of the command. */
  readonly command: string;
  /** `saidText` of the command: its digest stands in the receipt. */
  readonly said: string;
  readonly text: string;
  readonly how?: readonly string[];
}

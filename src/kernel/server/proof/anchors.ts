import type { Head, ReceiptEntry, Signed } from '@kernel/shared/receipt';
import { readSigned } from '@kernel/shared/receipt';
import { signatureHolds } from './check-signature';

/** What somebody outside kept: the log must still agree with it. */
export interface Anchors {
  /** By log number, ascending. */
  readonly heads: readonly (Head & { readonly source: string })[];
  /** Single entries, from receipts. */
  readonly entries: readonly ReceiptEntry[];
}

export interface ReadAnchors extends Anchors {
  /** The schools the texts name; a line from paper names none. */
  readonly schools: readonly string[];
  /** The keys they are signed with, by school: whether those are the school's own is for whoever compares to say. */
  readonly keys: readonly { readonly school: string; readonly key: string }[];
  /** Texts that look like ours and whose signature does not hold: told, and not used. */
  readonly forged: number;
}

/**
 * Reads what an outside party kept: signed texts (any number, one after another, also inside the JSON file of a receipt), and
 * bare lines `head <log> <hash>` as they may be typed from paper.
 */
export function readAnchors(file: string): ReadAnchors {
  const heads: (Head & { source: string })[] = [];
  const entries: ReceiptEntry[] = [];
  const schools = new Set<string>();
  const keys = new Map<string, { school: string; key: string }>();
  let forged = 0;
  const { texts, rest } = takeApart(unwrapped(file));
  for (const signed of texts) {
    if (!signatureHolds(signed)) {
      forged += 1;
      continue;
    }
    schools.add(signed.school);
    keys.set(`${signed.school} ${signed.key}`, { school: signed.school, key: signed.key });
    heads.push({ ...signed.head, source: signed.kind === 'ledger' ? `ledger of ${signed.day}` : 'receipt' });
    entries.push(...signed.entries);
  }
  for (const line of rest.split('\n')) {
    const found = /^\s*head\s+(\d+)\s+([0-9a-fA-F\s]{64,})$/.exec(line);
    const hash = found?.[2]?.replace(/\s/g, '').toLowerCase();
    if (found && hash?.length === 64) heads.push({ log: Number(found[1]), hash, source: 'paper' });
  }
  heads.sort((a, b) => a.log - b.log);
  return { heads, entries, schools: [...schools], keys: [...keys.values()], forged };
}

/** The exported receipt is JSON around its text. */
function unwrapped(file: string): string {
  try {
    const json = JSON.parse(file) as { text?: unknown };
    return typeof json.text === 'string' ? json.text : file;
  } catch {
    return file;
  }
}

function takeApart(file: string): { texts: Signed[]; rest: string } {
  const texts: Signed[] = [];
  const rest = file
    .replace(/\r\n?/g, '\n')
    .replace(/^qing-(?:receipt|ledger) 1\n(?:.*\n)*?signature [\w-]{86}$/gm, (block) => {
      const signed = readSigned(block);
      if (signed) texts.push(signed);
      return '';
    });
  return { texts, rest };
}

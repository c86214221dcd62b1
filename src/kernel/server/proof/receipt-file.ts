import * as v from 'valibot';
import type { ReceiptFile, Signed } from '@kernel/shared/receipt';
import { readSigned } from '@kernel/shared/receipt';
import { digestOfSaid } from './chain';
import { signatureHolds } from './check-signature';

const fileSchema: v.GenericSchema<unknown, Omit<ReceiptFile, 'how'>> = v.object({
  format: v.literal('qing-receipt'),
  version: v.literal(1),
  command: v.string(),
  said: v.string(),
  text: v.string(),
});

export interface CheckedReceipt {
  readonly signed: Signed;
  /** The signature is that of the key the receipt names. */
  readonly signature: boolean;
  /** What the file says was said is what was digested; null when the file does not say it. */
  readonly said: boolean | null;
}

/** Checks an exported receipt, or its bare text, with nothing but the file. Null when it is no receipt. */
export function checkReceiptFile(text: string): CheckedReceipt | null {
  const bare = readSigned(text);
  if (bare)
    return bare.kind === 'receipt' ? { signed: bare, signature: signatureHolds(bare), said: null } : null;
  const file = v.safeParse(fileSchema, jsonOf(text));
  if (!file.success) return null;
  const { command, said, text: receipt } = file.output;
  const signed = readSigned(receipt);
  if (signed?.kind !== 'receipt') return null;
  const entry = signed.entries.find((e) => e.id === command);
  const same = entry !== undefined && entry.digest === digestOfSaid(said);
  return { signed, signature: signatureHolds(signed), said: same };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

import { verifyAsync } from '@noble/ed25519';
import { readSigned } from '@kernel/shared/receipt';
import type { KnownKey } from './receipts';

/**
 * `holds` signed with the key this phone has trusted since its sign-in, for exactly what was sent · `newKey` signed with a key
 * the school took later · `broken` the signature does not hold, or it is not for this · `cannot` this browser has no
 * `crypto.subtle` (no https, or very old): the file can be checked elsewhere.
 */
export type ReceiptState = 'holds' | 'newKey' | 'broken' | 'cannot';

/** Checks a receipt on the phone, without the server. Loaded only when somebody looks at one. */
export async function checkReceipt(
  text: string,
  keys: readonly KnownKey[],
  command: { readonly id: string; readonly said: string },
): Promise<ReceiptState> {
  // Absent outside https, whatever the types say.
  const subtle = crypto.subtle as SubtleCrypto | undefined;
  if (!subtle) return 'cannot';
  const signed = readSigned(text);
  const entry = signed?.entries.find((e) => e.id === command.id);
  if (!signed || !entry) return 'broken';
  try {
    const digest = await subtle.digest('SHA-256', new TextEncoder().encode(command.said));
    if (base64url(new Uint8Array(digest)) !== entry.digest) return 'broken';
    const message = new TextEncoder().encode(signed.text);
    if (!(await verifyAsync(bytesOf(signed.signature), message, bytesOf(signed.key)))) return 'broken';
  } catch {
    return 'cannot';
  }
  const known = keys.findIndex((k) => k.key === signed.key);
  return known === 0 ? 'holds' : known > 0 ? 'newKey' : 'broken';
}

function bytesOf(text: string): Uint8Array {
  const plain = atob(text.replace(/-/g, '+').replace(/_/g, '/'));
  return Uint8Array.from(plain, (c) => c.charCodeAt(0));
}

function base64url(bytes: Uint8Array): string {
  const text = btoa(String.fromCharCode(...bytes));
  return text.replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
}

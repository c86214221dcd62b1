import { createPublicKey, verify } from 'node:crypto';
import type { Signed } from '@kernel/shared/receipt';

/** Is the signature that of the key the text names? Says nothing about whose key that is. */
export function signatureHolds({ text, key, signature }: Signed): boolean {
  try {
    const jwk = { kty: 'OKP', crv: 'Ed25519', x: key };
    const own = createPublicKey({ key: jwk, format: 'jwk' });
    return verify(null, Buffer.from(text), own, Buffer.from(signature, 'base64url'));
  } catch {
    return false;
  }
}

import type { KeyObject } from 'node:crypto';
import { createPrivateKey, createPublicKey, hkdfSync, sign } from 'node:crypto';
import type { Clock } from '@kernel/shared/clock';
import type { Instant } from '@kernel/shared/time';
import type { Store } from '../store/store';

/** DER of an Ed25519 private key (RFC 8410) up to its 32 bytes. */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');

export interface SchoolKey {
  readonly number: number;
  /** Public key, 32 bytes as base64url. */
  readonly key: string;
  /** Ed25519 over the text's UTF-8 bytes, base64url. Runs on the thread pool. */
  sign(text: string): Promise<string>;
}

export interface PublicKeyRow {
  readonly number: number;
  readonly key: string;
  readonly since: Instant;
}

/**
 * A school's signing keys. Each follows from the installation's secret, the school and a number, so a backup carries them and
 * nothing secret is stored twice. The public halves are kept: should the secret ever be another one, the next number is taken,
 * and who holds an older receipt still finds the key that signed it.
 */
export class SchoolKeys {
  private readonly current = new Map<string, Promise<SchoolKey>>();

  constructor(
    private readonly store: Pick<Store, 'db' | 'secret'>,
    private readonly clock: Clock,
  ) {}

  /** The key a school signs with now. */
  of(school: string): Promise<SchoolKey> {
    let found = this.current.get(school);
    if (!found) {
      found = this.find(school);
      this.current.set(school, found);
      found.catch(() => this.current.delete(school));
    }
    return found;
  }

  /** Every public key the school ever signed with, oldest first. */
  async all(school: string): Promise<PublicKeyRow[]> {
    await this.of(school);
    return this.store.db
      .selectFrom('school_key')
      .select(['number', 'key', 'since'])
      .where('school', '=', school)
      .orderBy('number')
      .execute();
  }

  forget(school: string): void {
    this.current.delete(school);
  }

  private async find(school: string): Promise<SchoolKey> {
    const last = await this.store.db
      .selectFrom('school_key')
      .select(['number', 'key'])
      .where('school', '=', school)
      .orderBy('number', 'desc')
      .limit(1)
      .executeTakeFirst();
    if (last) {
      const kept = deriveKey(this.store.secret, school, last.number);
      if (kept.key === last.key) return kept;
    }
    const made = deriveKey(this.store.secret, school, (last?.number ?? 0) + 1);
    try {
      await this.store.db
        .insertInto('school_key')
        .values({ school, number: made.number, key: made.key, since: this.clock.now() })
        .onConflict((c) => c.columns(['school', 'number']).doNothing())
        .execute();
    } catch {
      // A full disk must not keep anybody from opening the app: the key follows from the secret, its row is written next time.
      this.current.delete(school);
    }
    return made;
  }
}

/** @param secret the installation's, hexadecimal */
export function deriveKey(secret: string, school: string, number: number): SchoolKey {
  const seed = hkdfSync('sha256', Buffer.from(secret, 'hex'), 'qing school key', `${school}\n${number}`, 32);
  const own = createPrivateKey({
    key: Buffer.concat([PKCS8, Buffer.from(seed)]),
    format: 'der',
    type: 'pkcs8',
  });
  return { number, key: publicHalf(own), sign: (text) => signed(own, text) };
}

function publicHalf(key: KeyObject): string {
  return createPublicKey(key).export({ format: 'jwk' }).x ?? '';
}

function signed(key: KeyObject, text: string): Promise<string> {
  return new Promise((resolve, reject) =>
    sign(null, Buffer.from(text), key, (error, signature) =>
      error ? reject(error) : resolve(signature.toString('base64url')),
    ),
  );
}

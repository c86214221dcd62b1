import { createHmac, hkdfSync, randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { Refused } from '../exit';
import { privateFolder, writeWhole } from '../files';

/** What opens a backup: words a person knows, or a key file a person keeps. */
export type BackupSecret =
  | { readonly kind: 'passphrase'; readonly passphrase: string }
  | { readonly kind: 'key'; readonly key: Buffer };

/** The readable beginning of every backup. It holds nothing secret; changing a byte of it is noticed. */
export interface SealHeader {
  readonly kdf: 'key' | 'scrypt';
  /** 16 bytes, base64: no two backups share a key. */
  readonly salt: string;
  /** log2 of scrypt's cost. */
  readonly cost?: number;
}

export interface SealKeys {
  readonly seal: Buffer;
  readonly header: Buffer;
}

/** 64 MB and about a quarter of a second for each guess. */
const COST = 16;
/** A made-up header must not make us allocate gigabytes. */
const MOST_COST = 20;
const KEY_FILE_WORDS =
  '# 轻台账 备份钥匙：另存到这台电脑以外的地方。没有它，备份谁也打不开，包括你们自己。\n' +
  '# Key of the backups: keep a copy away from this machine. Without it nobody can open them.\n';

export function newHeader(secret: BackupSecret): SealHeader {
  const salt = randomBytes(16).toString('base64');
  return secret.kind === 'key' ? { kdf: 'key', salt } : { kdf: 'scrypt', salt, cost: COST };
}

/** The keys of one file. @throws Refused when the file wants another kind of secret */
export async function keysFor(secret: BackupSecret, header: SealHeader): Promise<SealKeys> {
  const salt = Buffer.from(header.salt, 'base64');
  let master: Buffer;
  if (header.kdf === 'key') {
    if (secret.kind !== 'key')
      throw new Refused(
        '这份备份用钥匙文件加的密，请给出钥匙文件（--key）。This backup is sealed with a key file; give it with --key.',
      );
    master = secret.key;
  } else {
    if (secret.kind !== 'passphrase')
      throw new Refused(
        '这份备份用口令加的密，请设 BACKUP_PASSPHRASE。This backup is sealed with a passphrase; set BACKUP_PASSPHRASE.',
      );
    const cost = header.cost ?? 0;
    if (!Number.isInteger(cost) || cost < 10 || cost > MOST_COST)
      throw new Refused('备份文件头不对。Bad header.');
    const N = 2 ** cost;
    master = (await promisify<string, Buffer, number, object, Buffer>(scrypt)(
      // One passphrase however an input method composed it.
      secret.passphrase.normalize('NFKC'),
      salt,
      32,
      { N, r: 8, p: 1, maxmem: 256 * N * 8 },
    )) as Buffer;
  }
  const both = Buffer.from(hkdfSync('sha256', master, salt, 'qing backup 1', 64));
  return { seal: both.subarray(0, 32), header: both.subarray(32) };
}

export const headerMac = (keys: SealKeys, bytes: Buffer): Buffer =>
  createHmac('sha256', keys.header).update(bytes).digest();

export const sameMac = (a: Buffer, b: Buffer): boolean => a.length === b.length && timingSafeEqual(a, b);

/** Reads a key file, or makes one where none is. @returns whether it was made now: its owner must be told to keep a copy */
export function keyFile(file: string, make: boolean): { secret: BackupSecret; made: boolean } {
  const made = make && !existsSync(file);
  if (made) {
    privateFolder(dirname(file));
    writeWhole(file, `${KEY_FILE_WORDS}${randomBytes(32).toString('base64')}\n`);
  }
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    throw new Refused(`读不到钥匙文件 ${file}。The key file cannot be read.`);
  }
  const line = text.split('\n').find((l) => l.trim() !== '' && !l.startsWith('#')) ?? '';
  const key = Buffer.from(line.trim(), 'base64');
  if (key.length !== 32) throw new Refused(`${file} 不是钥匙文件。This is not a key file.`);
  return { secret: { kind: 'key', key }, made };
}

import { createCipheriv, createDecipheriv } from 'node:crypto';
import { open } from 'node:fs/promises';
import { Transform } from 'node:stream';
import { Refused } from '../exit';
import type { BackupSecret, SealHeader } from './key';
import { headerMac, keysFor, newHeader, sameMac } from './key';

/**
 * A sealed file: `QINGBAK1`, length and text of the header, its MAC, then chunks of 64 KB under AES-256-GCM. The nonce is the
 * chunk's number and whether it is the last (the STREAM construction, as in age): a file that was cut, continued, put in another
 * order or changed in one bit, or that is opened with another key, fails before anything is believed (reliability.md rule 68).
 */
const MAGIC = Buffer.from('QINGBAK1');
const CHUNK = 64 * 1024;
const TAG = 16;
const MAC = 32;
const MOST_HEADER = 4_096;

/** The file is not whole, or not ours, or the key is another. Nothing of it was used. */
export class DamagedBackup extends Refused {}

const nonceOf = (index: number, last: boolean): Buffer => {
  const nonce = Buffer.alloc(12);
  nonce.writeBigUInt64BE(BigInt(index), 3);
  nonce[11] = last ? 1 : 0;
  return nonce;
};

/** The bytes a sealed file begins with, and what turns plain bytes into the rest. */
export async function sealing(secret: BackupSecret): Promise<{ head: Buffer; body: Transform }> {
  const header = newHeader(secret);
  const keys = await keysFor(secret, header);
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(text.length);
  const open = Buffer.concat([MAGIC, length, text]);
  let held = Buffer.alloc(0);
  let index = 0;
  const sealed = (chunk: Buffer, last: boolean): Buffer => {
    const cipher = createCipheriv('aes-256-gcm', keys.seal, nonceOf(index++, last));
    return Buffer.concat([cipher.update(chunk), cipher.final(), cipher.getAuthTag()]);
  };
  const body = new Transform({
    transform(piece: Buffer, _encoding, done) {
      held = Buffer.concat([held, piece]);
      // One full chunk is kept back until it is known not to be the last.
      while (held.length > CHUNK) {
        this.push(sealed(held.subarray(0, CHUNK), false));
        held = held.subarray(CHUNK);
      }
      done();
    },
    flush(done) {
      this.push(sealed(held, true));
      done();
    },
  });
  return { head: Buffer.concat([open, headerMac(keys, open)]), body };
}

/** The plain bytes of a sealed file, chunk by chunk. @throws DamagedBackup, Refused (another kind of secret) */
export async function* opened(file: string, secret: BackupSecret): AsyncGenerator<Buffer> {
  const handle = await open(file, 'r');
  try {
    const source = pieces(handle);
    const { keys, rest } = await readHead(source, secret);
    let held = rest;
    let index = 0;
    for (;;) {
      // More than one chunk is there, so the first of them is not the last.
      while (held.length > CHUNK + TAG) {
        yield unseal(keys.seal, held.subarray(0, CHUNK + TAG), nonceOf(index++, false));
        held = held.subarray(CHUNK + TAG);
      }
      const next = await source.next();
      if (next.done) break;
      held = Buffer.concat([held, next.value]);
    }
    const last = unseal(keys.seal, held, nonceOf(index, true));
    if (last.length === 0 && index > 0) throw new DamagedBackup(DAMAGED);
    yield last;
  } finally {
    await handle.close();
  }
}

const DAMAGED = '备份文件不完整或被改动过，没有使用。The backup is cut or changed; nothing of it was used.';
const NOT_OURS = '这不是轻台账的备份文件。This is not a backup of ours.';
const WRONG_KEY = '钥匙不对，或文件头被改动过。Wrong key or passphrase, or a changed header.';

async function* pieces(handle: Awaited<ReturnType<typeof open>>): AsyncGenerator<Buffer> {
  for (;;) {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(256 * 1024), 0, 256 * 1024);
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
  }
}

async function readHead(source: AsyncGenerator<Buffer>, secret: BackupSecret) {
  let held = Buffer.alloc(0);
  const atLeast = async (size: number): Promise<void> => {
    while (held.length < size) {
      const next = await source.next();
      if (next.done) throw new DamagedBackup(held.subarray(0, 8).equals(MAGIC) ? DAMAGED : NOT_OURS);
      held = Buffer.concat([held, next.value]);
    }
  };
  await atLeast(MAGIC.length + 4);
  if (!held.subarray(0, MAGIC.length).equals(MAGIC)) throw new DamagedBackup(NOT_OURS);
  const length = held.readUInt32BE(MAGIC.length);
  if (length > MOST_HEADER) throw new DamagedBackup(DAMAGED);
  const end = MAGIC.length + 4 + length;
  await atLeast(end + MAC);
  const keys = await keysFor(secret, headerOf(held.subarray(MAGIC.length + 4, end)));
  if (!sameMac(headerMac(keys, held.subarray(0, end)), held.subarray(end, end + MAC)))
    throw new DamagedBackup(WRONG_KEY);
  return { keys, rest: held.subarray(end + MAC) };
}

function headerOf(text: Buffer): SealHeader {
  try {
    const header = JSON.parse(text.toString()) as Partial<SealHeader>;
    if ((header.kdf === 'key' || header.kdf === 'scrypt') && typeof header.salt === 'string')
      return header as SealHeader;
  } catch {
    // Said below.
  }
  throw new DamagedBackup(DAMAGED);
}

function unseal(key: Buffer, chunk: Buffer, nonce: Buffer): Buffer {
  if (chunk.length < TAG) throw new DamagedBackup(DAMAGED);
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG });
  decipher.setAuthTag(chunk.subarray(chunk.length - TAG));
  try {
    return Buffer.concat([decipher.update(chunk.subarray(0, chunk.length - TAG)), decipher.final()]);
  } catch {
    throw new DamagedBackup(DAMAGED);
  }
}

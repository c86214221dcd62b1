import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Readable } from 'node:stream';
import { createWriteStream } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Refused } from '@kernel/server/ops/exit';
import type { BackupSecret } from '@kernel/server/ops/backup/key';
import { opened, sealing } from '@kernel/server/ops/backup/seal';
import { dice, seedOf, times } from './support/counts';

const CHUNK = 64 * 1024;
const key: BackupSecret = { kind: 'key', key: randomBytes(32) };
const words: BackupSecret = { kind: 'passphrase', passphrase: '一棵树在操场边上 tree' };
let folder: string;

beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'qing-seal-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function seal(plain: Buffer, secret: BackupSecret): Promise<Buffer> {
  const file = join(folder, 'sealed');
  const { head, body } = await sealing(secret);
  const out = createWriteStream(file);
  out.write(head);
  await pipeline(Readable.from([plain]), body, out);
  return readFileSync(file);
}

async function open(bytes: Buffer, secret: BackupSecret): Promise<Buffer> {
  const file = join(folder, 'to-open');
  writeFileSync(file, bytes);
  const out: Buffer[] = [];
  for await (const piece of opened(file, secret)) out.push(piece);
  return Buffer.concat(out);
}

/** Everything a broken disk, a broken line or somebody else's hand does to a file. */
function mischief(whole: Buffer, seed: number): { what: string; bytes: Buffer } {
  const { below } = dice(seed);
  const at = below(whole.length);
  const body = whole.length - 3 * (CHUNK + 16);
  switch (below(6)) {
    case 0:
      return { what: `cut at ${at}`, bytes: whole.subarray(0, at) };
    case 1: {
      // At the end of a chunk: what is left is whole in itself.
      const left = body + below(3) * (CHUNK + 16);
      return { what: `cut between chunks, at ${left}`, bytes: whole.subarray(0, left) };
    }
    case 2: {
      const bytes = Buffer.from(whole);
      const bit = below(8);
      bytes[at]! ^= 1 << bit;
      return { what: `bit ${bit} of byte ${at}`, bytes };
    }
    case 3: {
      const first = whole.subarray(body - (CHUNK + 16), body);
      const second = whole.subarray(body, body + CHUNK + 16);
      const bytes = Buffer.concat([
        whole.subarray(0, body - (CHUNK + 16)),
        second,
        first,
        whole.subarray(body + CHUNK + 16),
      ]);
      return { what: 'two chunks exchanged', bytes };
    }
    case 4:
      return {
        what: 'something behind the end',
        bytes: Buffer.concat([whole, randomBytes(1 + below(CHUNK))]),
      };
    default: {
      const twice = whole.subarray(body, body + CHUNK + 16);
      return {
        what: 'a chunk twice',
        bytes: Buffer.concat([whole.subarray(0, body), twice, whole.subarray(body)]),
      };
    }
  }
}

/** A made file of exactly six chunks, so that the mischief knows where they lie. */
const SIX = randomBytes(6 * CHUNK);

describe('a sealed file', () => {
  test.each([0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK + 5])(
    'of %i bytes opens as it was',
    async (size) => {
      const plain = randomBytes(size);
      expect((await open(await seal(plain, key), key)).equals(plain)).toBe(true);
    },
  );

  test('opens with the same passphrase however it was typed, and with no other', async () => {
    const sealed = await seal(Buffer.from('姓名'), { kind: 'passphrase', passphrase: 'café au lait!' });
    const typed: BackupSecret = { kind: 'passphrase', passphrase: 'cafe\u0301 au lait!' };
    expect((await open(sealed, typed)).toString()).toBe('姓名');
    await expect(open(sealed, words)).rejects.toThrow('Wrong key');
    await expect(open(sealed, key)).rejects.toThrow('BACKUP_PASSPHRASE');
  });

  test('with another key, and what is no backup at all, is refused in words', async () => {
    const sealed = await seal(SIX, key);
    await expect(open(sealed, { kind: 'key', key: randomBytes(32) })).rejects.toThrow('Wrong key');
    await expect(open(sealed, words)).rejects.toThrow('--key');
    for (const other of [Buffer.alloc(0), Buffer.from('SQLite format 3\0'), randomBytes(CHUNK)])
      await expect(open(other, key)).rejects.toThrow('not a backup of ours');
  });

  test('says nothing of what is in it', async () => {
    const sealed = await seal(Buffer.from('林老师'.repeat(1_000)), key);
    expect(sealed.includes(Buffer.from('林老师'))).toBe(false);
    expect((await seal(SIX, key)).equals(await seal(SIX, key))).toBe(false);
  });

  test('cut, changed in one bit, reordered, repeated or continued is always refused', async () => {
    const seed = seedOf('sealed file');
    const whole = await seal(SIX, key);
    expect((await open(whole, key)).equals(SIX)).toBe(true);
    for (let i = 0; i < times('SEALED', 150, 2_000); i++) {
      const { what, bytes } = mischief(whole, seed + i);
      await expect(open(bytes, key), `${what} (seed ${seed + i})`).rejects.toThrow(Refused);
    }
  });

  test('control: chunks sealed one by one without number and end let the same mischief pass', async () => {
    const secret = randomBytes(32);
    const naive = (plain: Buffer): Buffer => {
      const out: Buffer[] = [];
      for (let at = 0; at < plain.length; at += CHUNK) {
        const cipher = createCipheriv('aes-256-gcm', secret, Buffer.alloc(12));
        out.push(cipher.update(plain.subarray(at, at + CHUNK)), cipher.final(), cipher.getAuthTag());
      }
      return Buffer.concat(out);
    };
    const reads = (bytes: Buffer): boolean => {
      try {
        for (let at = 0; at < bytes.length; at += CHUNK + 16) {
          const chunk = bytes.subarray(at, at + CHUNK + 16);
          const decipher = createDecipheriv('aes-256-gcm', secret, Buffer.alloc(12));
          decipher.setAuthTag(chunk.subarray(-16));
          decipher.update(chunk.subarray(0, -16));
          decipher.final();
        }
        return true;
      } catch {
        return false;
      }
    };
    const whole = naive(SIX);
    const passed = Array.from({ length: 100 }, (_, i) => mischief(whole, i)).filter(({ bytes }) =>
      reads(bytes),
    );
    expect(new Set(passed.map(({ what }) => what.replace(/\d+/g, '')))).toEqual(
      new Set(['cut between chunks, at ', 'two chunks exchanged', 'a chunk twice']),
    );
  });
});

import { crc32, inflateRawSync } from 'node:zlib';
import type { Refusal } from '@kernel/shared/refusal';
import { isRefusal, refuse } from '@kernel/shared/refusal';

/**
 * Opens a zip without trusting it: sizes are declared twice in the format and a hostile file lies in one place, so the
 * entries wanted are inflated here under a hard limit and packed again, and nothing else ever sees the original
 * (APPNOTE.TXT 6.3.10 §4.3; no zip64, no encryption: a school's table needs neither).
 */
export interface ZipLimits {
  readonly entries: number;
  /** Bytes of all wanted entries together, inflated. */
  readonly bytes: number;
}
export type ZipFault = 'notAZip' | 'tooManyEntries' | 'tooLargeInside' | 'encrypted' | 'damaged';

const EOCD = 0x06054b50;
const CENTRAL = 0x02014b50;
const LOCAL = 0x04034b50;
const fault = (reason: ZipFault): Refusal => refuse('org.zip', { reason });

export function unzip(
  bytes: Uint8Array,
  wanted: (name: string) => boolean,
  limits: ZipLimits,
): Map<string, Uint8Array> | Refusal {
  const zip = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (zip.length < 22 || zip.readUInt32LE(0) !== LOCAL) return fault('notAZip');
  try {
    return entriesOf(zip, wanted, limits);
  } catch (error) {
    // Offsets that lead out of the file (RangeError) and broken deflate streams end here.
    return fault((error as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE' ? 'tooLargeInside' : 'damaged');
  }
}

function entriesOf(zip: Buffer, wanted: (name: string) => boolean, limits: ZipLimits) {
  const end = endOf(zip);
  if (end < 0) return fault('damaged');
  const count = zip.readUInt16LE(end + 10);
  if (count > limits.entries) return fault('tooManyEntries');
  const files = new Map<string, Uint8Array>();
  let room = limits.bytes;
  let at = zip.readUInt32LE(end + 16);
  for (let i = 0; i < count; i++) {
    if (zip.readUInt32LE(at) !== CENTRAL) return fault('damaged');
    const nameLength = zip.readUInt16LE(at + 28);
    const name = zip.toString('utf8', at + 46, at + 46 + nameLength);
    if (zip.readUInt16LE(at + 8) & 1) return fault('encrypted');
    if (wanted(name)) {
      if (zip.readUInt32LE(at + 24) > room) return fault('tooLargeInside');
      const data = dataOf(zip, at, room);
      if (isRefusal(data)) return data;
      room -= data.length;
      files.set(name, data);
    }
    at += 46 + nameLength + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
  return files;
}

function endOf(zip: Buffer): number {
  for (let at = zip.length - 22; at >= Math.max(0, zip.length - 22 - 0xffff); at--)
    if (zip.readUInt32LE(at) === EOCD) return at;
  return -1;
}

function dataOf(zip: Buffer, central: number, room: number): Uint8Array | Refusal {
  const method = zip.readUInt16LE(central + 10);
  const local = zip.readUInt32LE(central + 42);
  if (zip.readUInt32LE(local) !== LOCAL) return fault('damaged');
  const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
  const packed = zip.subarray(start, start + zip.readUInt32LE(central + 20));
  if (method === 0) return packed.length > room ? fault('tooLargeInside') : packed;
  if (method !== 8) return fault('damaged');
  return inflateRawSync(packed, { maxOutputLength: Math.max(1, room) });
}

/** The entries as a zip of stored files. */
export function zipStored(files: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let offset = 0;
  for (const [name, data] of files) {
    const path = Buffer.from(name, 'utf8');
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(0x0800, 2);
    common.writeUInt32LE(crc32(data), 10);
    common.writeUInt32LE(data.length, 14);
    common.writeUInt32LE(data.length, 18);
    common.writeUInt16LE(path.length, 22);
    parts.push(word(LOCAL), common, path, data);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(offset, 10);
    directory.push(word(CENTRAL), Buffer.from([20, 0]), common, place, path);
    offset += 30 + path.length + data.length;
  }
  const size = directory.reduce((sum, part) => sum + part.length, 0);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(files.size, 4);
  end.writeUInt16LE(files.size, 6);
  end.writeUInt32LE(size, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...parts, ...directory, word(EOCD), end]);
}

function word(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

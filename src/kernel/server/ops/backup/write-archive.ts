import { renameSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { privateFolder, syncFile, syncFolder, temporaryName } from '../files';
import type { BackupHead, Snapshot } from './format';
import type { BackupSecret } from './key';
import type { Contents } from './read-archive';
import { readArchive } from './read-archive';
import { sealing } from './seal';

export interface Written extends Contents {
  readonly file: string;
  readonly bytes: number;
}

/**
 * Writes a snapshot to a file: packed, sealed, under a temporary name until it is whole, on the disk and read back to its last
 * byte. A failure or an abort leaves nothing behind.
 */
export async function writeArchive(
  file: string,
  snapshot: Snapshot,
  secret: BackupSecret,
  about: { build: string; taken: number; signal?: AbortSignal },
): Promise<Written> {
  privateFolder(dirname(file));
  const head: BackupHead = { ...snapshot.head, build: about.build, taken: about.taken };
  const rows = new Map<string, number>();
  const temporary = temporaryName(file);
  // Opened here, so that a stop at any moment finds a file to remove and none comes into being after it.
  const out = (await open(temporary, 'wx', 0o600)).createWriteStream();
  try {
    const seal = await sealing(secret);
    out.write(seal.head);
    const lines = Readable.from(linesOf(head, snapshot, rows), { objectMode: false });
    await pipeline(lines, createGzip({ level: 6 }), seal.body, out, { signal: about.signal });
    syncFile(temporary);
    // A file nobody has read is not a backup yet.
    await readArchive(temporary, secret, { rows: () => about.signal?.throwIfAborted() });
    renameSync(temporary, file);
    syncFolder(dirname(file));
    return { head, rows, file, bytes: out.bytesWritten };
  } catch (error) {
    out.on('error', () => undefined).destroy();
    if (!out.closed) await new Promise<void>((resolve) => out.once('close', () => resolve()));
    rmSync(temporary, { force: true });
    throw error;
  }
}

async function* linesOf(
  head: BackupHead,
  snapshot: Snapshot,
  counts: Map<string, number>,
): AsyncGenerator<string> {
  const line = (value: unknown): string => `${JSON.stringify(value)}\n`;
  yield line(head);
  let total = 0;
  for (const { name, columns } of snapshot.tables) {
    yield line({ table: name, columns });
    let rows = 0;
    for await (const portion of snapshot.rows(name)) {
      rows += portion.length;
      yield portion.map(line).join('');
    }
    yield line({ end: name, rows });
    counts.set(name, rows);
    total += rows;
  }
  yield line({ done: true, tables: counts.size, rows: total });
}

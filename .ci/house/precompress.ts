/**
 * A .br and .gz beside every text file of a build, made once: the server then sends the smallest form without spending a
 * phone's wait or a school machine's CPU on it.
 */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

const TEXT = /\.(html|js|mjs|css|svg|json|webmanifest|txt|xml)$/;
/** Below this the headers cost more than the packing saves. */
const WORTH_IT = 512;

const packBr = promisify(brotliCompress);
const packGz = promisify(gzip);

export async function compress(folder: string): Promise<void> {
  const entries = await readdir(folder, { recursive: true });
  await Promise.all(entries.filter((name) => TEXT.test(name)).map((name) => pack(join(folder, name))));
}

async function pack(file: string): Promise<void> {
  const raw = await readFile(file);
  if (raw.length < WORTH_IT) return;
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: raw.length };
  const [br, gz] = await Promise.all([packBr(raw, { params }), packGz(raw, { level: 9 })]);
  await Promise.all([writeFile(`${file}.br`, br), writeFile(`${file}.gz`, gz)]);
}

import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type { BackupHead, Cell } from './format';
import { FORMAT } from './format';
import type { BackupSecret } from './key';
import { DamagedBackup, opened } from './seal';

/** What a whole backup holds. */
export interface Contents {
  readonly head: BackupHead;
  readonly rows: ReadonlyMap<string, number>;
}

/** What reads a backup's tables one after another. Rows come in portions; every table ends before the next begins. */
export interface Reader {
  table?(name: string, columns: readonly string[]): void | Promise<void>;
  rows?(name: string, rows: readonly Cell[][]): void | Promise<void>;
  end?(name: string, rows: number): void | Promise<void>;
}

const PORTION = 500;
const NOT_WHOLE = '备份的内容不完整，没有使用。The contents of the backup are not whole; nothing was used.';

/**
 * Reads a backup from its first to its last byte. Resolves only when all of it was there, in order, with the counts it names:
 * called without a reader it is the check before anything is touched.
 * @throws DamagedBackup
 */
export async function readArchive(
  file: string,
  secret: BackupSecret,
  reader: Reader = {},
): Promise<Contents> {
  const state: Reading = { head: null, table: null, columns: 0, portion: [], rows: new Map(), done: false };
  for await (const text of linesIn(file, secret)) {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      throw new DamagedBackup(NOT_WHOLE);
    }
    await step(state, value, reader);
  }
  if (!state.done || !state.head) throw new DamagedBackup(NOT_WHOLE);
  return { head: state.head, rows: state.rows };
}

interface Reading {
  head: BackupHead | null;
  table: string | null;
  columns: number;
  portion: Cell[][];
  readonly rows: Map<string, number>;
  done: boolean;
}

async function step(s: Reading, value: unknown, reader: Reader): Promise<void> {
  const fail = (): never => {
    throw new DamagedBackup(NOT_WHOLE);
  };
  if (s.done) fail();
  if (s.head === null) {
    const head = value as BackupHead;
    if (head?.qing !== 'backup') fail();
    if (head.format > FORMAT)
      throw new DamagedBackup(
        '备份来自更新的版本，请先升级。The backup is of a newer version; upgrade first.',
      );
    s.head = head;
    return;
  }
  if (Array.isArray(value)) {
    if (s.table === null || value.length !== s.columns) fail();
    s.portion.push(value as Cell[]);
    if (s.portion.length >= PORTION) await flush(s, reader);
    return;
  }
  const mark = value as {
    table?: string;
    columns?: string[];
    end?: string;
    rows?: number;
    done?: true;
    tables?: number;
  };
  if (mark.table !== undefined && mark.columns !== undefined && s.table === null && !s.rows.has(mark.table)) {
    s.table = mark.table;
    s.columns = mark.columns.length;
    s.rows.set(mark.table, 0);
    await reader.table?.(mark.table, mark.columns);
  } else if (mark.end !== undefined && mark.end === s.table) {
    await flush(s, reader);
    if (s.rows.get(mark.end) !== mark.rows) fail();
    s.table = null;
    await reader.end?.(mark.end, mark.rows!);
  } else if (mark.done && s.table === null) {
    const total = [...s.rows.values()].reduce((a, b) => a + b, 0);
    if (mark.tables !== s.rows.size || mark.rows !== total) fail();
    s.done = true;
  } else fail();
}

async function flush(s: Reading, reader: Reader): Promise<void> {
  if (s.portion.length === 0) return;
  const table = s.table!;
  s.rows.set(table, s.rows.get(table)! + s.portion.length);
  await reader.rows?.(table, s.portion);
  s.portion = [];
}

async function* linesIn(file: string, secret: BackupSecret): AsyncGenerator<string> {
  const gunzip = createGunzip();
  const plain = pipeline(Readable.from(opened(file, secret)), gunzip);
  // Its failure reaches us through the loop below; only then is it nobody's.
  plain.catch(() => undefined);
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let rest = '';
  try {
    for await (const piece of gunzip as AsyncIterable<Buffer>) {
      const lines = (rest + decoder.decode(piece, { stream: true })).split('\n');
      rest = lines.pop()!;
      yield* lines;
    }
    await plain;
  } catch (error) {
    // What was sealed whole unpacks whole; if not, it was not made by us.
    if (/^Z_|ERR_ENCODING/.test(String((error as { code?: unknown }).code)))
      throw new DamagedBackup(NOT_WHOLE);
    throw error;
  }
  if (rest !== '') throw new DamagedBackup(NOT_WHOLE);
}

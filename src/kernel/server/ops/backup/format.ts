import type { Dialect } from '../../store/migrate';

/**
 * What a backup holds, before it is packed and sealed: one JSON value a line. An object opens or closes something, an array is a
 * row. The same lines can be read into either database.
 *
 *   {"qing":"backup","format":1,…}          once
 *   {"table":"record","columns":[…]}        for each table, parents before children
 *   ["…",1,null,…]                          its rows
 *   {"end":"record","rows":123}
 *   {"done":true,"tables":12,"rows":4567}   once; what does not end so is not whole
 *
 * Times are ISO texts, bytes `{"b":base64}`, truth is `true` or 1 as the database had it.
 */
export const FORMAT = 1;

export interface BackupHead {
  readonly qing: 'backup';
  readonly format: number;
  /** The database it was taken from. */
  readonly dialect: Dialect;
  readonly build: string;
  /** When the snapshot was taken, ms. */
  readonly taken: number;
  readonly epoch: string;
  /** Migrations the snapshot has. */
  readonly steps: readonly string[];
}

export type Cell = string | number | boolean | null | { readonly b: string };

/** One moment of a database, held open while it is read. */
export interface Snapshot {
  readonly head: Omit<BackupHead, 'build' | 'taken'>;
  readonly tables: readonly { readonly name: string; readonly columns: readonly string[] }[];
  /** Rows of a table in portions of some hundred. */
  rows(table: string): AsyncIterable<readonly Cell[][]>;
  close(): Promise<void>;
}

/** Tables that the migrations make and fill themselves. */
export const OWN_TABLES: readonly string[] = ['kernel_migration', 'kernel_migration_lock'];

/** Parents before children, else in the order given. */
export function parentsFirst(
  names: readonly string[],
  parentsOf: (name: string) => readonly string[],
): string[] {
  const out = new Set<string>();
  const visit = (name: string, above: readonly string[]): void => {
    if (out.has(name) || above.includes(name) || !names.includes(name)) return;
    for (const parent of parentsOf(name)) visit(parent, [...above, name]);
    out.add(name);
  };
  for (const name of names) visit(name, []);
  return [...out];
}

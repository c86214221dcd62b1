import Database from 'better-sqlite3';
import type { Cell, Snapshot } from './format';
import { OWN_TABLES, parentsFirst } from './format';

const PORTION = 500;

/**
 * A snapshot of a SQLite file on a connection of its own, beside whoever writes: a read transaction sees one moment. Rows are read
 * on the call stack, so between portions the event loop gets its turn.
 */
export async function sqliteSnapshot(file: string): Promise<Snapshot> {
  const db = new Database(file, { readonly: true, fileMustExist: true });
  try {
    db.pragma('busy_timeout = 5000');
    db.exec('begin');
    const names = all<{ name: string }>(
      db,
      "select name from sqlite_master where type = 'table' and name not like 'sqlite_%' order by name",
    ).map((t) => t.name);
    const parentsOf = (name: string): string[] =>
      all<{ table: string }>(db, `pragma foreign_key_list(${quoted(name)})`).map((f) => f.table);
    const tables = parentsFirst(
      names.filter((name) => !OWN_TABLES.includes(name)),
      parentsOf,
    ).map((name) => ({
      name,
      columns: all<{ name: string }>(db, `pragma table_info(${quoted(name)})`).map((c) => c.name),
    }));
    const epoch = all<{ value: string }>(db, "select value from meta where key = 'epoch'")[0]?.value ?? '';
    const steps = all<{ name: string }>(db, 'select name from kernel_migration').map((s) => s.name);
    return {
      head: { qing: 'backup', format: 1, dialect: 'sqlite', epoch, steps: steps.sort() },
      tables,
      async *rows(table) {
        const { columns } = tables.find((t) => t.name === table)!;
        const read = db.prepare(`select ${columns.map(quoted).join(', ')} from ${quoted(table)}`).raw();
        let portion: Cell[][] = [];
        for (const row of read.iterate() as IterableIterator<unknown[]>) {
          portion.push(row.map(cellOf));
          if (portion.length < PORTION) continue;
          yield portion;
          portion = [];
          await new Promise((resolve) => setImmediate(resolve));
        }
        if (portion.length > 0) yield portion;
      },
      close() {
        db.close();
        return Promise.resolve();
      },
    };
  } catch (error) {
    db.close();
    throw error;
  }
}

const all = <T>(db: Database.Database, sql: string): T[] => db.prepare(sql).all() as T[];

export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

const cellOf = (value: unknown): Cell =>
  Buffer.isBuffer(value) ? { b: value.toString('base64') } : (value as Cell);

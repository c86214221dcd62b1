import { randomBytes } from 'node:crypto';
import { copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { openPostgres } from '@kernel/server/store/postgres';
import { openSqlite } from '@kernel/server/store/sqlite';
import type { Store } from '@kernel/server/store/store';
import type { Dialect } from '../../support/databases';
import { databaseFolder } from '../../support/folders';

const url = process.env.TEST_DATABASE_URL;

/** A place for one database: a folder of its own, or an empty PostgreSQL database. Nothing is opened yet. */
export interface Place {
  readonly dialect: Dialect;
  /** A folder in any case: for backups, keys and the SQLite file. */
  readonly folder: string;
  /** What a backup is taken from. */
  readonly from: { readonly file: string } | { readonly databaseUrl: string };
  /** Where a backup is restored to. */
  readonly into: { readonly dataDir: string } | { readonly databaseUrl: string };
  readonly databaseUrl: string | null;
  open(): Promise<Store>;
  /** Closes what was opened, so that nobody is connected. */
  shut(): Promise<void>;
  drop(): Promise<void>;
}

/** @param like a place nobody is connected to, whose database the new one begins with */
export async function freshPlace(dialect: Dialect, like?: Place): Promise<Place> {
  const folder = databaseFolder('qing-ops-');
  const file = join(folder, 'qing.sqlite');
  if (like && 'file' in like.from) copyFileSync(like.from.file, file);
  const opened: Store[] = [];
  const shut = async (): Promise<void> => {
    for (const store of opened.splice(0)) await store.close();
  };
  const keep = async (made: Promise<Store>): Promise<Store> => {
    const store = await made;
    opened.push(store);
    return store;
  };
  const tidy = async (): Promise<void> => {
    await shut();
    rmSync(folder, { recursive: true, force: true });
  };
  if (dialect === 'sqlite')
    return {
      dialect,
      folder,
      from: { file },
      into: { dataDir: folder },
      databaseUrl: null,
      open: () => keep(openSqlite(file)),
      shut,
      drop: tidy,
    };
  const name = `qing_ops_${randomBytes(6).toString('hex')}`;
  const template = like?.databaseUrl ? ` template ${new URL(like.databaseUrl).pathname.slice(1)}` : '';
  await admin(`create database ${name}${template}`);
  const own = new URL(url!);
  own.pathname = `/${name}`;
  const databaseUrl = own.href;
  return {
    dialect,
    folder,
    from: { databaseUrl },
    into: { databaseUrl },
    databaseUrl,
    open: () => keep(openPostgres(databaseUrl)),
    shut,
    async drop() {
      await tidy();
      await admin(`drop database ${name} with (force)`);
    },
  };
}

async function admin(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url! });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

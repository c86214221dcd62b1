import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import pg from 'pg';
import { root, scratch } from './paths';

export type Dialect = 'sqlite' | 'postgres';

/** Where one server keeps its data, as it is told to the server. */
export interface Place {
  readonly dataDir: string;
  readonly databaseUrl: string | null;
}
export interface Database {
  readonly place: Place;
  drop(): Promise<void>;
}

/** Makes empty databases; on PostgreSQL in the server of TEST_DATABASE_URL or one of its own, as the tests do. */
export interface Databases {
  fresh(): Promise<Database>;
  close(): Promise<void>;
}

export async function openDatabases(dialect: Dialect): Promise<Databases> {
  const server = dialect === 'postgres' ? await startPostgres() : null;
  return {
    async fresh() {
      mkdirSync(scratch, { recursive: true });
      const dataDir = mkdtempSync(join(scratch, 'data-'));
      const removeDir = (): void => rmSync(dataDir, { recursive: true, force: true });
      if (!server) return { place: { dataDir, databaseUrl: null }, drop: () => Promise.resolve(removeDir()) };
      const name = `qing_bench_${randomBytes(6).toString('hex')}`;
      await admin(server.url, `create database ${name}`);
      const url = new URL(server.url);
      url.pathname = `/${name}`;
      return {
        place: { dataDir, databaseUrl: url.href },
        async drop() {
          removeDir();
          await admin(server.url, `drop database if exists ${name} with (force)`);
        },
      };
    },
    close: () => server?.stop() ?? Promise.resolve(),
  };
}

async function startPostgres(): Promise<{ url: string; stop(): Promise<void> }> {
  const helper = (await import(pathToFileURL(join(root, '.ci/lib/postgres.mjs')).href)) as {
    startPostgres(root: string): Promise<{ url: string; stop(): Promise<void> }>;
  };
  return helper.startPostgres(root);
}

async function admin(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

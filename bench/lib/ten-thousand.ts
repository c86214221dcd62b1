import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import type { Page } from 'playwright-core';
import type { BenchPage } from '../page/main';
import type { BenchContext } from './bench';
import type { Browser } from './browser';
import { openBrowser } from './browser';
import { Child } from './child';
import { openDatabases } from './databases';
import { bundlePage } from './page';
import { note } from './report';

export const RECORDS = 10_000;
const FIRST_DAY = '2026-08-30';

/** Somebody who may read so many records: a dean who teaches. */
export interface Reader {
  readonly school: string;
  readonly person: string;
  readonly cookie: string;
  /** Records this person may read. */
  readonly records: number;
  /** What this person owes in the two weeks that are open. */
  readonly commands: readonly { readonly name: string; readonly args: unknown }[];
}

export interface TenThousand {
  readonly reader: Reader;
  /** Pages a fresh phone needs. */
  readonly pages: number;
  /** Serves a built client over the same data, or the bench page when none is given; what it serves is listed at its start. */
  serve(clientFolder?: string): Promise<{ origin: string }>;
}

const made = new Map<number, Promise<TenThousand>>();

/** A school that has lived until one person may read so many records. Made once for all benches. */
export function livedSchool(context: BenchContext, records: number): Promise<TenThousand> {
  const found = made.get(records) ?? make(context, records);
  made.set(records, found);
  return found;
}
export const tenThousand = (context: BenchContext): Promise<TenThousand> => livedSchool(context, RECORDS);

async function make(context: BenchContext, records: number): Promise<TenThousand> {
  const databases = await openDatabases('sqlite');
  const data = await databases.fresh();
  const bundled = await bundlePage();
  const server = Child.start(context.bundle.file('ours'));
  context.atEnd(async () => {
    await server.stop();
    bundled.remove();
    await data.drop();
    await databases.close();
  });
  await server.ask('open', { ...data.place, clientFolder: null });
  const reader = await server.ask<Reader>('live', { day: FIRST_DAY, records });
  note(`a school with ${reader.records} records for one reader`);
  const pages = await server.ask<string[]>('feed', reader);
  writeFloor(bundled.folder, pages);
  return {
    reader,
    pages: pages.length,
    async serve(clientFolder = bundled.folder) {
      const { port } = await server.ask<{ port: number }>('open', { ...data.place, clientFolder });
      return { origin: `http://127.0.0.1:${port}` };
    },
  };
}

/** The same pages as files, compressed as the server does it. */
function writeFloor(folder: string, pages: readonly string[]): void {
  mkdirSync(join(folder, 'floor'));
  pages.forEach((text, i) => {
    const file = join(folder, `floor/${i}.json`);
    writeFileSync(file, text);
    const params = { [constants.BROTLI_PARAM_QUALITY]: 4 };
    writeFileSync(`${file}.br`, brotliCompressSync(text, { params }));
  });
}

/** The bench page in a browser with an empty profile. */
export async function openBenchPage(
  origin: string,
  cookie: string,
): Promise<{ page: Page; browser: Browser }> {
  const browser = await openBrowser({ origin, cookie });
  const page = await browser.context.newPage();
  page.on('pageerror', (error) => note(`page: ${error.message}`));
  await page.goto(origin);
  await page.waitForFunction(() => 'bench' in globalThis);
  return { page, browser };
}

/** Type of the page's global object, for `page.evaluate`. */
export type BenchGlobal = { bench: BenchPage };

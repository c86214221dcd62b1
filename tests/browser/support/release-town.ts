import { randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import type { serve as Serve, Served } from '@app/server/serve';
import type { SchoolRow } from '@kernel/server/store/store';
import { uuidv7 } from '@kernel/shared/ids';
import { HandClock } from '../../support/clock';
import { C1, C2, PEOPLE, smallSchool, type Who } from '../../support/small-school';
import { Phone } from './phone';
import type { Releases } from './releases';
import { type Change } from './releases';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const PASSWORD = 'a long password';

/** 小小中学 on a server that is released to again and again: same address, same data, other files. Monday, 16:30. */
export class ReleaseTown {
  readonly clock = new HandClock('2026-11-20', '16:30');
  readonly errors: unknown[] = [];
  readonly folder = mkdtempSync(join(tmpdir(), 'qing-town-'));
  readonly client = join(this.folder, 'client');
  build = '';
  /** True: what phones send is not taken, as if the database were away. */
  busy = false;
  /** Every phone that was given out here. */
  readonly phones: Phone[] = [];
  private served: Served | null = null;
  private port = 0;
  private row!: SchoolRow;
  private serial = 0;

  private constructor(
    private readonly releases: Releases,
    private readonly browser: Browser,
  ) {}

  /** Opens with release `n`. */
  static async opens(
    releases: Releases,
    browser: Browser,
    n: number,
    change: Change = {},
  ): Promise<ReleaseTown> {
    const town = new ReleaseTown(releases, browser);
    await town.release(n, change);
    const { kernel, jobs } = town.served!;
    town.row = { id: randomUUID(), name: '小小中学', zone: 'Asia/Shanghai', example: false };
    await kernel.createSchool(town.row);
    await kernel.systemAll(town.row.id, [
      { key: 'import', name: 'org.v1.applyImport', args: smallSchool() },
      { key: 'admin', name: 'org.v1.addAdmin', args: { person: 'xu', create: null } },
    ]);
    await jobs.runOnce();
    // What “the same as last time” goes back to: Monday's homework, assigned, signed and published.
    const monday: string[] = [];
    for (const [who, subject] of [
      ['lin', 'math'],
      ['mei', 'chinese'],
      ['gao', 'english'],
    ] as const)
      monday.push(
        await town.acts(who, 'homework.v1.assign', {
          classes: [C1, C2],
          subject,
          date: '2026-11-23',
          form: 'written',
          tiers: [{ tier: 'A', content: '练习册第 32 页 1–6 题', minutes: 12 }],
          copiedFrom: null,
        }),
      );
    for (const [step, who] of (['zhao', 'song', 'qin'] as const).entries())
      await town.acts(who, 'homework.v1.sign', { step, items: monday.map((id) => ({ id, round: 1 })) });
    for (const time of ['09:00', '16:30']) {
      town.clock.at('2026-11-23', time);
      await jobs.runOnce();
    }
    return town;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }
  get kernel(): Served['kernel'] {
    return this.served!.kernel;
  }
  get school(): SchoolRow {
    return this.row;
  }

  /** Publishes release `n` beside what is served, and starts the server anew on it. */
  async release(n: number, change: Change = {}): Promise<void> {
    this.build = await this.releases.publish(n, this.client, change);
    await this.starts();
  }
  async starts(options: { killWorker?: boolean } = {}): Promise<void> {
    await this.stops();
    const main = join(process.env.DIST_FOLDER ?? join(root, 'dist'), 'server/main.js');
    if (!existsSync(main)) throw new Error(`${main} is missing: run \`npm run build\` first`);
    const { serve } = (await import(/* @vite-ignore */ pathToFileURL(main).href)) as { serve: typeof Serve };
    const dataDir = join(this.folder, 'data');
    const place = {
      port: this.port,
      host: '127.0.0.1',
      dataDir,
      databaseUrl: null,
      clientFolder: this.client,
    };
    const log = {
      error: (fields: Record<string, unknown>) => void this.errors.push(fields),
      info: () => undefined,
    };
    this.served = await serve({ ...place, ...options }, { clock: this.clock, log, startJobs: false });
    this.port = this.served.port;
    const { kernel } = this.served;
    const push = kernel.push.bind(kernel);
    kernel.push = (school, commands) =>
      this.busy && commands.length > 0 ? Promise.reject(new Error('busy')) : push(school, commands);
  }
  async stops(): Promise<void> {
    await this.served?.close();
    this.served = null;
  }
  async closes(): Promise<void> {
    for (const phone of this.phones.splice(0)) await phone.isPutAway();
    await this.stops();
    rmSync(this.folder, { recursive: true, force: true });
  }

  async acts(who: Who, name: string, args: unknown): Promise<string> {
    const at = this.clock.now();
    this.serial += 1;
    const id = uuidv7(at, new Uint8Array(10).fill(this.serial));
    const [result] = await this.kernel.push(this.row, [
      {
        id,
        device: `unseen-${who}`,
        deviceSeq: this.serial,
        actor: who,
        name,
        args,
        argsText: JSON.stringify(args),
        at,
        time: { earliest: at, latest: at },
      },
    ]);
    if (result?.outcome !== 'accepted') throw new Error(`${who} was ${result?.outcome}: ${result?.code}`);
    return id;
  }

  async phone(
    who: Who,
    options: BrowserContextOptions = {},
    before?: (phone: Phone) => Promise<unknown>,
    url = this.url,
  ): Promise<Phone> {
    const { auth } = this.kernel;
    if ((await auth.accountOf(this.row.id, who)) === null)
      await auth.createAccount({
        school: this.row.id,
        person: who,
        account: `${who}.test`,
        password: PASSWORD,
        name: PEOPLE[who],
      });
    const phone = await Phone.out(this.browser, url, options);
    this.phones.push(phone);
    await before?.(phone);
    await phone.signsIn(`${who}.test`, PASSWORD);
    return phone;
  }
}

/** Which release a page is of. */
export const buildOf = (page: Page): Promise<string | undefined> =>
  page.evaluate(() => document.documentElement.dataset['build']);

/** Kept by the worker of this release: it is in charge, and complete. */
export async function isUnderWorker(page: Page): Promise<void> {
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
}

/** The browser looks for a new worker, as it does by itself now and then. */
export const looksForUpdate = (page: Page): Promise<void> =>
  page
    .evaluate(async () => void (await (await navigator.serviceWorker.getRegistration())?.update()))
    .catch(noted);

/** The newest worker takes over, as when somebody updates in another tab. */
export const takesNewest = (page: Page): Promise<void> =>
  page.evaluate(async () => {
    const registration = (await navigator.serviceWorker.getRegistration())!;
    await registration.update();
    while (!registration.waiting) await new Promise((done) => setTimeout(done, 20));
    const taken = new Promise((done) =>
      navigator.serviceWorker.addEventListener('controllerchange', done, { once: true }),
    );
    registration.waiting.postMessage({ type: 'SKIP_WAITING' });
    await taken;
  });

/** Leaves a mark that only a reload takes away. */
export const mark = (page: Page, name: string): Promise<void> =>
  page.evaluate((n) => void ((window as unknown as { marked?: string }).marked = n), name);
export const markOf = (page: Page): Promise<string | undefined> =>
  page.evaluate(() => (window as unknown as { marked?: string }).marked).catch(noted);

/** A page that is just being replaced cannot be asked: whoever asks looks again. */
const noted = (): undefined => undefined;

/** Pages the browser has opened here since: a reload is one. */
export function countOpenings(page: Page): () => number {
  let count = 0;
  page.on('request', (request) => {
    if (request.isNavigationRequest() && request.frame() === page.mainFrame()) count += 1;
  });
  return () => count;
}

import { Dexie } from 'dexie';
import { pause } from './within';

/** A newer window waits for us: what is being typed gets this long to be saved before the database is given up, ms. */
const YIELD_MS = 1_000;

/**
 * A database that is never opened by code older than its contents, never stands in a newer window's way, and is never opened
 * again behind the back of whoever closed it (reliability.md rules 39 and 44).
 */
export abstract class GuardedDb extends Dexie {
  /** Closed on purpose: nothing may open it again. */
  ended = false;
  /** Another window with a newer build asked for the database and got it. */
  yielded = false;
  /** Called before the database is given up to a newer window: the moment to save drafts. True = nothing is left unsaved. */
  beforeYield: (() => Promise<boolean>) | null = null;
  /** Called when it has been given up. */
  onYielded: ((saved: boolean) => void) | null = null;

  /** Writing transactions that have neither come through nor failed. */
  private readonly unfinished = new Set<IDBTransaction>();

  protected constructor(name: string) {
    // `cache: disabled`: Dexie's cache shows writes before they are committed, and "kept" must be true when it is said.
    super(name, {
      chromeTransactionDurability: 'strict',
      cache: 'disabled',
      indexedDB: exactly(Dexie.dependencies.indexedDB as IDBFactory | undefined),
    } as ConstructorParameters<typeof Dexie>[1]);
    // `false` keeps Dexie's own answer away: it would close at once and open again at the next call.
    this.on('versionchange', () => {
      void this.giveWay();
      return false;
    });
    this.use({
      stack: 'dbcore',
      name: 'unfinished',
      create: (core) => ({
        ...core,
        transaction: (stores, mode, options) => {
          const tx = core.transaction(stores, mode, options);
          if (mode === 'readwrite') this.note(tx as unknown as IDBTransaction);
          return tx;
        },
      }),
    });
  }

  /** Also when Dexie opens by itself, at the first use. */
  override open(): ReturnType<Dexie['open']> {
    const opening = super.open.bind(this);
    return asleep() ? Dexie.Promise.resolve(awake()).then(() => opening()) : opening();
  }

  /** Whether what is on the phone is still of an older version than this code wants; false where the browser keeps no list. */
  async behind(): Promise<boolean> {
    try {
      const all = await Dexie.dependencies.indexedDB.databases();
      // Dexie counts in tenths.
      return all.some((d) => d.name === this.name && d.version! < this.verno * 10);
    } catch {
      return false;
    }
  }

  /** Undoes whatever hangs, so that what waits behind it can go on. For whoever has waited long enough to know that it hangs. */
  callOff(): void {
    for (const tx of this.unfinished) {
      try {
        tx.abort();
      } catch {
        // Being committed just now, after all.
      }
    }
  }

  end(): void {
    this.ended = true;
    this.close();
  }

  private note(tx: IDBTransaction): void {
    this.unfinished.add(tx);
    const over = (): void => void this.unfinished.delete(tx);
    tx.addEventListener('complete', over);
    tx.addEventListener('abort', over);
  }

  private async giveWay(): Promise<void> {
    if (this.ended) return;
    const saving = this.beforeYield?.().catch(() => false) ?? true;
    const saved = await Promise.race([saving, pause(YIELD_MS).then(() => false)]);
    this.yielded = true;
    this.end();
    this.onYielded?.(saved);
  }
}

/**
 * Dexie 4 answers a database of a newer version by opening it all the same, and may then add to it what the old code misses.
 * It does so by asking without a version; that question is refused here, and the data stays untouched (reliability.md B9).
 */
function exactly(idb: IDBFactory | undefined): IDBFactory | undefined {
  if (!idb) return undefined;
  const guarded = {
    open(name: string, version?: number) {
      if (version === undefined)
        throw new DOMException(`${name} was written by a newer build`, 'VersionError');
      return idb.open(name, version);
    },
    deleteDatabase: (name: string) => idb.deleteDatabase(name),
    cmp: (a: unknown, b: unknown) => idb.cmp(a, b),
    databases: () => idb.databases(),
  };
  return guarded as IDBFactory;
}

let woken = false;

/** Safari 14 leaves the first request of a page unanswered until somebody has asked for the list (webkit 226547). */
function asleep(): boolean {
  if (woken || typeof navigator === 'undefined') return false;
  const agent = navigator.userAgent;
  const own = Dexie.dependencies.indexedDB === globalThis.indexedDB;
  return own && /Safari\//.test(agent) && !/Chrom(e|ium)\//.test(agent) && 'databases' in indexedDB;
}

async function awake(): Promise<void> {
  let timer: ReturnType<typeof setInterval> | undefined;
  const answered = new Promise<void>((done) => {
    const ask = (): void =>
      void indexedDB.databases().then(
        () => done(),
        () => done(),
      );
    timer = setInterval(ask, 100);
    ask();
  });
  await Promise.race([answered, pause(2_000)]);
  clearInterval(timer);
  woken = true;
}

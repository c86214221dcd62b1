import './globals';
import { Dexie } from 'dexie';
import { IDBFactory, IDBKeyRange, IDBTransaction } from 'fake-indexeddb';
import type { Owner, Scheduler } from './scheduler';

/** As much of fake-indexeddb 6's inside as a power cut needs. */
interface RawStore {
  readonly records: { values(): Iterable<{ value: unknown }> };
}
interface RawDatabase {
  transactions: RawTransaction[];
  connections: RawConnection[];
  readonly rawObjectStores: Map<string, RawStore>;
  processTransactions(): void;
}
interface Listening {
  listeners: { callback: unknown }[];
}
interface RawConnection extends Listening {
  readonly name: string;
  readonly _rawDatabase: RawDatabase;
  _closed: boolean;
  _closePending: boolean;
  close(): void;
}
interface RawTransaction extends Listening {
  readonly db: RawConnection;
  readonly mode: string;
  readonly _openRequest: object | null;
  readonly _requests: { request: Listening & { readyState: string } }[];
  _state: string;
  _started: boolean;
  _start(): void;
  _abort(name: string | null): void;
}

let scheduler: Scheduler | null = null;
const owners = new WeakMap<object, Owner>();
const ownerOf = (tx: RawTransaction): Owner | undefined =>
  owners.get(tx.db) ?? (tx._openRequest ? owners.get(tx._openRequest) : undefined);
/** Owners whose next commits find the disk full: of what they write in quantity, not of who is signed in. */
const full = new WeakMap<Owner, { left: number; fails: () => boolean }>();

/** One phone's storage: survives its pages, is shared by its tabs, and can be looked at without disturbing anybody. */
export class PhoneStorage extends IDBFactory {
  private readonly opening = new Map<object, Owner>();

  override open(name: string, version?: number): IDBOpenDBRequest {
    const request = version === undefined ? super.open(name) : super.open(name, version);
    const who = scheduler?.current;
    if (!who) return request;
    owners.set(request, who);
    this.opening.set(request, who);
    const mark = (): void => void owners.set(request.result, who);
    request.addEventListener('upgradeneeded', mark);
    request.addEventListener('success', () => {
      mark();
      this.opening.delete(request);
    });
    request.addEventListener('error', () => this.opening.delete(request));
    return request;
  }

  /** The page is gone: its open transactions are rolled back, its connections closed, and it never hears of it. */
  powerOff(who: Owner): void {
    for (const raw of this.databases_().values()) {
      for (const tx of [...raw.transactions])
        if (ownerOf(tx) === who && tx._state !== 'finished') rollBack(tx, raw);
      for (const connection of raw.connections.filter((c) => owners.get(c) === who)) {
        silence(connection);
        connection.close();
      }
      raw.processTransactions();
    }
    for (const [request, opener] of this.opening) {
      if (opener !== who) continue;
      this.opening.delete(request);
      const left = request as IDBOpenDBRequest & Listening;
      silence(left);
      left.onsuccess = () => left.result.close();
    }
  }

  /** WebKit: the connections are closed under the page's hands. */
  loseConnections(who: Owner): void {
    for (const raw of this.databases_().values()) {
      for (const tx of [...raw.transactions])
        if (ownerOf(tx) === who && tx._state !== 'finished' && tx.mode !== 'versionchange') {
          tx._state = 'active';
          tx._abort('UnknownError');
        }
      for (const c of raw.connections) if (owners.get(c) === who) c.close();
    }
  }

  /** Of the next so many commits, those fail of which `fails` says so. */
  fillsUp(who: Owner, commits: number, fails: () => boolean = () => true): void {
    full.set(who, { left: commits, fails });
  }
  /** Is this page in the middle of a transaction? Browsers do not freeze such pages. */
  isBusy(who: Owner): boolean {
    if ([...this.opening.values()].includes(who)) return true;
    return [...this.databases_().values()].some((raw) =>
      raw.transactions.some((tx) => ownerOf(tx) === who && tx._state !== 'finished'),
    );
  }

  /** Nobody has it open: all of it is gone. */
  throwAway(): void {
    this.databases_().clear();
  }

  get names(): string[] {
    return [...this.databases_().keys()];
  }
  /** What is stored at this moment, without a transaction; not to be changed. Empty when there is no such table. */
  rows<T>(database: string, table: string): readonly T[] {
    const store = this.databases_().get(database)?.rawObjectStores.get(table);
    return store ? Array.from(store.records.values(), (r) => r.value as T) : [];
  }

  private databases_(): Map<string, RawDatabase> {
    return (this as unknown as { _databases: Map<string, RawDatabase> })._databases;
  }
}

function rollBack(tx: RawTransaction, raw: RawDatabase): void {
  // The first three listeners are fake-indexeddb's own; so is the one that lets the next transaction start.
  silence(tx, (l, i) => i < 3 || l.callback === raw.processTransactions);
  for (const { request } of tx._requests) silence(request);
  tx._state = 'active';
  tx._abort(null);
}

const HANDLERS = ['abort', 'blocked', 'complete', 'error', 'success', 'upgradeneeded', 'versionchange'];
function silence(
  target: Listening,
  keep: (l: { callback: unknown }, i: number) => boolean = () => false,
): void {
  target.listeners = target.listeners.filter(keep);
  for (const name of HANDLERS) if (`on${name}` in target) Object.assign(target, { [`on${name}`]: null });
}

// A transaction runs in the name of the page that made it, whoever's commit let it start; and here the disk can be full.
const proto = IDBTransaction.prototype as unknown as RawTransaction;
const start = proto._start;
proto._start = function (this: RawTransaction) {
  const who = scheduler && ownerOf(this);
  if (who && who !== scheduler!.current && who.alive) {
    this._started = true;
    scheduler!.soon(who, () => this._start(), true);
    return;
  }
  const disk = who && full.get(who);
  const committing =
    this._state !== 'finished' && this._requests.every((r) => r.request.readyState === 'done');
  const writes = this.mode === 'readwrite' && this.db.name !== 'qing-device';
  if (disk && disk.left > 0 && committing && writes) {
    disk.left--;
    if (disk.fails()) {
      this._abort('QuotaExceededError');
      return;
    }
  }
  start.call(this);
};

/** From now on Dexie databases belong to whoever's code makes them. */
export function useStorage(of: (who: Owner) => PhoneStorage, on: Scheduler): () => void {
  scheduler = on;
  Dexie.dependencies.IDBKeyRange = IDBKeyRange;
  Object.defineProperty(Dexie.dependencies, 'indexedDB', { configurable: true, get: () => of(on.current) });
  return () => {
    scheduler = null;
    // Pages that died never took back what they listened to.
    for (const told of listening) unsubscribe(told);
    listening.clear();
    Object.defineProperty(Dexie.dependencies, 'indexedDB', {
      configurable: true,
      writable: true,
      value: null,
    });
  };
}

// A change in one tab is told to the live queries of others as a message, never in the middle of the writer's task.
interface Mutated {
  subscribe(listener: (parts: unknown) => void): void;
  unsubscribe(listener: (parts: unknown) => void): void;
}
const mutated = (Dexie.on as unknown as { storagemutated: Mutated }).storagemutated;
const { subscribe, unsubscribe } = mutated;
const bound = new WeakMap<object, (parts: unknown) => void>();
const listening = new Set<(parts: unknown) => void>();
mutated.subscribe = (listener) => {
  const on = scheduler;
  const who = on?.current;
  const told = (parts: unknown): void => {
    if (!on || !who) listener(parts);
    else if (who.alive && scheduler === on) on.soon(who, () => listener(parts));
  };
  bound.set(listener, told);
  listening.add(told);
  subscribe(told);
};
mutated.unsubscribe = (listener) => {
  const told = bound.get(listener) ?? listener;
  listening.delete(told);
  unsubscribe(told);
};

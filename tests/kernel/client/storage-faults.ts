import { IDBDatabase, IDBFactory, IDBTransaction } from 'fake-indexeddb';

/** Where a fault can strike. */
export interface Call {
  readonly what: 'open' | 'transaction' | 'request' | 'commit';
  readonly mode?: string;
  readonly stores?: readonly string[];
}

/** `stuck`: neither yes nor no, for ever. */
export type Fault = 'InvalidStateError' | 'UnknownError' | 'connectionLost' | 'QuotaExceededError' | 'stuck';

interface RawTransaction {
  mode: string;
  durability: string;
  _scope: Set<string>;
  _requests: unknown[];
  _state: string;
  _abort(name: string): void;
  _start(): void;
  _execRequestAsync(request: { operation: () => unknown }): unknown;
  db: { _rawDatabase: RawDatabase };
}
interface RawDatabase {
  rawObjectStores: Map<string, { records: { values(): Iterable<{ value: unknown }> } }>;
}

/** Asked before everything the browser's storage does, below Dexie: what is tested above is what a real phone would meet. */
export const faults: { strike: ((call: Call) => Fault | null) | null; seen: RawTransaction[] | null } = {
  strike: null,
  seen: null,
};

const MESSAGES: Partial<Record<Fault, string>> = {
  connectionLost: 'Connection to Indexed Database server lost. Refresh the page to try again',
  InvalidStateError: 'The database connection is closing.',
};

function errorOf(fault: Fault): DOMException {
  return new DOMException(MESSAGES[fault] ?? fault, fault === 'connectionLost' ? 'UnknownError' : fault);
}

const database = IDBDatabase.prototype as unknown as {
  transaction(this: unknown, stores: string | string[], mode?: string, options?: unknown): RawTransaction;
};
const transaction = IDBTransaction.prototype as unknown as RawTransaction;
const factory = IDBFactory.prototype as unknown as {
  open(this: unknown, name: string, version?: number): unknown;
};

/** Transactions that neither go on nor end. */
const hung = new WeakSet<object>();

const { transaction: begin } = database;
database.transaction = function (stores, mode, options) {
  const names = typeof stores === 'string' ? [stores] : [...stores];
  const fault = faults.strike?.({ what: 'transaction', mode: mode ?? 'readonly', stores: names });
  if (fault && fault !== 'stuck') throw errorOf(fault);
  const tx = begin.call(this, stores, mode, options);
  if (fault === 'stuck') hung.add(tx);
  faults.seen?.push(tx);
  return tx;
};

const { open } = factory;
factory.open = function (name, version) {
  const fault = faults.strike?.({ what: 'open' });
  if (fault && fault !== 'stuck') throw errorOf(fault);
  return open.call(this, name, version);
};

const { _execRequestAsync: request } = transaction;
transaction._execRequestAsync = function (this: RawTransaction, asked) {
  const fault = faults.strike?.({ what: 'request', mode: this.mode, stores: [...this._scope] });
  if (fault === 'stuck') hung.add(this);
  if (!fault || fault === 'stuck') return request.call(this, asked);
  return request.call(this, {
    ...asked,
    operation: () => {
      throw errorOf(fault);
    },
  });
};

const { _start: start } = transaction;
transaction._start = function (this: RawTransaction) {
  if (hung.has(this)) return;
  const committing = this._requests.length === 0 && this.mode === 'readwrite' && this._state !== 'finished';
  const fault = committing
    ? faults.strike?.({ what: 'commit', mode: this.mode, stores: [...this._scope] })
    : null;
  if (fault === 'stuck') return;
  // As Chromium does it: every request succeeded, and then the transaction is aborted.
  if (fault) this._abort(errorOf(fault).name);
  else start.call(this);
};

/** A phone with so much room, bytes: what goes over it fails at its commit. What only takes away is let through. */
export function smallDisk(bytes: number): void {
  const { _start: before } = transaction;
  const sizes = new WeakMap<object, number>();
  transaction._start = function (this: RawTransaction) {
    const raw = this.db._rawDatabase;
    if (!sizes.has(this)) sizes.set(this, used(raw));
    const committing = this._requests.length === 0 && this.mode === 'readwrite' && this._state !== 'finished';
    const full = committing && used(raw) > bytes && used(raw) > sizes.get(this)!;
    if (full) this._abort('QuotaExceededError');
    else before.call(this);
  };
  endDisk = () => {
    transaction._start = before;
  };
}
let endDisk = (): void => undefined;

/** Everything works again. */
export function mended(): void {
  faults.strike = null;
  faults.seen = null;
  endDisk();
  endDisk = () => undefined;
}

function used(raw: RawDatabase): number {
  let sum = 0;
  for (const store of raw.rawObjectStores.values())
    for (const { value } of store.records.values()) sum += sizeOf(value);
  return sum;
}

function sizeOf(value: unknown): number {
  if (value instanceof Uint8Array) return value.byteLength;
  if (typeof value === 'string') return value.length * 2;
  if (typeof value !== 'object' || value === null) return 8;
  return Object.values(value).reduce<number>((n, v) => n + sizeOf(v), 16);
}

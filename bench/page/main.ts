import { Dexie } from 'dexie';
import type { Table } from 'dexie';
import { createApp, effectScope, watch } from 'vue';
import { provideDevice } from '@kernel/client/app-context';
import { systemClock } from '@kernel/client/clock';
import { openPerson } from '@kernel/client/open-person';
import type { RecordRow } from '@kernel/client/person-db';
import { keysOf } from '@kernel/client/rows';
import { useList } from '@kernel/client/use-list';
import { taskRecord } from '@kernel/shared/kernel-records';
import type { Change, MeasureRow, Session } from '@kernel/shared/protocol';
import type { RecordDef } from '@kernel/shared/record';
import { registry } from '@app/shared/modules';
import { itemRecord } from '@modules/homework';
import type { PushPage } from './push';
import { pushPage } from './push';

/** What the bench asks of this page, from outside, by `page.evaluate`. */
export interface BenchPage extends PushPage {
  /** A fresh device pulls everything; leaves the records there. ms from the first request to the last row kept, and of it waiting. */
  pull(): Promise<{ ms: number; waited: number; records: number; measures: number }>;
  /** The same pages from plain files into plain tables. */
  floor(pages: number): Promise<{ ms: number; records: number; measures: number }>;
  /** Opens the phone's engine over what `pull` left. */
  open(): Promise<void>;
  /** From asking for a list to having its rows, ms. */
  list(which: ListName): Promise<{ ms: number; rows: number }>;
  /** The same rows by one index query of the plain table. */
  listFloor(which: ListName): Promise<{ ms: number; rows: number }>;
}
export type ListName = 'tasks' | 'mine';

/** Time from a request to its answer's head, all together, ms. */
let waited = 0;
async function fetcher(path: string, init: RequestInit): Promise<Response> {
  const from = performance.now();
  const response = await fetch(path, init);
  waited += performance.now() - from;
  return response;
}
const session = async (): Promise<Session> =>
  (await (await fetch('/api/session', { headers: { 'x-qing': '1' } })).json()) as Session;

type Plain = Pick<RecordRow, 'kind' | 'id' | 'body' | 'keys' | 'seq' | 'version'>;
/** Primary key and the words a list is found by; nothing else, and Dexie as it comes. */
class PlainDb extends Dexie {
  readonly records!: Table<Plain, [string, string]>;
  readonly measures!: Table<{ name: string; scope: string; day: string; value: number }>;
  readonly meta!: Table<{ key: string; value: unknown }, string>;
  constructor() {
    super('bench-floor');
    this.version(1).stores({ records: '[kind+id], *keys', measures: '[name+scope+day]', meta: 'key' });
  }
}
let plain: PlainDb | undefined;
let person = '';

async function forget(prefix: string): Promise<void> {
  for (const name of await Dexie.getDatabaseNames()) if (name.startsWith(prefix)) await Dexie.delete(name);
}

const LISTS: Readonly<Record<ListName, { def: RecordDef<unknown>; key(): string }>> = {
  tasks: { def: taskRecord as RecordDef<unknown>, key: () => `person:${person}` },
  mine: { def: itemRecord as RecordDef<unknown>, key: () => `author:${person}` },
};

const bench: BenchPage = {
  ...pushPage,

  async pull() {
    const who = await session();
    person = who.person.id;
    await forget('qing-');
    const open = await openPerson(who, {
      registry,
      clock: systemClock,
      build: 'bench',
      fetch: fetcher,
      live: false,
    });
    waited = 0;
    const from = performance.now();
    const phase = await open.sync.now();
    const ms = performance.now() - from;
    if (phase !== 'ok') throw new Error(`the pull ended ${phase}`);
    const records = await open.db.records.count();
    const measures = await open.db.measures.count();
    open.db.end();
    return { ms, waited, records, measures };
  },

  async floor(pages) {
    plain?.close();
    await forget('bench-floor');
    const db = (plain = new PlainDb());
    await db.open();
    const from = performance.now();
    for (let i = 0; i < pages; i++) {
      const answer = (await (await fetch(`/floor/${i}.json`, { cache: 'no-store' })).json()) as {
        cursor: string;
        changes: Change[];
        measures: MeasureRow[];
      };
      const rows = answer.changes.map((c): Plain => ({
        kind: c.kind,
        id: c.id,
        body: c.body,
        seq: c.seq,
        version: c.version,
        keys: keysOf(registry, c.kind, c.id, c.body),
      }));
      const measures = answer.measures.map(([name, scope, day, value]) => ({ name, scope, day, value }));
      await db.transaction('rw', db.records, db.measures, db.meta, async () => {
        await db.records.bulkPut(rows);
        await db.measures.bulkPut(measures);
        await db.meta.put({ key: 'cursor', value: answer.cursor });
      });
    }
    const ms = performance.now() - from;
    return { ms, records: await db.records.count(), measures: await db.measures.count() };
  },

  async open() {
    const app = createApp({ render: () => null });
    const phone = provideDevice(app, { registry, build: 'bench', live: false });
    await phone.ready;
    app.mount('#app');
    person = phone.device.person.value?.session.person.id ?? '';
    if (person === '') throw new Error('nobody is signed in');
  },

  async list(which) {
    const { def, key } = LISTS[which];
    const scope = effectScope();
    const from = performance.now();
    return new Promise((resolve) => {
      scope.run(() => {
        const rows = useList(def, key);
        watch(
          rows,
          (found) => {
            if (found === undefined) return;
            const ms = performance.now() - from;
            queueMicrotask(() => scope.stop());
            resolve({ ms, rows: found.length });
          },
          { flush: 'sync' },
        );
      });
    });
  },

  async listFloor(which) {
    const { def, key } = LISTS[which];
    if (!plain) throw new Error('the floor was not filled');
    const from = performance.now();
    const rows = await plain.records.where('keys').equals(`${def.kind}/${key()}`).toArray();
    return { ms: performance.now() - from, rows: rows.length };
  },
};

(globalThis as unknown as { bench: BenchPage }).bench = bench;

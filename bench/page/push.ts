import { Dexie } from 'dexie';
import type { Table } from 'dexie';
import { applyAnswer } from '@kernel/client/apply-answer';
import { systemClock } from '@kernel/client/clock';
import type { OpenPerson } from '@kernel/client/open-person';
import { openPerson } from '@kernel/client/open-person';
import { packingFetch } from '@kernel/client/packing-fetch';
import type { Session } from '@kernel/shared/protocol';
import { must, isRefusal } from '@kernel/shared/refusal';
import { registry } from '@app/shared/modules';

/** What was written while there was no network. `of`: this act is about the homework that the act of that place made. */
export interface Written {
  readonly name: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly of: number | null;
}

export interface Pushed {
  /** Until the last command's acceptance was kept on the phone, ms. */
  readonly accepted: number;
  /** Until everything they changed had come back as well, ms. */
  readonly quiet: number;
  readonly requests: number;
}

/** How the bench asks for it, from outside. */
export interface PushPage {
  /** A fresh phone takes everything into its outbox through its real door. ms of one on average. */
  fill(session: Session, written: readonly Written[]): Promise<{ each: number }>;
  push(): Promise<Pushed>;
  /** One act after the other, each until it is safely on the phone, ms. The phone's copy is there already. */
  save(session: Session, written: readonly Written[]): Promise<number[]>;
  /** The floor: a plain table of waiting commands, a hundred to a push, as it is. */
  floorFill(written: readonly Written[]): Promise<void>;
  floorPush(): Promise<Pushed>;
}

let phone: OpenPerson | undefined;
let accepted = 0;
let acceptedAt = 0;
let requests = 0;

interface Waiting {
  seq: number;
  id: string;
  name: string;
  args: unknown;
  at: number;
  state: 'waiting' | 'accepted';
}
class PlainOutbox extends Dexie {
  readonly outbox!: Table<Waiting, number>;
  constructor() {
    super('bench-outbox');
    this.version(1).stores({ outbox: '++seq, state' });
  }
}
let plain: PlainOutbox | undefined;
const AT_ONCE = 100;

export const pushPage: PushPage = {
  async fill(session, written) {
    phone = await openPerson(session, {
      registry,
      clock: systemClock,
      build: 'bench',
      fetch: packingFetch((path, init) => {
        requests++;
        return fetch(path, init);
      }),
      live: false,
      async apply(...given) {
        const applied = await applyAnswer(...given);
        const { results } = given[3].answer;
        accepted += results.filter((r) => r.outcome === 'accepted').length;
        if (results.length > 0) acceptedAt = performance.now();
        return applied;
      },
    });
    if ((await phone.sync.now()) !== 'ok') throw new Error('the fresh phone cannot sync');
    const ids: string[] = [];
    const from = performance.now();
    for (const { name, args, of } of written) {
      const def = must(registry.command(name), name);
      const kept = await phone.outbox.enqueue(def, of === null ? args : { ...args, item: ids[of] });
      if (isRefusal(kept)) throw new Error(`${name}: ${kept.code} ${JSON.stringify(kept.details)}`);
      ids.push(kept.id);
    }
    return { each: (performance.now() - from) / written.length };
  },

  async save(session, written) {
    const { outbox, db } = await openPerson(session, {
      ...{
        registry,
        clock: systemClock,
        build: 'bench',
        live: false,
        fetch: (path, init) => fetch(path, init),
      },
    });
    const times: number[] = [];
    for (const { name, args } of written) {
      const def = must(registry.command(name), name);
      const from = performance.now();
      const kept = await outbox.enqueue(def, args);
      times.push(performance.now() - from);
      if (isRefusal(kept)) throw new Error(`${name}: ${kept.code} ${JSON.stringify(kept.details)}`);
    }
    db.end();
    return times;
  },

  async push() {
    const { sync, outbox, db } = must(phone, 'fill comes first');
    const count = await outbox.unsent();
    accepted = requests = 0;
    const from = performance.now();
    const phase = await sync.now();
    const quiet = performance.now() - from;
    const states = await db.outbox.where('state').equals('accepted').count();
    if (phase !== 'ok' || accepted !== count || states !== count)
      throw new Error(
        `ended ${phase}: of ${count} the server accepted ${accepted}, the phone knows ${states}`,
      );
    return { accepted: acceptedAt - from, quiet, requests };
  },

  async floorFill(written) {
    plain = new PlainOutbox();
    const at = Date.now();
    await plain.outbox.bulkAdd(
      written.map(({ name, args, of }, i) => ({
        seq: i + 1,
        id: crypto.randomUUID(),
        name,
        args: of === null ? args : { ...args, item: crypto.randomUUID() },
        at: at + i,
        state: 'waiting' as const,
      })),
    );
  },

  async floorPush() {
    const { outbox } = must(plain, 'floorFill comes first');
    requests = 0;
    const from = performance.now();
    for (;;) {
      const batch = await outbox.where('state').equals('waiting').limit(AT_ONCE).toArray();
      if (batch.length === 0) break;
      const commands = batch.map(({ id, seq, name, args, at }) => ({ id, seq, name, args, at }));
      requests++;
      const response = await fetch('/api/sync', {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-qing': '1' },
        body: JSON.stringify({ device: 'bench', person: 'bench', commands }),
      });
      const answer = (await response.json()) as { results: { id: string; outcome: string }[] };
      if (answer.results.length !== batch.length) throw new Error('the floor lost some');
      await outbox.bulkPut(batch.map((w) => ({ ...w, state: 'accepted' as const })));
    }
    const quiet = performance.now() - from;
    return { accepted: quiet, quiet, requests };
  },
};

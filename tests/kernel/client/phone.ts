import { IDBFactory, IDBKeyRange } from 'fake-indexeddb';
import { Dexie } from 'dexie';
import type { CommandDef } from '@kernel/shared/command';
import { isRefusal } from '@kernel/shared/refusal';
import type { SyncRequest } from '@kernel/shared/protocol';
import type { applyAnswer } from '@kernel/client/apply-answer';
import type { checkAnswer } from '@kernel/client/check-answer';
import type { DeviceClock } from '@kernel/client/clock';
import type { OpenPerson, OpenPersonParts } from '@kernel/client/open-person';
import { openPerson } from '@kernel/client/open-person';
import type { RecordRow } from '@kernel/client/person-db';
import { shownOf } from '@kernel/client/person-db';
import type { TroubleKind } from '@kernel/client/trouble';
import type { Fetch } from '@kernel/client/wire';
import { armed } from './crash';
import { Dice } from './dice';
import type { FakeServer } from './fake-server';
import { notesRegistry } from './notes-registry';

/** What happens to the next requests; `ok` again afterwards. */
export type Weather =
  'ok' | 'requestLost' | 'ackLost' | 'portal' | 'portalJson' | 'foreignIds' | 'serverError' | 'twice';

export interface Seams {
  readonly check?: typeof checkAnswer;
  readonly apply?: typeof applyAnswer;
}

/** Parts of the engine a test wants otherwise. */
export type PhoneParts = Partial<
  Pick<
    OpenPersonParts,
    | 'check'
    | 'apply'
    | 'patienceMs'
    | 'reserveBytes'
    | 'locks'
    | 'lockPatienceMs'
    | 'deadlineMs'
    | 'stallMs'
    | 'live'
    | 'clock'
  >
>;

let phones = 0;

/** A person's phone: its own storage, its own wrong clock, its own bad network. */
export class Phone {
  readonly factory = new IDBFactory();
  readonly clock: DeviceClock & { passes(ms: number): void };
  readonly requests: SyncRequest[] = [];
  weather: Weather = 'ok';
  /** Runs while the next request is under way. */
  during: (() => Promise<void>) | null = null;
  cookie: string | null;
  /** Ids the person was told are kept. */
  readonly kept: string[] = [];
  open!: OpenPerson;
  /** What the engine said of its storage. */
  readonly troubles: (TroubleKind | null)[] = [];

  constructor(
    readonly server: FakeServer,
    readonly person: string,
    private readonly parts: PhoneParts = {},
    skew = 0,
  ) {
    this.cookie = person;
    this.clock = handClock(server, skew, ++phones);
  }

  /** Opens the app; after a crash this is what the person does next. */
  async starts(): Promise<this> {
    this.open = await this.opened();
    return this;
  }

  /** Another tab, or the same one again: the same storage. */
  async opened(person = this.person, parts: Partial<OpenPersonParts> = {}): Promise<OpenPerson> {
    Dexie.dependencies.indexedDB = this.factory;
    Dexie.dependencies.IDBKeyRange = IDBKeyRange;
    return openPerson(this.server.session(person), {
      registry: notesRegistry,
      clock: this.clock,
      build: 'test',
      fetch: (path, init) => this.fetch(path, init),
      locks: undefined,
      live: false,
      onTrouble: (kind) => void this.troubles.push(kind),
      ...this.parts,
      ...parts,
    });
  }

  /** The page dies and is opened again. Unlike `stop`, nothing is tidied. */
  async crashes(): Promise<void> {
    armed.left = null;
    this.open.db.close();
    void this.open.sync.stop();
    await this.starts();
  }

  /** Keeps an act without letting the phone sync by itself: the schedule says when. */
  async does<A>(def: CommandDef<A>, args: A) {
    const outcome = await this.open.outbox.enqueue(def, args);
    if (!isRefusal(outcome)) this.kept.push(outcome.id);
    return outcome;
  }

  fetch: Fetch = async (path, init) => {
    if (path !== '/api/sync') return json(404, {});
    const request = JSON.parse(init.body as string) as SyncRequest;
    this.requests.push(request);
    const { weather } = this;
    this.weather = 'ok';
    const { during } = this;
    this.during = null;
    await during?.();
    if (weather === 'requestLost') throw new TypeError('network');
    if (weather === 'portal')
      return new Response('<html>请登录校园网</html>', { headers: { 'content-type': 'text/html' } });
    if (weather === 'portalJson') return json(200, { ok: true });
    // An answer to somebody else's request, out of a cache: the server never saw ours.
    if (weather === 'foreignIds') {
      const stale = this.server.answer(this.cookie, { ...request, commands: [] }).body as object;
      const results = [{ id: 'not-ours', outcome: 'accepted', seq: 1, code: null, details: null }];
      return json(200, { ...stale, results });
    }
    if (weather === 'serverError') return json(503, { busy: true });
    if (weather === 'twice') this.server.answer(this.cookie, request);
    const { status, body } = this.server.answer(this.cookie, request);
    if (weather === 'ackLost') throw new TypeError('network');
    return json(status, body);
  };

  async rows(): Promise<RecordRow[]> {
    return this.open.db.records.toArray();
  }
  /** `kind id` → what screens show. */
  async shows(): Promise<Map<string, unknown>> {
    const rows = (await this.rows()).filter((r) => shownOf(r) !== null);
    return new Map(rows.map((r) => [`${r.kind} ${r.id}`, shownOf(r)]));
  }
  async measures(): Promise<Map<string, number>> {
    const rows = await this.open.db.measures.toArray();
    return new Map(rows.map((m) => [`${m.name}|${m.scope}|${m.day}`, m.value]));
  }
  async states(): Promise<string[]> {
    return (await this.open.db.outbox.orderBy('seq').toArray()).map((e) => e.state);
  }
}

export function json(status: number, body: unknown): Response {
  return new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } });
}

function handClock(server: FakeServer, skew: number, seed: number): Phone['clock'] {
  let mono = 1_000;
  const dice = new Dice(seed * 2654435761);
  return {
    now: () => server.now + skew,
    mono: () => mono,
    random(bytes) {
      const out = new Uint8Array(bytes);
      for (let i = 0; i < bytes; i++) out[i] = dice.below(256);
      return out;
    },
    passes(ms) {
      mono += ms;
      server.now += ms;
    },
  };
}

import { liveQuery } from 'dexie';
import type { Subscription } from 'dexie';
import type { Ref, ShallowRef } from 'vue';
import { ref, shallowRef } from 'vue';
import type { Registry } from '@kernel/shared/contract';
import { uuidv7 } from '@kernel/shared/ids';
import type { Session } from '@kernel/shared/protocol';
import type { Instant } from '@kernel/shared/time';
import type { DeviceClock } from './clock';
import { systemClock } from './clock';
import { DeviceDb } from './device-db';
import type { GuardedDb } from './guarded-db';
import type { OpenPerson } from './open-person';
import { openPerson } from './open-person';
import { packingFetch } from './packing-fetch';
import { steady } from './steady';
import type { SyncPhase } from './sync';
import type { SyncTriggers } from './sync-triggers';
import { startTriggers } from './sync-triggers';
import type { TroubleKind } from './trouble';
import { hold, putAway } from './unsaved';
import type { Fetch } from './wire';

export interface DeviceOptions {
  readonly registry: Registry;
  /** Version of the app's files. @default __BUILD__ */
  readonly build?: string;
  readonly fetch?: Fetch;
  readonly clock?: DeviceClock;
  readonly locks?: LockManager | undefined;
  /** @default the browser's own, where it has any */
  readonly caches?: CacheStorage | undefined;
  readonly deadlineMs?: number;
  readonly lockPatienceMs?: number;
  /** Longest wait for this phone's storage, ms. @default 5,000 */
  readonly patienceMs?: number;
  /** Room kept free for words. @default 1 MiB, 0 = none */
  readonly reserveBytes?: number;
  /** Sync by itself on all triggers. Tests say when. @default true */
  readonly live?: boolean;
}

/**
 * `starting` the phone is still looking; `nobody` no one has signed in here; `in`; `out` the server wants a new sign-in,
 * while the person's own copy and queue stay open on this phone.
 */
export type SessionState = 'starting' | 'nobody' | 'in' | 'out';

/** The phone: owns the one open person and everything that must exist once per page. */
export class Device {
  readonly registry: Registry;
  readonly build: string;
  readonly clock: DeviceClock;
  readonly fetch: Fetch;
  readonly db = new DeviceDb();
  readonly state: Ref<SessionState> = ref('starting');
  readonly person: ShallowRef<OpenPerson | null> = shallowRef(null);
  /** Server clock minus this phone's, ms. */
  readonly offset: Ref<number> = ref(0);
  /** What is wrong with this phone's own storage, while it is. */
  readonly trouble: Ref<TroubleKind | null> = ref(null);
  /** When a newer window took over, everything half written had been saved. */
  readonly savedBeforeYield: Ref<boolean> = ref(true);
  /** Called when a sync ended in a state only a sign-in can mend, and before a round after the background. */
  onWake: () => Promise<unknown> = () => Promise.resolve();
  private triggers: SyncTriggers | null = null;
  private offsetWatch: Subscription | null = null;
  private release: () => void = () => undefined;
  private later: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly options: DeviceOptions) {
    this.registry = options.registry;
    this.build = options.build ?? (typeof __BUILD__ === 'string' ? __BUILD__ : 'dev');
    this.clock = options.clock ?? systemClock;
    this.fetch = options.fetch ?? packingFetch((path, init) => fetch(path, init));
    this.watch(this.db);
  }

  get caches(): CacheStorage | undefined {
    const { options } = this;
    return 'caches' in options ? options.caches : typeof caches === 'undefined' ? undefined : caches;
  }
  get patienceMs(): number | undefined {
    return this.options.patienceMs;
  }

  /** Estimated server time. */
  now(): Instant {
    return Math.max(this.clock.now() + this.offset.value, this.person.value?.outbox.floor() ?? -Infinity);
  }

  async deviceId(): Promise<string> {
    const known = await steady(this.db, () => this.db.read('deviceId'));
    if (known) return known;
    const made = uuidv7(this.clock.now(), this.clock.random(10));
    await this.db.write('deviceId', made);
    return made;
  }

  /**
   * Opens this person's copy; whoever was open before is closed first and keeps everything.
   * @throws StorageTrouble when the phone does not give its storage within five seconds
   */
  async open(session: Session): Promise<OpenPerson> {
    const open = this.person.value;
    if (open && open.session.school.id === session.school.id && open.session.person.id === session.person.id)
      return open;
    await this.close();
    const { options } = this;
    const person = await openPerson(session, {
      registry: this.registry,
      clock: this.clock,
      build: this.build,
      fetch: this.fetch,
      locks:
        'locks' in options ? options.locks : typeof navigator === 'undefined' ? undefined : navigator.locks,
      caches: this.caches,
      lockPatienceMs: options.lockPatienceMs,
      deadlineMs: options.deadlineMs,
      patienceMs: options.patienceMs,
      reserveBytes: options.reserveBytes,
      live: options.live,
      onPhase: (phase) => this.heed(phase),
      onTrouble: (kind) => this.noteTrouble(kind),
    });
    this.watch(person.db);
    this.offset.value = (await person.db.read('offset')) ?? 0;
    this.offsetWatch = liveQuery(async () => person.db.read('offset')).subscribe({
      next: (value) => {
        this.offset.value = value ?? 0;
      },
    });
    this.person.value = person;
    this.release = guardUnkept(person);
    if (options.live !== false) {
      this.triggers = startTriggers(person.sync, () => this.wake(person), this.clock);
      // After the first page: taking room is nobody's hurry.
      this.later = setTimeout(() => void person.reserve.fill(), RESERVE_AFTER_MS);
    }
    return person;
  }

  async close(): Promise<void> {
    // The last words go where they belong before the place is closed.
    if (this.person.value) await putAway();
    const open = this.person.value;
    this.triggers?.stop();
    this.release();
    clearTimeout(this.later);
    this.offsetWatch?.unsubscribe();
    this.triggers = null;
    this.offsetWatch = null;
    this.person.value = null;
    if (!open) return;
    await open.sync.stop();
    open.db.end();
  }

  /** One cheap read finds out whether iOS has closed the database; `steady` opens it again. */
  private async wake(person: OpenPerson): Promise<void> {
    await steady(person.db, () => person.db.read('cursor'));
    await this.onWake();
  }

  private heed(phase: SyncPhase): void {
    if (phase === 'signedOut' || phase === 'otherPerson') this.state.value = 'out';
  }

  /** A sync that worked ends a trouble of the moment; what only a reload or an update mends stays until then. */
  noteTrouble(kind: TroubleKind | null): void {
    const passing = this.trouble.value === null || PASSING.includes(this.trouble.value);
    if (passing) this.trouble.value = kind;
  }

  /** When a newer window asks for the database, what is being typed is saved first. */
  private watch(db: GuardedDb): void {
    db.beforeYield = putAway;
    db.onYielded = (saved) => {
      this.savedBeforeYield.value &&= saved;
      this.trouble.value = 'yielded';
    };
  }
}

const PASSING: readonly TroubleKind[] = ['full', 'lost', 'slow'];
const RESERVE_AFTER_MS = 4_000;

/** What lives only in this page must not go with it unasked. */
function guardUnkept({ outbox }: OpenPerson): () => void {
  const holds = (): boolean => outbox.unkept.list.length > 0;
  const release = hold({ holds });
  const ask = (event: BeforeUnloadEvent): void => {
    if (!holds()) return;
    event.preventDefault();
    // What Chromium before 119 listens to.
    event.returnValue = true;
  };
  const page = typeof window === 'undefined' ? null : window;
  page?.addEventListener('beforeunload', ask);
  return () => {
    release();
    page?.removeEventListener('beforeunload', ask);
  };
}

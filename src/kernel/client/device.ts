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
import type { OpenPerson } from './open-person';
import { openPerson } from './open-person';
import { steady } from './steady';
import type { SyncPhase } from './sync';
import type { SyncTriggers } from './sync-triggers';
import { startTriggers } from './sync-triggers';
import type { Fetch } from './wire';

export interface DeviceOptions {
  readonly registry: Registry;
  /** Version of the app's files. @default __BUILD__ */
  readonly build?: string;
  readonly fetch?: Fetch;
  readonly clock?: DeviceClock;
  readonly locks?: LockManager | undefined;
  readonly deadlineMs?: number;
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
  /** Called when a sync ended in a state only a sign-in can mend, and before a round after the background. */
  onWake: () => Promise<unknown> = () => Promise.resolve();
  private triggers: SyncTriggers | null = null;
  private offsetWatch: Subscription | null = null;

  constructor(private readonly options: DeviceOptions) {
    this.registry = options.registry;
    this.build = options.build ?? (typeof __BUILD__ === 'string' ? __BUILD__ : 'dev');
    this.clock = options.clock ?? systemClock;
    this.fetch = options.fetch ?? ((path, init) => fetch(path, init));
  }

  /** Estimated server time. */
  now(): Instant {
    return this.clock.now() + this.offset.value;
  }

  async deviceId(): Promise<string> {
    const known = await steady(this.db, () => this.db.read('deviceId'));
    if (known) return known;
    const made = uuidv7(this.clock.now(), this.clock.random(10));
    await this.db.write('deviceId', made);
    return made;
  }

  /** Opens this person's copy; whoever was open before is closed first and keeps everything. */
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
      deadlineMs: options.deadlineMs,
      live: options.live,
      onPhase: (phase) => this.heed(phase),
    });
    this.offset.value = (await person.db.read('offset')) ?? 0;
    this.offsetWatch = liveQuery(async () => person.db.read('offset')).subscribe({
      next: (value) => {
        this.offset.value = value ?? 0;
      },
    });
    this.person.value = person;
    if (options.live !== false) this.triggers = startTriggers(person.sync, () => this.wake(person));
    return person;
  }

  async close(): Promise<void> {
    const open = this.person.value;
    this.triggers?.stop();
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
}

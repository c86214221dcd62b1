import './globals';
import type { applyAnswer } from '@kernel/client/apply-answer';
import { applyAnswer as realApply } from '@kernel/client/apply-answer';
import type { checkAnswer } from '@kernel/client/check-answer';
import { Device } from '@kernel/client/device';
import type { OpenPerson } from '@kernel/client/open-person';
import { Sessions } from '@kernel/client/session';
import { connectionLost, quotaExceeded } from '@kernel/client/steady';
import type { Fetch } from '@kernel/client/wire';
import { watch } from 'vue';
import { FakeCaches } from '../../support/fake-caches';
import { Dice } from './dice';
import { PhoneLocks } from './locks';
import type { Line, Network } from './network';
import { phoneRegistry } from './school';
import type { Owner, Scheduler } from './scheduler';
import { owner } from './scheduler';
import { BEGIN } from './server';
import { PASSWORD } from './sim-auth';
import { PhoneStorage } from './storage';

export const owners = new WeakMap<Owner, Phone>();
/** How often a page that is looked at asks by itself (`sync-triggers.ts`). */
const EVERY_MS = 45_000;

/** Wrong parts that a mutant plants in the phone. */
export interface PhoneSeams {
  readonly check?: typeof checkAnswer;
  readonly apply?: typeof applyAnswer;
  readonly fetch?: (fetch: Fetch, page: Page) => Fetch;
  /** May change the engine as it was made. */
  readonly open?: (engine: OpenPerson, page: Page) => void;
}
export interface Watching {
  applied(
    page: Page,
    engine: OpenPerson,
    exchange: Parameters<typeof realApply>[3],
    outcome: 'applied' | 'behind',
  ): void;
}
export interface PhoneParts {
  readonly scheduler: Scheduler;
  readonly network: Network;
  readonly watching: Watching;
  readonly seams: PhoneSeams;
}

/** A phone: its storage, its wrong clock, its bad connection, and the pages that are open on it. */
export class Phone {
  readonly storage = new PhoneStorage();
  readonly locks: PhoneLocks | undefined;
  readonly sky: Line['sky'] = { weather: 'fair', cookie: '', stale: null };
  pages: Page[] = [];
  skew = 0;
  build = 1;
  private opened = 0;
  /** When its browser last threw everything away; what was kept and is over before then is only known to the server. */
  thrownAwayAt = -1;
  private readonly caches = new FakeCaches();
  readonly dice: Dice;

  constructor(
    readonly name: string,
    /** Whose phone it is; others may use it. */
    readonly person: string,
    seed: number,
    locks: boolean,
    readonly parts: PhoneParts,
    private readonly secondPlace: boolean,
  ) {
    this.dice = new Dice(seed, name);
    this.locks = locks ? new PhoneLocks(parts.scheduler) : undefined;
  }

  /** A new page, or a second tab. Its code begins at its first turn. */
  opens(): Page {
    const page = new Page(this, `${this.name}.${++this.opened}`);
    this.pages.push(page);
    return page;
  }
  get places(): CacheStorage | undefined {
    return this.secondPlace ? this.caches.storage : undefined;
  }
  /** Chromium, after a kill: every database of the site is gone, and what lies elsewhere stays. */
  findsItsDatabasesDamaged(): void {
    for (const page of [...this.pages]) page.dies();
    this.storage.throwAway();
    this.thrownAwayAt = this.parts.scheduler.now;
  }
  closed(page: Page): void {
    this.pages = this.pages.filter((p) => p !== page);
    this.locks?.release(page.owner);
    this.storage.powerOff(page.owner);
  }
}

/** One page: the real engine, which dies with it. */
export class Page implements Line {
  readonly owner: Owner;
  readonly sky: Line['sky'];
  device!: Device;
  sessions!: Sessions;
  visible = true;
  /** What a completed pull may show, by the words that name it; see `oracle.ts`. */
  readonly allowed = new Map<string, unknown>();
  /** When the last whole pull was stored. */
  pulledAt = -1;
  private readonly startedAt: number;

  constructor(
    readonly phone: Phone,
    readonly name: string,
  ) {
    const { scheduler } = phone.parts;
    this.owner = owner(name);
    this.owner.onDeath = () => {
      phone.closed(this);
      // What a page remembers outside of itself goes with a real page; here all pages share their modules.
      (this.device as unknown as { release?: () => void } | undefined)?.release?.();
    };
    this.sky = phone.sky;
    this.startedAt = scheduler.now;
    owners.set(this.owner, phone);
    this.does(() => this.starts().catch(() => this.dies()));
  }

  /** Lets the page do something in its own name. What comes of it is nobody's to wait for: the page may die. */
  does(work: () => unknown): void {
    this.phone.parts.scheduler.soon(this.owner, () => {
      void Promise.resolve(work()).catch((error: unknown) => this.phone.parts.scheduler.fail(error));
    });
  }
  /** Something the screen may answer with "try again": a full or lost storage is no defect here. */
  private tries(work: () => unknown): void {
    this.does(() =>
      Promise.resolve(work()).catch((error: unknown) => {
        if (!quotaExceeded(error) && !connectionLost(error) && (error as Error).name !== 'AbortError')
          throw error;
        this.phone.parts.network.trace.add(`${this.name} could not: ${String(error)}`);
      }),
    );
  }
  dies(): void {
    this.phone.parts.scheduler.kill(this.owner, this.phone.parts.scheduler.driver);
  }
  freezes(ms: number): boolean {
    const { scheduler } = this.phone.parts;
    if (this.phone.storage.isBusy(this.owner)) return false;
    this.owner.asleepUntil = scheduler.now + ms;
    scheduler.after(scheduler.driver, ms, () => undefined);
    return true;
  }
  get engine(): OpenPerson | null {
    return this.device?.person.value ?? null;
  }

  /** The person looks at the page: what `sync-triggers.ts` does on `visible`, `pageshow`, `focus` and `online`. */
  isLookedAt(): void {
    this.visible = true;
    this.tries(async () => {
      await this.device.onWake().catch(() => undefined);
      await this.engine?.sync.now();
    });
  }
  signsIn(person: string): void {
    this.tries(async () => {
      await this.sessions.signIn(person, PASSWORD);
    });
  }
  signsOut(): void {
    this.tries(() => this.sessions.signOut());
  }

  private async starts(): Promise<void> {
    const { phone } = this;
    const { scheduler, network, seams } = phone.parts;
    const send: Fetch = (path, init) => network.send(this, path, init);
    const mono = (): number => scheduler.now - this.startedAt;
    this.device = new Device({
      registry: phoneRegistry,
      build: `build ${phone.build}`,
      fetch: seams.fetch?.(send, this) ?? send,
      clock: {
        now: () => BEGIN + Math.floor(scheduler.now) + phone.skew,
        mono,
        random: (n) => phone.dice.bytes(n),
      },
      // Room kept for bad days: less of it than on a real phone.
      reserveBytes: 2_000,
      caches: phone.places,
      locks: phone.locks as unknown as LockManager | undefined,
    });
    this.sessions = new Sessions(this.device);
    watch(this.device.person, (engine) => engine && this.instrument(engine), { flush: 'sync' });
    this.ticks();
    await this.sessions.start();
  }

  private instrument(engine: OpenPerson): void {
    const { seams, watching } = this.phone.parts;
    const apply = seams.apply ?? realApply;
    const parts = (engine.sync as unknown as { parts: Record<string, unknown> }).parts;
    parts['apply'] = async (...args: Parameters<typeof realApply>) => {
      const outcome = await apply(...args);
      watching.applied(this, engine, args[3], outcome);
      return outcome;
    };
    if (seams.check) parts['check'] = seams.check;
    seams.open?.(engine, this);
    void engine.sync.now();
  }

  private ticks(): void {
    const { scheduler } = this.phone.parts;
    scheduler.after(this.owner, EVERY_MS * (0.8 + this.phone.dice.roll() * 0.4), () => {
      this.ticks();
      if (this.visible) void this.engine?.sync.now('timer');
    });
  }
}

import { IDBFactory, IDBKeyRange } from 'fake-indexeddb';
import { Dexie } from 'dexie';
import { randomBytes, randomUUID } from 'node:crypto';
import { buildHttp } from '@kernel/server/http';
import { Jobs } from '@kernel/server/jobs';
import { Kernel } from '@kernel/server/kernel';
import { serverRegistry } from '@kernel/server/registry';
import type { CommandDef } from '@kernel/shared/command';
import type { RecordDef } from '@kernel/shared/record';
import { isRefusal, type Refusal } from '@kernel/shared/refusal';
import type { DeviceClock } from '@kernel/client/clock';
import type { Kept } from '@kernel/client/outbox';
import { openPerson, type OpenPerson, type OpenPersonParts } from '@kernel/client/open-person';
import { needsAttention, shownOf, type OutboxEntry } from '@kernel/client/person-db';
import { contributions } from '@kernel/shared/measure';
import { readBody } from '@kernel/server/body';
import { serverModules } from '@app/server/modules';
import { registry as realRegistry } from '@app/shared/modules';
import type { Registry } from '@kernel/shared/contract';
import { makeHomeworkServer } from '@modules/homework/server';
import { HandClock } from './clock';
import { freshDatabase, type Dialect, type TestDatabase } from './databases';
import { cookieOf, HEADERS } from './http-world';
import { PEOPLE, smallSchool, type Who } from './small-school';

// Given, not found: whoever imports Dexie first must not decide whether there is a database.
Dexie.dependencies.indexedDB = new IDBFactory();
Dexie.dependencies.IDBKeyRange = IDBKeyRange;

/** One person's phone: the real engine on an in-memory IndexedDB, with a network that can be taken away. */
export class Phone {
  online = true;
  /** When set, the next answer of the server is lost on its way back. */
  losesNextAnswer = false;

  constructor(
    readonly who: Who,
    private readonly engine: OpenPerson,
  ) {}

  goesOffline(): void {
    this.online = false;
  }
  async comesBack(): Promise<void> {
    this.online = true;
    await this.syncs();
  }
  async syncs(): Promise<void> {
    // A person pulling the page down: not held back by an earlier failure's waiting time.
    await this.engine.sync.resume();
  }
  /** Acts on the phone; when online the server hears it before this resolves. */
  async does<A>(command: CommandDef<A>, args: A): Promise<Kept | Refusal> {
    const answer = await this.engine.outbox.enqueue(command, args);
    if (this.online) await this.syncs();
    return answer;
  }
  /** Like `does`, for acts that must be kept; answers the command's id. */
  async keeps<A>(command: CommandDef<A>, args: A): Promise<string> {
    const answer = await this.does(command, args);
    if (isRefusal(answer))
      throw new Error(`${this.who} was refused: ${answer.code} ${JSON.stringify(answer.details)}`);
    return answer.id;
  }
  async sees<B>(def: RecordDef<B>, id: string): Promise<B | undefined> {
    const row = await this.engine.db.records.get([def.kind, id]);
    return row && ((shownOf(row) ?? undefined) as B | undefined);
  }
  async lists<B>(def: RecordDef<B>): Promise<{ id: string; body: B }[]> {
    const rows = await this.engine.db.records.where('keys').equals(def.kind).toArray();
    return rows.map((r) => ({ id: r.id, body: shownOf(r) as B })).filter((r) => r.body !== null);
  }
  async measure(name: string, scope: string, day: string): Promise<number> {
    return (await this.engine.db.measures.get([name, scope, day]))?.value ?? 0;
  }
  async entry(id: string): Promise<OutboxEntry> {
    return (await this.engine.outbox.find(id))!;
  }
  async attention(): Promise<OutboxEntry[]> {
    return (await this.engine.db.outbox.toArray()).filter(needsAttention);
  }
  get outbox(): OpenPerson['outbox'] {
    return this.engine.outbox;
  }
  get db(): OpenPerson['db'] {
    return this.engine.db;
  }
  async isPutAway(): Promise<void> {
    await this.engine.sync.stop();
    this.engine.db.close();
  }
}

/** Wrong parts a control plants to see that the checks bite. */
export interface Planted {
  readonly registry?: Registry;
  readonly phone?: Pick<OpenPersonParts, 'apply' | 'check'>;
}

/** A school with a server and phones, on a clock that only the story winds. */
export class World {
  readonly phones = new Map<Who, Phone>();

  private constructor(
    readonly clock: HandClock,
    readonly db: TestDatabase,
    readonly kernel: Kernel,
    readonly school: string,
    private readonly jobs: Jobs,
    private readonly http: Awaited<ReturnType<typeof buildHttp>>,
    /** What the server logged as an error: a story that did not plan one expects none. */
    readonly errors: readonly unknown[],
    readonly registry: Registry,
    private readonly planted: Planted,
  ) {}

  /** 小小中学 on a Monday morning, everybody signed in, boards made ahead. */
  static async begins(
    dialect: Dialect,
    day = '2026-11-23',
    time = '07:05',
    planted: Planted = {},
  ): Promise<World> {
    const registry = planted.registry ?? realRegistry;
    const clock = new HandClock(day, time);
    const db = await freshDatabase(dialect);
    const errors: unknown[] = [];
    const log = { error: (f: Record<string, unknown>) => void errors.push(f), info: () => undefined };
    const kernel = await Kernel.open({
      registry: serverRegistry(registry, serverModules),
      store: db.store,
      clock,
      log,
    });
    const modules = [makeHomeworkServer()];
    const http = await buildHttp({ kernel, modules, clientFolder: null });
    const school = randomUUID();
    await kernel.createSchool({ id: school, name: '小小中学', zone: 'Asia/Shanghai', example: false });
    const applied = await kernel.systemAll(school, [
      { key: 'import', name: 'org.v1.applyImport', args: smallSchool() },
      { key: 'admin', name: 'org.v1.addAdmin', args: { person: 'xu', create: null } },
    ]);
    const bad = applied.find((r) => r.outcome !== 'accepted');
    if (bad)
      throw new Error(`the small school was ${bad.outcome}: ${bad.code} ${JSON.stringify(bad.details)}`);
    const world = new World(
      clock,
      db,
      kernel,
      school,
      new Jobs(kernel, modules),
      http,
      errors,
      registry,
      planted,
    );
    await world.jobsRun();
    return world;
  }

  /** The server's clock work: boards ahead, deadlines. */
  async jobsRun(): Promise<void> {
    await this.jobs.runOnce();
  }
  /** Winds the clock to a time of the same or another day and lets the jobs run. */
  async itIs(day: string, time: string): Promise<void> {
    this.clock.at(day, time);
    await this.jobsRun();
  }

  /** Somebody's phone, signed in and up to date. Its clocks run right unless others are given. */
  async phone(who: Who, clocks?: Pick<DeviceClock, 'now' | 'mono'>): Promise<Phone> {
    const found = this.phones.get(who);
    if (found) return found;
    const account = `${who}.${this.school.slice(0, 8)}`;
    await this.kernel.auth.createAccount({
      school: this.school,
      person: who,
      account,
      password: 'a long password',
      name: PEOPLE[who],
    });
    const answer = await this.http.inject({
      method: 'POST',
      url: '/api/session',
      headers: HEADERS,
      payload: { account, password: 'a long password' },
    });
    const cookie = cookieOf(answer.headers['set-cookie']);
    const line: { phone?: Phone } = {};
    const engine = await openPerson(answer.json(), {
      ...this.planted.phone,
      registry: this.registry,
      build: 'test',
      clock: {
        now: () => (clocks ?? this.clock).now(),
        mono: () => clocks?.mono() ?? this.clock.now(),
        random: (n) => new Uint8Array(randomBytes(n)),
      },
      fetch: async (path, init) => {
        const { phone } = line;
        if (!phone?.online) throw new TypeError('Failed to fetch');
        const reply = await this.http.inject({
          method: (init.method ?? 'GET') as 'GET',
          url: path,
          headers: { ...(init.headers as Record<string, string>), cookie },
          ...(init.body === undefined ? {} : { payload: init.body as string }),
        });
        if (phone.losesNextAnswer) {
          phone.losesNextAnswer = false;
          throw new TypeError('Failed to fetch');
        }
        return new Response(reply.body, {
          status: reply.statusCode,
          headers: { 'content-type': String(reply.headers['content-type']) },
        });
      },
    });
    const phone = new Phone(who, engine);
    line.phone = phone;
    this.phones.set(who, phone);
    await phone.syncs();
    return phone;
  }

  /** Every number of the measure table, computed again from the records. */
  async rebuiltMeasures(): Promise<Map<string, number>> {
    const out = new Map<string, number>();
    const { registry } = this;
    for (const kind of registry.kinds) {
      const defs = registry.measuresOf(kind);
      if (defs.length === 0) continue;
      for (const row of await this.db.store.list(this.school, kind, ''))
        contributions(defs, readBody(registry, kind, row.version, row.body), row.id, out, 1);
    }
    return new Map([...out].filter(([, value]) => value !== 0));
  }
  async storedMeasures(): Promise<Map<string, number>> {
    const rows = await this.db.store.db
      .selectFrom('measure')
      .selectAll()
      .where('school', '=', this.school)
      .execute();
    return new Map(rows.filter((r) => r.value !== 0).map((r) => [`${r.name}|${r.scope}|${r.day}`, r.value]));
  }

  async ends(): Promise<void> {
    for (const phone of this.phones.values()) await phone.isPutAway();
    await this.http.close();
    await this.kernel.dispatcher.settled();
    await this.db.drop();
  }
}

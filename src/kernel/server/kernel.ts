import { createHash } from 'node:crypto';
import type { Clock } from '@kernel/shared/clock';
import type { Registry } from '@kernel/shared/contract';
import type { CommandResult } from '@kernel/shared/protocol';
import type { RecordDef } from '@kernel/shared/record';
import { dayOf } from '@kernel/shared/time';
import type { Auth } from './auth';
import { openAuth } from './auth';
import { readBody } from './body';
import { Feed } from './feed';
import type { SchoolView, SystemCommand } from './module';
import { Pokes } from './pokes';
import { Proof } from './proof/proof';
import type { SchoolRow, Store } from './store/store';
import type { Throttle } from './throttle';
import { openThrottle } from './throttle';
import { Dispatcher } from './write/dispatcher';
import type { Answer, Incoming } from './write/incoming';

export interface KernelLog {
  error(fields: Record<string, unknown>, message: string): void;
  info(fields: Record<string, unknown>, message: string): void;
}

/** Commands of one request that are written before others have their turn. */
const TURN = 200;

/** The server without HTTP: what routes, jobs and tests stand on. */
export class Kernel {
  readonly dispatcher: Dispatcher;
  readonly feed: Feed;
  readonly pokes = new Pokes();
  readonly proof: Proof;
  private readonly schools = new Map<string, SchoolRow>();

  private constructor(
    readonly registry: Registry,
    readonly store: Store,
    readonly clock: Clock,
    readonly log: KernelLog,
    readonly auth: Auth,
    readonly throttle: Throttle,
  ) {
    this.dispatcher = this.makeDispatcher(clock);
    this.feed = new Feed(store, registry, this.dispatcher);
    this.proof = new Proof(store, clock);
  }

  static async open(options: {
    registry: Registry;
    store: Store;
    clock: Clock;
    log: KernelLog;
  }): Promise<Kernel> {
    const { registry, store, clock, log } = options;
    const auth = await openAuth({ db: store.db, dialect: store.dialect, secret: store.secret, clock });
    return new Kernel(registry, store, clock, log, auth, openThrottle(store.db, clock));
  }

  /** The same school data under another clock: how the example's past is lived through real commands. */
  withClock(clock: Clock): Kernel {
    return new Kernel(this.registry, this.store, clock, this.log, this.auth, this.throttle);
  }

  private makeDispatcher(clock: Clock): Dispatcher {
    return new Dispatcher({
      store: this.store,
      registry: this.registry,
      clock,
      onChange: (school, seq) => this.pokes.poke(school, seq),
      onDefect: (commandId, error) => this.log.error({ commandId, err: error }, 'command parked as stuck'),
    });
  }

  /** A school by id, or undefined. Kept in memory: a school's row never changes after it is made. */
  async school(id: string): Promise<SchoolRow | undefined> {
    const hit = this.schools.get(id);
    if (hit) return hit;
    for (const row of await this.store.schools()) this.schools.set(row.id, row);
    return this.schools.get(id);
  }

  async createSchool(row: SchoolRow): Promise<void> {
    await this.store.createSchool(row, this.clock.now());
    this.schools.set(row.id, row);
  }

  /** Drops what is remembered of a school that was removed. */
  forget(id: string): void {
    this.schools.delete(id);
    this.dispatcher.forget(id);
    this.proof.forget(id);
  }

  view(school: SchoolRow, clock: Clock = this.clock): SchoolView {
    const { store, registry } = this;
    const now = clock.now();
    const read = (kind: string, row: { version: number; body: string | null }): unknown =>
      readBody(registry, kind, row.version, row.body);
    return {
      ...school,
      now,
      today: dayOf(now, school.zone),
      async get<B>(def: RecordDef<B>, id: string): Promise<B | undefined> {
        const [row] = await store.reads.load(school.id, [{ kind: def.kind, id }]);
        return (row && (read(def.kind, row) as B | null)) ?? undefined;
      },
      async list<B>(def: RecordDef<B>, filter: { idPrefix?: string; ids?: readonly string[] } = {}) {
        const rows = filter.ids
          ? await store.reads.load(
              school.id,
              filter.ids.map((id) => ({ kind: def.kind, id })),
            )
          : await store.list(school.id, def.kind, filter.idPrefix ?? '');
        return rows.filter((r) => r.body !== null).map((r) => ({ id: r.id, body: read(def.kind, r) as B }));
      },
    };
  }

  /** Issues a command in the school's own name. The same key is applied once, however often and from wherever it is said. */
  async system(school: string, command: SystemCommand): Promise<CommandResult> {
    const [result] = await this.systemAll(school, [command]);
    return result!;
  }

  async systemAll(school: string, commands: readonly SystemCommand[]): Promise<CommandResult[]> {
    const row = await this.school(school);
    if (!row) throw new Error(`no school ${school}`);
    const now = this.clock.now();
    return this.dispatcher.push(
      school,
      row.zone,
      commands.map((c) => ({
        id: systemId(school, c.key),
        device: 'server',
        deviceSeq: 0,
        actor: 'system',
        name: c.name,
        args: c.args,
        argsText: JSON.stringify(c.args),
        at: now,
        time: { earliest: now, latest: now },
      })),
    );
  }

  /** A long queue goes in turns: one phone's weeks offline must not hold up everybody's morning. */
  async push(school: SchoolRow, commands: readonly Incoming[]): Promise<Answer[]> {
    if (commands.length <= TURN) return this.dispatcher.push(school.id, school.zone, commands);
    const answers: Answer[] = [];
    for (let i = 0; i < commands.length; i += TURN)
      answers.push(...(await this.push(school, commands.slice(i, i + TURN))));
    return answers;
  }

  async close(): Promise<void> {
    await this.dispatcher.settled();
    this.pokes.close();
    await this.store.close();
  }
}

/**
 * A UUID (version 8, RFC 9562 §5.8) from a key: the same on every process. Anybody in the school could compute it, so version 8
 * is the school's alone: a phone that sends one is refused at the door (`isSystemId`), or it could take the deadline's place.
 */
export function systemId(school: string, key: string): string {
  const h = createHash('sha256').update(`${school}\n${key}`).digest('hex');
  return `${h.slice(0, 8)}-${h.slice(8, 12)}-8${h.slice(13, 16)}-a${h.slice(17, 20)}-${h.slice(20, 32)}`;
}

export const isSystemId = (id: string): boolean => id.charAt(14) === '8';

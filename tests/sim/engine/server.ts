import './globals';
import { copyFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { FastifyInstance } from 'fastify';
import { buildHttp } from '@kernel/server/http';
import { Kernel } from '@kernel/server/kernel';
import { openSqlite } from '@kernel/server/store/sqlite';
import type { Store } from '@kernel/server/store/store';
import type { CommandResult } from '@kernel/shared/protocol';
import { instantOf } from '@kernel/shared/time';
import { memoryFolder } from '../../support/folders';
import type { Dice } from './dice';
import type { Owner, Scheduler } from './scheduler';
import { owner } from './scheduler';
import { serverRegistry } from './school';
import { SimAuth } from './sim-auth';

export const SCHOOL = { id: 'sim-school', name: '试验中学', zone: 'Asia/Shanghai', example: false };
export const BEGIN = instantOf('2026-11-23', '07:05', 'Asia/Shanghai');

/** Where the next commit of a process breaks: nothing written, or written and nobody told. */
export type Break = 'diskError' | 'diesBefore' | 'diesAfter';

/** One server process: the real kernel behind its real HTTP handlers. */
export interface Process {
  readonly owner: Owner;
  readonly store: Store;
  readonly kernel: Kernel;
  readonly http: FastifyInstance;
  breaks: Break | null;
  /** Connections that break when it dies. */
  readonly resets: Set<() => void>;
}
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}
/** Wrong parts that a mutant plants in the server. */
export interface ServerSeams {
  readonly store?: (store: Store) => Store;
  readonly kernel?: (kernel: Kernel) => void;
  /** The request as the handler sees it, and the answer as the network does. */
  readonly request?: (body: Record<string, unknown>, kernel: Kernel, member: string | null) => void;
  readonly answer?: (reply: Reply, request: Record<string, unknown>) => Reply;
}

/** The school's server in one SQLite file: processes that come and go, backups, and histories that are taken back. */
export class SimServer {
  processes: Process[] = [];
  readonly auth = new SimAuth(SCHOOL.id);
  private readonly backups: { image: Buffer; sessions: Map<string, string> }[] = [];
  private folder = memoryFolder('qing-sim-');
  private file = '';
  private files = 0;
  private starts = 0;
  /** The observer's own way to the file: reads behind the system's back. */
  observer!: Database.Database;
  errors: unknown[] = [];
  /** Called whenever the file is another one, or went back in time. */
  onHistory: () => void = () => undefined;
  onPoke: () => void = () => undefined;

  constructor(
    private readonly scheduler: Scheduler,
    private readonly dice: Dice,
    private readonly seams: ServerSeams = {},
  ) {}

  now = (): number => BEGIN + Math.floor(this.scheduler.now);

  async boot(template: string, processes: number): Promise<void> {
    this.use((file) => copyFileSync(template, file));
    for (let i = 0; i < processes; i++) await this.start();
  }

  async start(): Promise<void> {
    const who = owner(`server ${++this.starts}`);
    const before = this.scheduler.current;
    this.scheduler.current = who;
    const process = { owner: who, breaks: null, resets: new Set() } as unknown as Process;
    const opened = this.breakable(await openSqlite(this.file), process);
    const store = this.seams.store?.(opened) ?? opened;
    const log = { error: (f: Record<string, unknown>) => void this.errors.push(f), info: () => undefined };
    const kernel = await Kernel.open({ registry: serverRegistry, store, clock: { now: this.now }, log });
    Object.assign(kernel, { auth: this.auth });
    this.seams.kernel?.(kernel);
    const http = await buildHttp({ kernel, modules: [], clientFolder: null });
    await http.ready();
    kernel.pokes.listen(SCHOOL.id, () => this.onPoke());
    this.processes.push(Object.assign(process, { store, kernel, http }));
    this.scheduler.current = before;
  }

  /** kill -9: what was being done is lost, what was committed is in the file. */
  kill(process: Process): void {
    this.processes = this.processes.filter((p) => p !== process);
    this.scheduler.kill(process.owner, null);
    for (const reset of process.resets) reset();
    void process.store.close();
  }

  /** One request at one of the processes; `null` when nobody answers. The caller runs in the process's name. */
  pick(): Process | null {
    return this.processes.length === 0 ? null : this.dice.pick(this.processes);
  }
  async handle(
    process: Process,
    path: string,
    init: { method: string; headers: object; body?: string },
  ): Promise<Reply> {
    let { body } = init;
    const { request, answer } = this.seams;
    const parsed = (request || answer) && body ? parsedOr(body) : null;
    if (request && parsed && path === '/api/sync') {
      request(parsed, process.kernel, this.auth.who((init.headers as { cookie?: string }).cookie));
      body = JSON.stringify(parsed);
    }
    const { http } = process;
    const reply = await http.inject({
      method: init.method as 'POST',
      url: path,
      headers: init.headers as Record<string, string>,
      ...(body === undefined ? {} : { payload: body }),
    });
    const out = {
      status: reply.statusCode,
      headers: reply.headers as Record<string, string>,
      body: reply.body,
    };
    return answer && parsed && path === '/api/sync' ? answer(out, parsed) : out;
  }

  /** The school's own hand. */
  async office(key: string, name: string, args: unknown): Promise<CommandResult | null> {
    const [process] = this.processes;
    return process ? process.kernel.system(SCHOOL.id, { key, name, args }) : null;
  }

  backup(): void {
    this.backups.push({ image: this.observer.serialize(), sessions: this.auth.snapshot() });
  }
  get hasBackup(): boolean {
    return this.backups.length > 0;
  }
  /** All processes stop, an older image becomes the truth under a new epoch: one of the `newest`, or any. */
  async restore(newest = this.backups.length): Promise<void> {
    const { image, sessions } = this.dice.pick(this.backups.slice(-newest));
    const count = Math.max(1, this.processes.length);
    for (const p of [...this.processes]) this.kill(p);
    this.use((file) => writeFileSync(file, image));
    const db = new Database(this.file);
    db.prepare(`update meta set value = ? where key = 'epoch'`).run(`restored-${this.files}`);
    db.close();
    this.auth.restore(sessions);
    for (let i = 0; i < count; i++) await this.start();
  }

  async end(): Promise<void> {
    for (const p of this.processes) await p.store.close();
    this.observer.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private use(fill: (file: string) => void): void {
    this.file = join(this.folder, `${++this.files}.sqlite`);
    fill(this.file);
    this.observer?.close();
    this.observer = new Database(this.file);
    this.onHistory();
  }

  /** Every way the kernel has to commit, with a fault that can be set. */
  private breakable(store: Store, process: Process): Store {
    const guarded =
      <A extends unknown[], R>(commit: (...args: A) => Promise<R>) =>
      async (...args: A): Promise<R> => {
        const how = process.breaks;
        process.breaks = null;
        if (how === 'diskError') throw new Error('disk I/O error');
        const never = new Promise<never>(() => undefined);
        if (how === 'diesBefore') this.kill(process);
        if (how === 'diesBefore') return never;
        const done = await commit(...args);
        if (how === 'diesAfter') this.kill(process);
        return how === 'diesAfter' ? never : done;
      };
    return new Proxy(store, {
      get: (target, name, self) => {
        const value: unknown = Reflect.get(target, name, self);
        if (name !== 'commit' && name !== 'write') return value;
        return guarded((value as (...a: unknown[]) => Promise<unknown>).bind(target));
      },
    });
  }
}

const parsedOr = (body: string): Record<string, unknown> | null => {
  try {
    return JSON.parse(body) as Record<string, unknown>;
  } catch {
    return null;
  }
};

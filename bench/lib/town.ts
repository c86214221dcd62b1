import type { Burst, Told } from '../children/crowd';
import type { Usage } from '../children/answers';
import type { Town } from '../children/town';
import type { Bundle } from './bundle';
import { Child } from './child';
import type { Database, Dialect } from './databases';
import { postgresCpu } from './postgres-cpu';
import { note } from './report';

/** A Sunday: the evening before two weeks of school. */
const FIRST_DAY = '2026-08-30';

export interface Cost extends Burst, Told {
  /** CPU time of the server process (all its threads) for one accepted command, µs. */
  readonly serverCpu: number;
  /** The same of PostgreSQL's processes for this database; null on SQLite and where it cannot be seen. */
  readonly databaseCpu: number | null;
}

export interface TownSize {
  readonly schools: number;
  readonly phones: number;
  readonly connections: number;
}

interface Ends {
  readonly rights: Record<string, string>;
  readonly ends: Record<string, number>;
}

/** A server with many schools, and the crowd of their phones, in two processes. */
export class TownBench {
  private constructor(
    readonly server: Child,
    readonly crowd: Child,
    readonly town: Town,
    readonly size: TownSize,
    private readonly data: Database,
    private opened: { port: number; protocol: number },
  ) {}

  static async found(bundle: Bundle, data: Database, size: TownSize): Promise<TownBench> {
    const server = Child.start(bundle.file('ours'));
    const crowd = Child.start(bundle.file('crowd'));
    try {
      const opened = await open(server, data);
      const { schools, phones } = size;
      const town = await server.ask<Town>('foundTown', { schools, phones, day: FIRST_DAY });
      return new TownBench(server, crowd, town, size, data, opened);
    } catch (error) {
      await Promise.all([server.stop(), crowd.stop()]);
      throw error;
    }
  }

  get port(): number {
    return this.opened.port;
  }

  /** How often everybody has something new to push. */
  get deals(): number {
    return this.town.hands[0]?.deals.length ?? 0;
  }

  /** Writes so many commands into the past of its schools and starts the server anew. */
  async age(commands: number): Promise<{ seconds: number; bytes: number }> {
    const filled = await this.server.ask<{ seconds: number; bytes: number }>('fillLog', { commands });
    this.opened = await open(this.server, this.data);
    return filled;
  }

  /** Every phone pulls once: after this it has a cursor and a beacon. */
  async meet(): Promise<{ ms: number; cpu: number }> {
    const { connections } = this.size;
    const ends = await this.server.ask<Ends>('cursors');
    return this.crowd.ask('meet', { town: this.town, ...this.opened, connections, ...ends });
  }

  /** Fills the outboxes of everybody in the first so many schools. */
  async load(deal: number, schools = this.size.schools): Promise<void> {
    const { ends } = await this.server.ask<Ends>('cursors');
    await this.crowd.ask('load', { deal, schools, ends });
  }

  /** What is loaded, sent to this server or to another one. */
  async burst(to: { server: Child; port: number; data: Database } = this.asTarget): Promise<Cost> {
    const { databaseUrl } = to.data.place;
    const database = (): number | null => (databaseUrl === null ? null : postgresCpu(databaseUrl));
    const [used, usedByDatabase] = [await to.server.ask<Usage>('usage'), database()];
    const run = await this.crowd.ask<Burst>('burst', {
      port: to.port,
      connections: this.size.connections,
    });
    // At once: connections that are idle for long are closed, and their processes gone.
    const after = database();
    const { cpu } = await to.server.ask<Usage>('usage');
    const told = await this.crowd.ask<Told>('told');
    return {
      ...run,
      ...told,
      serverCpu: (cpu - used.cpu) / told.accepted,
      databaseCpu: after === null ? null : (after - (usedByDatabase ?? 0)) / told.accepted,
    };
  }

  /** Nothing may have gone wrong on the way, and what the phones were told must be in the database. */
  async check(told: number): Promise<void> {
    const errors = await this.server.ask<string[]>('errors');
    if (errors.length > 0) throw new Error(`the server logged ${errors.length} errors: ${errors[0]}`);
    const kept = await this.server.ask<number>('accepted');
    if (kept < told) throw new Error(`phones were told ${told} acceptances, the database has ${kept}`);
  }

  say(dialect: Dialect): void {
    const { seconds } = this.town;
    const s = (n: number): string => `${n.toFixed(1)} s`;
    note(
      `${dialect}: ${this.size.schools} schools imported in ${s(seconds.imports)}, two weeks opened in ${s(seconds.days)}, ` +
        `sessions written in ${s(seconds.sessions)}`,
    );
  }

  async stop(): Promise<void> {
    await Promise.all([this.server.stop(), this.crowd.stop()]);
  }

  private get asTarget() {
    return { server: this.server, port: this.port, data: this.data };
  }
}

const open = (server: Child, data: Database): Promise<{ port: number; protocol: number }> =>
  server.ask('open', { ...data.place, clientFolder: null });

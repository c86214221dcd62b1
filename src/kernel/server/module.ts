import type { FastifyInstance } from 'fastify';
import type { AnyCommand, Module } from '@kernel/shared/contract';
import type { CommandResult } from '@kernel/shared/protocol';
import type { RecordDef } from '@kernel/shared/record';
import type { Day, Instant } from '@kernel/shared/time';
import type { Kernel } from './kernel';

/** A school as jobs and pages see it: committed records only. */
export interface SchoolView {
  readonly id: string;
  readonly name: string;
  readonly zone: string;
  readonly example: boolean;
  /** Server time, and its date in the school's zone. */
  readonly now: Instant;
  readonly today: Day;
  get<B>(def: RecordDef<B>, id: string): Promise<B | undefined>;
  /** All records of a kind; with `idPrefix` or `ids` only those. */
  list<B>(
    def: RecordDef<B>,
    filter?: { idPrefix?: string; ids?: readonly string[] },
  ): Promise<{ id: string; body: B }[]>;
}

/** A command the school itself issues. `key` makes its id: the same key is applied once, whichever process says it. */
export interface SystemCommand {
  readonly key: string;
  readonly name: string;
  readonly args: unknown;
}

/** What a module adds on the server: work that time alone causes, and its own pages. */
export interface ServerModule {
  readonly module: Module;
  /** What only the school itself says. Here and not in `module`, so that no phone carries it. */
  readonly commands?: readonly AnyCommand[];
  /** Asked about every 20 s per school and once at start; must be cheap when there is nothing to do. */
  jobs?(school: SchoolView): Promise<readonly SystemCommand[]>;
  routes?(http: FastifyInstance, kernel: Kernel): void | Promise<void>;
}

export type { CommandResult };

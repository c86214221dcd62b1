import type { Registry } from '@kernel/shared/contract';
import { withSystemCommands } from '@kernel/shared/contract';
import type { ServerModule } from './module';
import { recordOutage } from './record-outage';

/** What phones know, and with it what the school itself says: the kernel's and every module's. */
export const serverRegistry = (onPaper: Registry, modules: readonly ServerModule[]): Registry =>
  withSystemCommands(onPaper, [recordOutage, ...modules.flatMap((m) => m.commands ?? [])]);

import type { ServerModule } from '@kernel/server/module';
import { serverRegistry } from '@kernel/server/registry';
import { homeworkServer } from '@modules/homework/server';
import { orgServer } from '@modules/org/server';
import { registry as onPaper } from '../shared/modules';

/** Every module that has a server side. */
export const serverModules: readonly ServerModule[] = [orgServer, homeworkServer];

/** What the server knows of every module. */
export const registry = serverRegistry(onPaper, serverModules);

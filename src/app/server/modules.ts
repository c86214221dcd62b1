import type { ServerModule } from '@kernel/server/module';
import { homeworkServer } from '@modules/homework/server';
import { orgServer } from '@modules/org/server';

/** Every module that has a server side. */
export const serverModules: readonly ServerModule[] = [orgServer, homeworkServer];

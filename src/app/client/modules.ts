import type { ClientModule } from '@kernel/client/client-module';
import { homeworkClient } from '@modules/homework/client';
import { orgClient } from '@modules/org/client';
import { overviewClient } from '@modules/overview/client';

/** Every module that has screens. */
export const clientModules: readonly ClientModule[] = [orgClient, homeworkClient, overviewClient];

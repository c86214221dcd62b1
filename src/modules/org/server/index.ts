import type { ServerModule } from '@kernel/server/module';
import { org } from '@modules/org';

export const orgServer: ServerModule = { module: org };

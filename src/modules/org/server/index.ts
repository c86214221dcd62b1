import type { ServerModule } from '@kernel/server/module';
import { org } from '@modules/org';
import { setUpRoutes } from './routes';

export { buildExamplePlan } from './example';

export const orgServer: ServerModule = { module: org, routes: setUpRoutes };

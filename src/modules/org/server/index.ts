import type { ServerModule } from '@kernel/server/module';
import { org } from '@modules/org';
import { addAdmin } from './commands/add-admin';
import { applyImport } from './commands/apply-import';
import { setUpRoutes } from './routes';

export { buildExamplePlan } from './example';

export const orgServer: ServerModule = {
  module: org,
  commands: [applyImport, addAdmin],
  routes: setUpRoutes,
};

import { join } from 'node:path';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { buildHttp } from '@kernel/server/http';
import { Jobs } from '@kernel/server/jobs';
import type { KernelLog } from '@kernel/server/kernel';
import { Kernel } from '@kernel/server/kernel';
import { openPostgres } from '@kernel/server/store/postgres';
import { openSqlite } from '@kernel/server/store/sqlite';
import type { Clock } from '@kernel/shared/clock';
import { registry } from '../shared/modules';
import type { Config } from './config';
import { exampleRoutes } from './example-routes';
import { serverModules } from './modules';

export interface Served {
  readonly kernel: Kernel;
  readonly jobs: Jobs;
  readonly port: number;
  close(): Promise<void>;
}

/** Opens the database, starts the jobs and listens. The clock may be given, for tests. */
export async function serve(
  config: Config & { clientFolder: string | null },
  options: { clock?: Clock; log?: KernelLog; startJobs?: boolean } = {},
): Promise<Served> {
  const clock = options.clock ?? { now: () => Date.now() };
  const log = options.log ?? pino({ base: null, redact: ['req.headers.cookie'] });
  const store =
    config.databaseUrl === null
      ? await openSqlite(join(config.dataDir, 'qing.sqlite'))
      : await openPostgres(config.databaseUrl);
  const kernel = await Kernel.open({ registry, store, clock, log });
  const http = await buildHttp({
    kernel,
    modules: serverModules,
    clientFolder: config.clientFolder,
    routes: (app) => exampleRoutes(app, kernel),
  });
  const jobs = new Jobs(kernel, serverModules);
  if (options.startJobs !== false) jobs.start();
  await http.listen({ port: config.port, host: config.host });
  return {
    kernel,
    jobs,
    port: (http.server.address() as AddressInfo).port,
    async close() {
      await jobs.stop();
      http.server.closeAllConnections();
      await http.close();
      await kernel.close();
    },
  };
}

import { join } from 'node:path';
import type { AddressInfo } from 'node:net';
import { buildHttp } from '@kernel/server/http';
import { Jobs } from '@kernel/server/jobs';
import type { KernelLog } from '@kernel/server/kernel';
import { Kernel } from '@kernel/server/kernel';
import { BackupSchedule } from '@kernel/server/ops/backup/schedule';
import { OutageWatch } from '@kernel/server/outage-watch';
import { openLog } from '@kernel/server/log';
import { closeGently } from '@kernel/server/ops/close-gently';
import { takeLock } from '@kernel/server/ops/process-lock';
import { openPostgres } from '@kernel/server/store/postgres';
import { openSqlite } from '@kernel/server/store/sqlite';
import type { Store } from '@kernel/server/store/store';
import type { Clock } from '@kernel/shared/clock';
import { setUpCode } from '@kernel/server/set-up-code';
import type { Config } from './config';
import { backupSecret, ZONE } from './config';
import { exampleRoutes } from './example-routes';
import { registry, serverModules } from './modules';

export interface Served {
  readonly kernel: Kernel;
  readonly jobs: Jobs;
  readonly backups: BackupSchedule | null;
  readonly port: number;
  /** 建校口令, as long as there is no school. */
  readonly setUpCode: string | null;
  /** Takes nothing new, finishes what runs, closes the database. */
  close(): Promise<void>;
}

export interface ServeOptions {
  /** Given by tests. */
  readonly clock?: Clock;
  readonly log?: KernelLog;
  readonly startJobs?: boolean;
  /** The disk lost what it had taken; the process must end. */
  onFatal?(error: Error): void;
}

/** Takes the data folder, opens the database, starts the jobs and listens. @throws Refused with words for the operator */
export async function serve(
  config: Config & { clientFolder: string | null },
  options: ServeOptions = {},
): Promise<Served> {
  const lock = config.databaseUrl === null ? takeLock(config.dataDir, 'server') : null;
  const undo: (() => unknown)[] = [() => lock?.release()];
  try {
    return await open(config, options, undo);
  } catch (error) {
    for (const step of undo.reverse()) await Promise.resolve(step()).catch(() => undefined);
    throw error;
  }
}

async function open(
  config: Config & { clientFolder: string | null },
  options: ServeOptions,
  undo: (() => unknown)[],
): Promise<Served> {
  const clock = options.clock ?? { now: () => Date.now() };
  const log = options.log ?? openLog();
  const store =
    config.databaseUrl === null
      ? await openSqlite(join(config.dataDir, 'qing.sqlite'))
      : await openPostgres(config.databaseUrl);
  undo.push(() => store.close());
  watchDisk(store, log, options);
  const kernel = await Kernel.open({ registry, store, clock, log });
  const backups = scheduleOf(config, clock, log);
  const http = await buildHttp({
    kernel,
    modules: serverModules,
    clientFolder: config.clientFolder,
    client: { killWorker: config.killWorker === true },
    health: () => ({ pid: process.pid, backup: backups?.state ?? null }),
    routes: (app) => exampleRoutes(app, kernel),
  });
  undo.push(() => http.close());
  const outages = options.startJobs === false ? null : new OutageWatch(kernel);
  const jobs = new Jobs(kernel, serverModules, undefined, outages);
  // Before anybody is answered and anything is judged.
  await outages?.start();
  await http.listen({ port: config.port, host: config.host });
  if (options.startJobs !== false) {
    jobs.start();
    backups?.start();
  }
  return {
    kernel,
    jobs,
    backups,
    port: (http.server.address() as AddressInfo).port,
    setUpCode: await setUpCode(kernel).catch(() => null),
    async close() {
      // The door first: what is under way is finished, nothing new is begun.
      await Promise.all([closeGently(http), jobs.stop(), backups?.stop()]);
      await outages?.stop();
      await kernel.close();
      undo[0]!();
    },
  };
}

function watchDisk(store: Store, log: KernelLog, options: ServeOptions): void {
  store.health.events = {
    onChange(state) {
      if (state) log.error({ ...state }, 'read-only: the database takes no writes');
      else log.info({}, 'the database takes writes again');
    },
    onFatal(error) {
      log.error({ err: error }, 'the disk lost what it had taken: nothing is acknowledged any more');
      options.onFatal?.(error);
    },
  };
}

function scheduleOf(config: Config, clock: Clock, log: KernelLog): BackupSchedule | null {
  const { backup, databaseUrl, dataDir } = config;
  if (!backup?.scheduled) return null;
  return new BackupSchedule({
    source: {
      from: databaseUrl === null ? { file: join(dataDir, 'qing.sqlite') } : { databaseUrl },
      build: __BUILD__,
    },
    folder: backup.dir,
    keep: backup.keep,
    at: backup.at,
    zone: ZONE,
    clock,
    log,
    secret: () => backupSecret(backup, true).secret,
  });
}

import type { Clock } from '@kernel/shared/clock';
import type { Instant } from '@kernel/shared/time';
import { addDays, clockOf, dayOf, HOUR, instantOf } from '@kernel/shared/time';
import type { KernelLog } from '../../kernel';
import type { Keep } from './keep';
import { backupsIn, rotate } from './keep';
import type { BackupSecret } from './key';
import type { BackupSource } from './take';
import { takeBackup } from './take';

export interface ScheduleOptions {
  readonly source: BackupSource;
  readonly folder: string;
  readonly keep: Keep;
  /** Wall-clock time of day in `zone`, `HH:MM`. */
  readonly at: string;
  readonly zone: string;
  readonly clock: Clock;
  readonly log: KernelLog;
  /** Asked when a backup begins, so that a key changed on disk is the one used. */
  secret(): BackupSecret;
}

export interface BackupState {
  /** When the newest backup of the folder was taken, ms. */
  readonly last: Instant | null;
  /** Why the last try failed, until one succeeds. */
  readonly error: string | null;
  readonly running: boolean;
}

const LOOK_EVERY = 60_000;
/** A failed backup is tried again after this long. */
const RETRY_AFTER = HOUR;

/** The last moment at which a backup should have been made. */
export function lastDue(now: Instant, at: string, zone: string): Instant {
  const today = dayOf(now, zone);
  return instantOf(clockOf(now, zone) >= at ? today : addDays(today, -1), at, zone);
}

/**
 * Nightly backups. What counts is whether the folder has one since the last due time, so a machine that is switched off at night
 * makes up for it in the morning, and several servers on one folder make one between them.
 */
export class BackupSchedule {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | null = null;
  private error: string | null = null;
  private failedAt: Instant | null = null;
  private readonly quit = new AbortController();

  constructor(private readonly options: ScheduleOptions) {}

  start(): void {
    this.timer = setInterval(() => void this.look(), LOOK_EVERY);
    this.timer.unref();
  }

  /** Gives up a backup under way; nothing of it stays. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    this.quit.abort();
    await this.running;
  }

  get state(): BackupState {
    return {
      last: backupsIn(this.options.folder)[0]?.at ?? null,
      error: this.error,
      running: this.running !== null,
    };
  }

  /** Makes a backup if one is due. Never two at once. Never throws: a failure is logged and shown in `state`. */
  look(): Promise<void> {
    if (this.running) return this.running;
    const { clock, folder, at, zone } = this.options;
    const now = clock.now();
    if (this.failedAt !== null && now < this.failedAt + RETRY_AFTER) return Promise.resolve();
    const newest = backupsIn(folder)[0]?.at ?? -Infinity;
    if (newest >= lastDue(now, at, zone)) return Promise.resolve();
    this.running = this.make(now).finally(() => (this.running = null));
    return this.running;
  }

  private async make(now: Instant): Promise<void> {
    const { source, folder, keep, zone, log } = this.options;
    const from = performance.now();
    try {
      const { file, bytes, rows } = await takeBackup(source, folder, this.options.secret(), {
        now,
        signal: this.quit.signal,
      });
      const gone = rotate(folder, keep, zone);
      this.error = this.failedAt = null;
      const total = [...rows.values()].reduce((a, b) => a + b, 0);
      const ms = Math.round(performance.now() - from);
      log.info({ file, bytes, rows: total, ms, removed: gone.length }, 'backup made');
    } catch (error) {
      if (this.quit.signal.aborted) return;
      this.error = (error as Error).message;
      this.failedAt = now;
      log.error({ err: error, folder }, 'backup failed');
    }
  }
}

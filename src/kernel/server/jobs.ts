import type { Kernel } from './kernel';
import type { ServerModule } from './module';
import type { OutageWatch } from './outage-watch';
import type { SchoolRow } from './store/store';

/**
 * Work that time alone causes. Every job's command has a key that makes its id, so any number of processes may run this loop:
 * the first to say it does it, the others get its answer again.
 */
export class Jobs {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;

  constructor(
    private readonly kernel: Kernel,
    private readonly modules: readonly ServerModule[],
    private readonly everyMs = 20_000,
    private readonly outages: Pick<OutageWatch, 'check'> | null = null,
  ) {}

  start(): void {
    const tick = (): void => {
      // A database that is away for a moment is no reason to end: the next round asks again.
      void this.runOnce()
        .catch((err: unknown) => this.kernel.log.error({ err }, 'jobs could not run'))
        .finally(() => {
          if (this.timer !== undefined) this.timer = setTimeout(tick, this.everyMs);
        });
    };
    this.timer = setTimeout(tick, 0);
  }

  async stop(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    await this.running;
  }

  /** One round over all schools. One school's failure is logged and does not stop the others. */
  runOnce(): Promise<void> {
    this.running ??= this.round().finally(() => (this.running = undefined));
    return this.running;
  }

  private async round(): Promise<void> {
    // On a full disk every one of them would fail; what they are about is still due when there is space again.
    if (this.kernel.store.health.readOnly) return;
    // No deadline is judged before it is known whether the server itself stood still on it.
    await this.outages?.check();
    for (const school of await this.kernel.store.schools()) {
      for (const m of this.modules)
        await this.attempt(school, m.module.id, async () => {
          const commands = (await m.jobs?.(this.kernel.view(school))) ?? [];
          if (commands.length > 0) await this.kernel.systemAll(school.id, commands);
        });
      await this.attempt(school, 'kernel', () => this.kernel.proof.noteHead(this.kernel.view(school)));
    }
  }

  private async attempt(school: SchoolRow, module: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (err) {
      this.kernel.log.error({ school: school.id, module, err }, 'job failed');
    }
  }
}

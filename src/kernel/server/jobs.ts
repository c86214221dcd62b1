import type { Kernel } from './kernel';
import type { ServerModule } from './module';

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
  ) {}

  start(): void {
    const tick = (): void => {
      void this.runOnce().finally(() => {
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
    for (const school of await this.kernel.store.schools())
      for (const m of this.modules) {
        if (!m.jobs) continue;
        try {
          const commands = await m.jobs(this.kernel.view(school));
          if (commands.length > 0) await this.kernel.systemAll(school.id, commands);
        } catch (error) {
          this.kernel.log.error({ school: school.id, module: m.module.id, err: error }, 'job failed');
        }
      }
  }
}

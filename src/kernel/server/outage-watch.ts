import { randomUUID } from 'node:crypto';
import type { Outage } from '@kernel/shared/outage';
import type { Day, Instant } from '@kernel/shared/time';
import { DAY_MS, HOUR, MINUTE, addDays, dayOf } from '@kernel/shared/time';
import type { Kernel } from './kernel';
import type { SystemCommand } from './module';
import { recordOutage } from './record-outage';

/** A heartbeat every so often, ms. */
const EVERY = 30_000;
/** No heartbeat for longer than this is an outage: one was missed, and more than a minute went by without it, ms. */
export const MISSED = EVERY + MINUTE;
/** Deadlines further back than this are nobody's business any more; a server switched off for a summer writes no more days. */
const MOST_DAYS = 31;

/**
 * The server's own record of when it did not work (reliability.md §b.5, product.md §3 rule 4). Every process writes a heartbeat;
 * what lies between the last one of any process and the first one after is told to every school as an outage, before a deadline
 * is judged or a phone is answered. A process that stood still, a database that was away and a full disk are found the same way:
 * no heartbeat could be written. Only the wall clock is asked, because that is what deadlines are judged by: a clock that
 * jumps forward leaves a time in which nobody could do anything, and is an outage too.
 */
export class OutageWatch {
  private readonly id = randomUUID();
  private last: Instant | null = null;
  private timer: NodeJS.Timeout | undefined;
  private beating: Promise<void> | undefined;
  private warnedAt: Instant = -Infinity;

  constructor(private readonly kernel: Kernel) {}

  /**
   * Call before jobs and doors are opened: what was missed is recorded when this resolves. A disk that takes nothing keeps nobody
   * from starting: the heartbeat is missing until it does, and that is what will be recorded.
   */
  async start(): Promise<void> {
    await this.beat().catch((err: unknown) => this.failed(err));
    this.timer = setInterval(() => void this.beat().catch((err: unknown) => this.failed(err)), EVERY);
    this.timer.unref();
  }

  /** Call before judging by time: after a standstill the timer that was first to run must not be first to judge. */
  async check(): Promise<void> {
    if (this.last === null || this.kernel.clock.now() - this.last > MISSED) await this.beat();
  }

  /** A last heartbeat, so that the time until the next start is measured from here. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.beat().catch((err: unknown) => this.failed(err));
  }

  /** One heartbeat; two at once are one. Throws when the database cannot be written: then it is missing. */
  beat(): Promise<void> {
    this.beating ??= this.once().finally(() => (this.beating = undefined));
    return this.beating;
  }

  private async once(): Promise<void> {
    const { db } = this.kernel.store;
    const now = this.kernel.clock.now();
    const latest = await db.selectFrom('heartbeat').select(['process', 'at']).orderBy('at', 'desc').execute();
    const before = this.last ?? latest[0]?.at ?? now;
    if (now - before > MISSED) await this.tell({ from: before, to: now });
    await db
      .insertInto('heartbeat')
      .values({ process: this.id, at: now })
      .onConflict((c) => c.column('process').doUpdateSet({ at: now }))
      .execute();
    if (this.last === null)
      await db
        .deleteFrom('heartbeat')
        .where('at', '<', now - DAY_MS)
        .execute();
    this.last = now;
    this.compare(now, latest.find((row) => row.process !== this.id)?.at ?? now);
  }

  /** Told again in another piece, or by another process, it is the same outage: the records join what touches. */
  private async tell(outage: Outage): Promise<void> {
    for (const school of await this.kernel.store.schools())
      await this.kernel.systemAll(school.id, commandsFor(outage, school.zone));
    this.kernel.log.info({ ...outage }, 'outage recorded, deadlines in it are lifted');
  }

  /** Order never depends on clocks; verdicts differ by as much as the clocks of two servers do, so somebody must know. */
  private compare(now: Instant, other: Instant): void {
    if (other - now <= MINUTE || now - this.warnedAt < DAY_MS) return;
    this.warnedAt = now;
    this.kernel.log.error({ aheadMs: other - now }, 'another server’s clock is ahead of this one’s');
  }

  private failed(err: unknown): void {
    this.kernel.log.error({ err }, 'no heartbeat');
  }
}

function commandsFor(span: Outage, zone: string): SystemCommand[] {
  const days: Day[] = [];
  // The hour after the end, too: what was due just past midnight had no time left.
  for (let day = dayOf(span.to + HOUR, zone); day >= dayOf(span.from, zone); day = addDays(day, -1)) {
    if (days.length === MOST_DAYS) break;
    days.push(day);
  }
  return days.map((day) => ({
    key: `${recordOutage.name}|${day}|${span.from}|${span.to}`,
    name: recordOutage.name,
    args: { day, span },
  }));
}

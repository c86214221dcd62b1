import type { Clock } from '@kernel/shared/clock';
import type { Head, ReceiptEntry } from '@kernel/shared/receipt';
import { ledgerText, receiptText, withSignature } from '@kernel/shared/receipt';
import type { Day } from '@kernel/shared/time';
import type { SchoolView } from '../module';
import type { Store } from '../store/store';
import { SchoolKeys } from './school-key';

/** What the log holds of one answered command, beside what the answer itself says. */
export interface Logged extends ReceiptEntry {
  readonly hash: string;
}

export interface DailyHead {
  readonly day: Day;
  readonly log: number;
  /** Signed (`@kernel/shared/receipt`): to be printed, copied, handed to the bureau. */
  readonly text: string;
}

/** What the school signs: a receipt for every push, and once a day the head of its log. */
export class Proof {
  readonly keys: SchoolKeys;
  private readonly noted = new Map<string, Day>();

  constructor(
    private readonly store: Pick<Store, 'db' | 'secret' | 'reads'>,
    private readonly clock: Clock,
  ) {
    this.keys = new SchoolKeys(store, clock);
  }

  /** One signature for all that was answered in one push; null when the log has none of it. */
  async receipt(school: string, person: string, entries: readonly Logged[]): Promise<string | null> {
    const last = entries.reduce<Logged | null>((a, b) => (a && a.log > b.log ? a : b), null);
    if (!last) return null;
    const signer = await this.keys.of(school);
    const head = { log: last.log, hash: last.hash };
    const text = receiptText({ school, person, key: signer.key, head, entries });
    return withSignature(text, await signer.sign(text));
  }

  /**
   * Called in every round of the jobs; writes the head of a school's log once a day, if there is anything new since the last one.
   * Whoever keeps one of these texts elsewhere can show later that the log was cut or made anew (reliability.md rule 65).
   */
  async noteHead(school: SchoolView): Promise<void> {
    const { db, reads } = this.store;
    if (this.noted.get(school.id) === school.today) return;
    const last = await db
      .selectFrom('chain_head')
      .select(['day', 'log'])
      .where('school', '=', school.id)
      .orderBy('day', 'desc')
      .limit(1)
      .executeTakeFirst();
    const counter = await reads.counter(school.id);
    if (!counter || counter.log === 0) return;
    const old = last !== undefined && (last.day >= school.today || last.log === counter.log);
    if (!old) {
      const text = await this.ledger(school, { log: counter.log, hash: counter.head });
      await db
        .insertInto('chain_head')
        .values({ school: school.id, day: school.today, log: counter.log, text })
        .onConflict((c) => c.columns(['school', 'day']).doNothing())
        .execute();
    }
    this.noted.set(school.id, school.today);
  }

  /** The last daily heads, newest first. */
  heads(school: string, most = 31): Promise<DailyHead[]> {
    return this.store.db
      .selectFrom('chain_head')
      .select(['day', 'log', 'text'])
      .where('school', '=', school)
      .orderBy('day', 'desc')
      .limit(most)
      .execute();
  }

  forget(school: string): void {
    this.noted.delete(school);
    this.keys.forget(school);
  }

  private async ledger(school: SchoolView, head: Head): Promise<string> {
    const signer = await this.keys.of(school.id);
    const at = this.clock.now();
    const text = ledgerText({
      school: school.id,
      name: school.name,
      day: school.today,
      key: signer.key,
      head,
      at,
    });
    return withSignature(text, await signer.sign(text));
  }
}

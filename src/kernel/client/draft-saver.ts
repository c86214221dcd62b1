/** Typing pauses of this length are saved, ms. */
const PAUSE_MS = 600;
/** Who types without a pause is saved all the same: at most this much is lost with the page (reliability.md B8: 2 s), ms. */
const MOST_MS = 1_400;
/** After storage failed, ms. */
const RETRY_MS = 2_000;

/** One state of one draft, taken at once and written when it is its turn. */
export interface DraftJob {
  readonly key: string;
  write(): Promise<void>;
}

/** When what is typed is written down. Jobs are written one after the other, so that an older text never lands on a newer one. */
export class DraftSaver {
  private dirty = false;
  private writing = 0;
  /** What could not be written, per draft: tried again before anything newer. */
  private readonly failed = new Map<string, DraftJob>();
  private chain: Promise<void> = Promise.resolve();
  private pause: ReturnType<typeof setTimeout> | undefined;
  private most: ReturnType<typeof setTimeout> | undefined;

  /** @param take the draft as it is now; null = there is no place for it yet */
  constructor(
    private readonly take: () => DraftJob | null,
    private readonly onOutcome: (failed: boolean) => void,
  ) {}

  /** Something is only on the screen, or not yet safely written. */
  get holds(): boolean {
    return this.dirty || this.writing > 0 || this.failed.size > 0;
  }

  touched(): void {
    this.dirty = true;
    clearTimeout(this.pause);
    this.pause = setTimeout(() => void this.flush(), PAUSE_MS);
    this.most ??= setTimeout(() => void this.flush(), MOST_MS);
  }

  /** Writes what was typed. Settles when it is written, or was tried. */
  flush(): Promise<void> {
    this.calm();
    const job = this.dirty ? this.take() : null;
    if (job) this.dirty = false;
    return job || this.failed.size > 0 ? this.queue(job) : this.chain;
  }

  /** What was typed is not wanted any more; `job` takes its place, e.g. the deletion of the draft. */
  instead(job: DraftJob): Promise<void> {
    this.calm();
    this.dirty = false;
    return this.queue(job);
  }

  private queue(job: DraftJob | null): Promise<void> {
    const jobs = [...this.failed.values()].filter((f) => f.key !== job?.key);
    if (job) jobs.push(job);
    this.failed.clear();
    this.writing++;
    this.chain = this.chain.then(() => this.write(jobs)).finally(() => void this.writing--);
    return this.chain;
  }

  private calm(): void {
    clearTimeout(this.pause);
    clearTimeout(this.most);
    this.pause = undefined;
    this.most = undefined;
  }

  private async write(jobs: readonly DraftJob[]): Promise<void> {
    for (const job of jobs) {
      try {
        await job.write();
        this.failed.delete(job.key);
      } catch {
        this.failed.set(job.key, job); // of the same draft the latest counts
      }
    }
    const failed = this.failed.size > 0;
    this.onOutcome(failed);
    if (failed) this.pause ??= setTimeout(() => void this.flush(), RETRY_MS);
  }
}

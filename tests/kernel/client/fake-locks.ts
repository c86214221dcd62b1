/** Web Locks of one browser, exclusive ones only: who asks first holds first; a page that is closed lets go. */
export class FakeLocks {
  private readonly held = new Map<string, symbol>();
  private readonly waiting: { name: string; grant: () => void }[] = [];

  /** As one page sees it; `dies()` is what closing or crashing that page does. */
  page(): LockManager & { dies(): void } {
    const mine = Symbol('page');
    let dead = false;
    const request = (
      name: string,
      options: LockOptions,
      work: (lock: Lock) => Promise<unknown>,
    ): Promise<unknown> =>
      new Promise((done, no) => {
        const entry = {
          name,
          grant: (): void => {
            this.held.set(name, mine);
            const over = (): void => this.release(name, mine);
            work({ name, mode: 'exclusive' }).then(
              (value) => (over(), done(value)),
              (error: unknown) => (over(), no(error as Error)),
            );
          },
        };
        options.signal?.addEventListener('abort', () => {
          const at = this.waiting.indexOf(entry);
          if (at < 0) return;
          this.waiting.splice(at, 1);
          no(new DOMException('aborted', 'AbortError'));
        });
        if (dead) return;
        this.waiting.push(entry);
        this.next();
      });
    return {
      request: request as LockManager['request'],
      query: () => Promise.resolve({ held: [], pending: [] }),
      dies: () => {
        dead = true;
        for (const [name, holder] of this.held) if (holder === mine) this.release(name, mine);
      },
    };
  }

  private release(name: string, holder: symbol): void {
    if (this.held.get(name) !== holder) return;
    this.held.delete(name);
    this.next();
  }

  private next(): void {
    const at = this.waiting.findIndex((w) => !this.held.has(w.name));
    if (at >= 0) this.waiting.splice(at, 1)[0]!.grant();
  }
}

/** Cache Storage as far as the app uses it: Node has none. What it holds outlives an emptied IndexedDB. */
export class FakeCaches {
  private readonly all = new Map<string, Map<string, string>>();
  /** Every call fails, as in a private window. */
  broken = false;

  /** As the browser hands it out. */
  get storage(): CacheStorage {
    return {
      open: (name: string) => this.does(() => this.cache(name)),
      keys: () => this.does(() => [...this.all.keys()]),
      delete: (name: string) => this.does(() => this.all.delete(name)),
      has: (name: string) => this.does(() => this.all.has(name)),
    } as Partial<CacheStorage> as CacheStorage;
  }
  /** How many entries lie in caches whose names begin so. */
  count(prefix: string): number {
    const mine = [...this.all].filter(([name]) => name.startsWith(prefix));
    return mine.reduce((sum, [, entries]) => sum + entries.size, 0);
  }
  /** What is there is damaged. */
  spoil(): void {
    for (const entries of this.all.values()) for (const key of entries.keys()) entries.set(key, '{"half":');
  }

  private cache(name: string): Cache {
    const entries = this.all.get(name) ?? new Map<string, string>();
    this.all.set(name, entries);
    return {
      put: (key: string, response: Response) =>
        this.does(async () => void entries.set(key, await response.text())),
      match: (key: string) =>
        this.does(() => (entries.has(key) ? new Response(entries.get(key)) : undefined)),
      delete: (key: string) => this.does(() => entries.delete(key)),
      keys: () => this.does(() => [...entries.keys()].map((url) => new Request(url))),
    } as Partial<Record<keyof Cache, unknown>> as Cache;
  }

  private async does<T>(work: () => T | Promise<T>): Promise<T> {
    await Promise.resolve();
    if (this.broken) throw new DOMException('not here', 'SecurityError');
    return work();
  }
}

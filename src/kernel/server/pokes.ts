/** Who is listening for "something changed in your school". Nothing depends on a poke arriving (architecture.md §4). */
export class Pokes {
  private readonly listeners = new Map<string, Set<(seq: number) => void>>();

  listen(school: string, listener: (seq: number) => void): () => void {
    const set = this.listeners.get(school) ?? new Set();
    set.add(listener);
    this.listeners.set(school, set);
    return () => {
      set.delete(listener);
      if (set.size === 0) this.listeners.delete(school);
    };
  }
  poke(school: string, seq: number): void {
    for (const listener of this.listeners.get(school) ?? []) listener(seq);
  }
  close(): void {
    this.listeners.clear();
  }
}

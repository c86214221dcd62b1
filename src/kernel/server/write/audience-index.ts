import type { AudienceSet } from '../store/store';

/** The audience sets of one school: their numbers by their tags, and which of them somebody with given tags matches. */
export class AudienceIndex {
  private readonly byTags = new Map<string, number>();
  private readonly byTag = new Map<string, number[]>();
  private highest = 0;

  /** Highest number known. */
  get last(): number {
    return this.highest;
  }

  add(sets: readonly AudienceSet[]): void {
    for (const set of sets) {
      if (set.id <= this.highest) continue; // two readers may have asked for the same new ones
      this.byTags.set(set.tags.join('\n'), set.id);
      for (const tag of set.tags) {
        const list = this.byTag.get(tag);
        if (list) list.push(set.id);
        else this.byTag.set(tag, [set.id]);
      }
      this.highest = set.id;
    }
  }

  /** @param tags sorted, without repeats, joined by line ends */
  idOf(tags: string): number | undefined {
    return this.byTags.get(tags);
  }

  matching(tags: readonly string[]): Set<number> {
    const ids = new Set<number>();
    for (const tag of tags) for (const id of this.byTag.get(tag) ?? []) ids.add(id);
    return ids;
  }
}

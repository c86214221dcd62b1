import { SchoolMemory } from './school-memory';

/** What all schools together may hold, in characters of stored text. Parsed bodies take a few times as much memory. */
const CHARS = 48_000_000;

/** The memories of the schools this process writes; who was not used longest goes first when all together grow too large. */
export class Memories {
  private readonly schools = new Map<string, SchoolMemory>();

  constructor(private readonly limit = CHARS) {}

  of(school: string): SchoolMemory {
    let memory = this.schools.get(school);
    if (memory) this.schools.delete(school);
    else memory = new SchoolMemory();
    this.schools.set(school, memory); // last in order: just used
    return memory;
  }

  drop(school: string): void {
    this.schools.delete(school);
  }

  /** Call after a commit, never while a batch is being decided. */
  trim(): void {
    let total = 0;
    for (const m of this.schools.values()) total += m.size;
    for (const [school, m] of this.schools) {
      if (total <= this.limit) return;
      total -= m.size;
      this.schools.delete(school);
    }
  }
}

import type { RosterPerson } from './roster';

export interface Person extends RosterPerson {
  readonly id: string;
}

/** The people of this import, by name. */
export class People {
  readonly all: readonly Person[];
  private readonly byName = new Map<string, Person[]>();

  constructor(roster: readonly RosterPerson[], newId: () => string) {
    this.all = roster.map((p) => ({ ...p, id: newId() }));
    for (const p of this.all) this.byName.set(p.name, [...(this.byName.get(p.name) ?? []), p]);
  }
  named(name: string): readonly Person[] {
    return this.byName.get(name) ?? [];
  }
}

import { CHAIRS, DAY } from './school';

/** A command as the server's log has it. */
export interface LogEntry {
  readonly log: number;
  readonly id: string;
  readonly actor: string;
  readonly device: string;
  readonly device_seq: number;
  readonly name: string;
  readonly args: string;
  readonly outcome: string;
  readonly code: string | null;
}
interface Rights {
  teams: string[];
  head: boolean;
}
type Bodies = Map<string, Record<string, unknown>>;
type Args = Record<string, string> & { teams: string[]; head: boolean };

/**
 * The school's rules once more, in other words: what the log should have led to, if every entry was applied once, whole and in
 * order. Knows nothing of the kernel. A wrong rule here shows as a difference in the first schedule.
 */
export class Model {
  readonly rights = new Map<string, Rights>();
  /** `kind id` → body. */
  readonly records: Bodies = new Map();
  /** Moves with every change: what may be remembered about this state. */
  version = 0;
  private readable_ = new Map<string, { at: number; keys: Map<string, unknown> }>();

  /** Applies one entry and answers what its outcome should have been: `accepted`, or the refusal's code. */
  apply(entry: LogEntry): string {
    // A defect and an unreadable command change nothing, whatever they wanted.
    if (entry.name === 'sim.v1.trip') return entry.actor === 'system' ? 'accepted' : 'kernel.defect';
    const verdict = this.decide(entry, JSON.parse(entry.args) as Args);
    this.version++;
    return verdict;
  }

  /** What a person may have on the phone. */
  readable(person: string): ReadonlyMap<string, unknown> {
    const known = this.readable_.get(person);
    if (known?.at === this.version) return known.keys;
    const teams = this.rights.get(person)?.teams ?? [];
    const keys = new Map<string, unknown>();
    for (const [key, body] of this.records) {
      const mine = 'team' in body ? teams.includes(body['team'] as string) : body['person'] === person;
      if (mine) keys.set(key, body);
    }
    this.readable_.set(person, { at: this.version, keys });
    return keys;
  }

  /** Sums up the scopes, as they should be: zero is left out. */
  measures(): Map<string, number> {
    const sums = new Map<string, number>();
    const add = (name: string, team: string, value: number): void => {
      for (const scope of [`school/${team}`, 'school']) {
        const key = `${name}|${scope}|${DAY}`;
        sums.set(key, (sums.get(key) ?? 0) + value);
      }
    };
    for (const [key, body] of this.records) {
      const team = body['team'] as string;
      if (key.startsWith('sim.note ')) {
        add('sim.notesWritten', team, 1);
        add('sim.actsDone', team, (body['acts'] as unknown[]).length);
      } else if (key.startsWith('sim.bench '))
        add('sim.chairsTaken', team, (body['seated'] as unknown[]).length);
    }
    return new Map([...sums].filter(([, value]) => value !== 0));
  }
  /** Those of them a person sees. */
  measuresFor(person: string): Map<string, number> {
    const mine = this.rights.get(person);
    const teams = mine?.head ? mine.teams.map((t) => `|school/${t}|`) : [];
    return new Map([...this.measures()].filter(([key]) => teams.some((t) => key.includes(t))));
  }

  private decide({ id, actor, name }: LogEntry, a: Args): string {
    if (actor === 'system') return this.office(name, a);
    const rights = this.rights.get(actor);
    if (!rights) return 'kernel.notAllowed';
    const member = (team: string): boolean => rights.teams.includes(team);
    const found = a['note'] === undefined ? undefined : this.records.get(`sim.note ${a['note']}`);
    const note = found && member(found['team'] as string) ? found : undefined;
    switch (name) {
      case 'sim.v1.write':
        if (a['text'] === '') return 'kernel.badArguments';
        if (!member(a['team']!)) return 'kernel.notAllowed';
        this.records.set(`sim.note ${id}`, {
          team: a['team'],
          author: actor,
          text: a['text'],
          acts: [a['n']],
        });
        return 'accepted';
      case 'sim.v1.edit':
      case 'sim.v1.carry': {
        if (!note) return 'kernel.notFound';
        const acts = [...(note['acts'] as string[]), a['n']];
        const change = name === 'sim.v1.edit' ? { text: a['text'] } : { team: a['team'] };
        this.records.set(`sim.note ${a['note']}`, { ...note, ...change, acts });
        if (name === 'sim.v1.carry') this.diary(actor, a['n']!);
        return 'accepted';
      }
      case 'sim.v1.erase':
        if (!note) return 'kernel.notFound';
        this.records.delete(`sim.note ${a['note']}`);
        return 'accepted';
      case 'sim.v1.sit': {
        if (!member(a['team']!)) return 'kernel.notAllowed';
        const seated = this.seated(a['team']!);
        if (seated.length >= CHAIRS) return 'sim.noChair';
        this.seat(a['team']!, [...seated, { person: actor, n: a['n']! }]);
        this.diary(actor, a['n']!);
        return 'accepted';
      }
      case 'sim.v1.leave': {
        const seated = this.seated(a['team']!);
        const mine = seated.find((s) => s.person === actor);
        if (!mine) return 'sim.notSeated';
        this.seat(
          a['team']!,
          seated.filter((s) => s !== mine),
        );
        return 'accepted';
      }
      case 'sim.v1.appoint':
        if (!rights.head || rights.teams.length === 0) return 'kernel.notAllowed';
        this.appoint(a);
        return 'accepted';
      case 'sim.v1.rant':
        this.diary(actor, a['n']!);
        return 'accepted';
      default:
        return 'kernel.unknownCommand';
    }
  }

  private office(name: string, a: Args): string {
    if (name === 'sim.v1.grant') this.appoint(a);
    else if (!this.records.delete(`sim.note ${a['note']}`)) return 'kernel.notFound';
    return 'accepted';
  }
  private appoint({ person, teams, head }: Args): void {
    this.rights.set(person!, { teams, head });
    const role = head ? 'head' : 'member';
    const grants = teams.map((t) => ({
      role,
      scope: `school/${t}`,
      tags: [`team:${t}`],
      oversees: head,
      from: null,
      to: null,
    }));
    this.records.set(`kernel.access ${person}`, { person, name: person, grants });
  }
  private diary(person: string, n: string): void {
    const acts = (this.records.get(`sim.diary ${person}`)?.['acts'] ?? []) as string[];
    this.records.set(`sim.diary ${person}`, { person, acts: [...acts, n] });
  }
  private seated(team: string): { person: string; n: string }[] {
    return (this.records.get(`sim.bench ${team}`)?.['seated'] ?? []) as { person: string; n: string }[];
  }
  private seat(team: string, seated: unknown[]): void {
    this.records.set(`sim.bench ${team}`, { team, seated });
  }
}

import type Database from 'better-sqlite3';
import type { LogEntry } from './model';
import { Model } from './model';
import { SCHOOL } from './server';
import type { Wrong } from './wrong';

const LOG = `select log, id, actor, device, device_seq, name, args, outcome, code from command where school = ? and log > ? order by log`;
const COUNTER = 'select seq from school where id = ?';
const PLACES = `select seq from record where school = @id and seq > @after
  union all select seq from measure where school = @id and seq > @after`;

/** Reads the server's file behind its back, and lives every entry of its log once more in the model. */
export class LogReader {
  entries: LogEntry[] = [];
  model = new Model();
  /** How many histories there were: what held in one need not hold in the next. */
  histories = 0;
  private feed = 0;
  private read!: Database.Statement<[string, number]>;
  private counter!: Database.Statement<[string]>;
  private places!: Database.Statement<[{ id: string; after: number }]>;

  constructor(private readonly wrong: Wrong) {}

  /** The file is another one, or it went back in time. */
  begins(file: Database.Database): void {
    this.model = new Model();
    this.entries = [];
    this.feed = 0;
    this.histories++;
    this.read = file.prepare(LOG);
    this.counter = file.prepare<[string]>(COUNTER).pluck();
    this.places = file.prepare<[{ id: string; after: number }]>(PLACES).pluck();
    this.catchUp();
  }

  catchUp(): void {
    const rows = this.read.all(SCHOOL.id, this.entries.length) as LogEntry[];
    for (const row of rows) {
      this.entries.push(row);
      if (row.log !== this.entries.length)
        this.wrong.lost.push(`the log has no place ${this.entries.length} but ${row.log}`);
      const expected = this.model.apply(row);
      const got = row.outcome === 'accepted' ? 'accepted' : row.code;
      if (expected !== got)
        this.wrong.diverged.push(
          `log ${row.log} ${row.name} of ${row.actor} was ${got}, should be ${expected}`,
        );
    }
    if (rows.length > 0) this.gapless();
  }

  /** I5: every place of the feed was given to one row only, and the last one given is the counter's. */
  private gapless(): void {
    const counter = this.counter.get(SCHOOL.id) as number;
    const places = this.places.all({ id: SCHOOL.id, after: this.feed }) as number[];
    if (new Set(places).size !== places.length)
      this.wrong.diverged.push(`a place of the feed was given twice, up to ${counter}`);
    if (places.length > 0 && Math.max(this.feed, ...places) !== counter)
      this.wrong.diverged.push(`the counter says ${counter}, the feed ends elsewhere`);
    this.feed = counter;
  }
}

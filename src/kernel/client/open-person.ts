import type { Registry } from '@kernel/shared/contract';
import { uuidv7 } from '@kernel/shared/ids';
import type { Session } from '@kernel/shared/protocol';
import { BeaconSeen } from './beacon';
import type { DeviceClock } from './clock';
import { Outbox } from './outbox';
import { PersonDb, personDbName, shownOf } from './person-db';
import { keysOf, upcast } from './rows';
import type { SyncParts } from './sync';
import { Sync } from './sync';
import type { Fetch } from './wire';

/** One person's engine on this phone: their database, their queue, their line to the server. */
export interface OpenPerson {
  readonly session: Session;
  readonly db: PersonDb;
  readonly outbox: Outbox;
  readonly sync: Sync;
}

export interface OpenPersonParts {
  readonly registry: Registry;
  readonly clock: DeviceClock;
  readonly build: string;
  readonly fetch: Fetch;
  readonly locks?: LockManager | undefined;
  readonly deadlineMs?: SyncParts['deadlineMs'];
  /** Push after every save and retry after failures. Tests say when instead. @default true */
  readonly live?: SyncParts['live'];
  readonly onPhase?: SyncParts['onPhase'];
  readonly check?: SyncParts['check'];
  readonly apply?: SyncParts['apply'];
}

export async function openPerson(session: Session, parts: OpenPersonParts): Promise<OpenPerson> {
  const { registry, clock, build } = parts;
  const db = new PersonDb(personDbName(session.school.id, session.person.id));
  await prepare(db, registry, clock, build);
  const beacon = new BeaconSeen(clock);
  const live = parts.live !== false;
  const saved = (): void => {
    if (live) void sync.now('save');
  };
  const outbox = new Outbox({ db, registry, session, clock, beacon, saved });
  const sync = new Sync({ ...parts, live, db, registry, session, outbox, clock, beacon, build });
  await outbox.prune();
  return { session, db, outbox, sync };
}

/** First use names the outbox; a new build reads old rows up and finds their index words again. */
async function prepare(db: PersonDb, registry: Registry, clock: DeviceClock, build: string): Promise<void> {
  await db.transaction('rw', db.meta, db.records, async () => {
    if (!(await db.read('device'))) await db.write('device', uuidv7(clock.now(), clock.random(10)));
    if ((await db.read('build')) === build) return;
    await db.records.toCollection().modify((row) => {
      Object.assign(row, upcast(registry, row.kind, row.version, row.body));
      row.keys = keysOf(registry, row.kind, row.id, shownOf(row));
    });
    await db.write('rebaseDue', true);
    await db.write('build', build);
  });
}

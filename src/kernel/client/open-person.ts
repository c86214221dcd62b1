import type { Registry } from '@kernel/shared/contract';
import { uuidv7 } from '@kernel/shared/ids';
import type { Session } from '@kernel/shared/protocol';
import type { Instant } from '@kernel/shared/time';
import { BeaconSeen } from './beacon';
import type { DeviceClock } from './clock';
import { Outbox } from './outbox';
import { PersonDb, personDbName, shownOf } from './person-db';
import { Reserve } from './reserve';
import { keysOf, upcast } from './rows';
import { Spare } from './spare';
import type { TakenBack, Tallied } from './spare-tally';
import { tally } from './spare-tally';
import { steady } from './steady';
import type { SyncParts } from './sync';
import { Sync } from './sync';
import type { TroubleKind } from './trouble';
import { StorageTrouble, openInTime } from './trouble';
import type { Fetch } from './wire';

/** One person's engine on this phone: their database, their queue, their line to the server. */
export interface OpenPerson {
  readonly session: Session;
  readonly db: PersonDb;
  readonly outbox: Outbox;
  readonly sync: Sync;
  readonly reserve: Reserve;
  readonly spare: Spare;
  /** There was nothing of this person on this phone. */
  readonly fresh: boolean;
  /** What a question to the server needs besides. */
  readonly line: { readonly clock: DeviceClock; readonly build: string; readonly fetch: Fetch };
}

export interface OpenPersonParts {
  readonly registry: Registry;
  readonly clock: DeviceClock;
  readonly build: string;
  readonly fetch: Fetch;
  readonly locks?: LockManager | undefined;
  readonly lockPatienceMs?: SyncParts['lockPatienceMs'];
  readonly deadlineMs?: SyncParts['deadlineMs'];
  readonly stallMs?: SyncParts['stallMs'];
  /** Push after every save and retry after failures. Tests say when instead. @default true */
  readonly live?: SyncParts['live'];
  readonly onPhase?: SyncParts['onPhase'];
  readonly onTrouble?: ((kind: TroubleKind | null) => void) | undefined;
  /** Longest wait for this phone's storage, ms. @default 5,000 */
  readonly patienceMs?: number | undefined;
  /** Room kept free for words. @default 1 MiB; taken only by `reserve.fill()` */
  readonly reserveBytes?: number | undefined;
  /** Where the second place is. Absent on plain http and in old web views. */
  readonly caches?: CacheStorage | undefined;
  readonly check?: SyncParts['check'];
  readonly apply?: SyncParts['apply'];
}

/** @throws StorageTrouble when the database does not open within five seconds */
export async function openPerson(session: Session, parts: OpenPersonParts): Promise<OpenPerson> {
  const { registry, clock, build, fetch } = parts;
  const db = new PersonDb(personDbName(session.school.id, session.person.id));
  try {
    await openInTime(db, parts.patienceMs);
  } catch (error) {
    // Whoever tries again brings a database of his own.
    if (error instanceof StorageTrouble) void error.later?.then(() => db.end()).catch(() => undefined);
    throw error;
  }
  const fresh = await steady(db, () => prepare(db, registry, clock, build));
  const beacon = new BeaconSeen(clock);
  const reserve = new Reserve(db, parts.reserveBytes);
  const spare = new Spare(session, parts.caches);
  const live = parts.live !== false;
  const saved = (): void => {
    if (live) void sync.now('save');
  };
  const common = { db, registry, session, clock, beacon, reserve, spare };
  const outbox = new Outbox({
    ...common,
    saved,
    onTrouble: parts.onTrouble,
    patienceMs: parts.patienceMs,
  });
  const stock = { db, reserve, spare };
  const settled = (): void => void tally(stock, false, clock.now()).catch(() => undefined);
  const sync = new Sync({ ...parts, ...common, live, outbox, build, settled });
  await steady(db, () => outbox.prune());
  const tallied = takeStock(stock, fresh, clock.now());
  // What was lost is back before anybody looks; a copy that lost nothing keeps nobody waiting.
  if (fresh) await tallied;
  return { session, db, outbox, sync, reserve, spare, fresh, line: { clock, build, fetch } };
}

async function takeStock(of: Tallied, fresh: boolean, now: Instant): Promise<void> {
  const { count, devices } = await tally(of, fresh, now).catch(() => NOTHING);
  if (count === 0) return;
  const { db } = of;
  const news = (await db.read('news')) ?? { asked: false, held: [] };
  await db.write('news', { ...news, evicted: true, restored: { count, devices } });
}
const NOTHING: TakenBack = { count: 0, devices: [] };

/**
 * First use names the outbox; a new build reads old rows up and finds their index words again.
 * @returns whether it was the first use
 */
async function prepare(
  db: PersonDb,
  registry: Registry,
  clock: DeviceClock,
  build: string,
): Promise<boolean> {
  const name = uuidv7(clock.now(), clock.random(10));
  return db.transaction('rw', db.meta, db.records, async () => {
    const fresh = !(await db.read('device'));
    if (fresh) {
      await db.write('device', name);
      await db.write('news', { asked: false, evicted: false, held: [] });
    }
    if ((await db.read('build')) === build) return fresh;
    await db.records.toCollection().modify((row) => {
      Object.assign(row, upcast(registry, row.kind, row.version, row.body));
      row.keys = keysOf(registry, row.kind, row.id, shownOf(row));
    });
    await db.write('rebaseDue', true);
    await db.write('build', build);
    return fresh;
  });
}

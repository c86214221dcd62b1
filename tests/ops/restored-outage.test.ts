import { randomBytes, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { Jobs } from '@kernel/server/jobs';
import type { Kernel } from '@kernel/server/kernel';
import { restore } from '@kernel/server/ops/backup/restore';
import { takeBackup } from '@kernel/server/ops/backup/take';
import { MISSED, OutageWatch } from '@kernel/server/outage-watch';
import { uuidv7 } from '@kernel/shared/ids';
import { outageRecord } from '@kernel/shared/outage';
import { instantOf, MINUTE } from '@kernel/shared/time';
import { assign, classDayRecord, sign } from '@modules/homework';
import { makeHomeworkServer } from '@modules/homework/server';
import { HandClock } from '../support/clock';
import type { Dialect } from '../support/databases';
import { dialects } from '../support/databases';
import { C1, C2 } from '../support/small-school';
import type { Place } from './support/places';
import { freshPlace } from './support/places';
import type { Town } from './support/town';
import { foundTown, openKernel, TEACHERS, TIERS, ZONE } from './support/town';

const MONDAY = '2026-11-23';
const NEXT = '2026-11-24';
const at = (clock: string, day = MONDAY): number => instantOf(day, clock, ZONE);
const secret = { kind: 'key' as const, key: randomBytes(32) };

let place: Place;
afterEach(() => place.drop());

/** A school whose server can be brought back from its backup, on a clock the test winds. */
class Morning {
  readonly clock = new HandClock(MONDAY, '07:48');
  town!: Town;
  kernel!: Kernel;
  private device = randomUUID();
  private seq = 0;
  private watch!: OutageWatch;

  /** @param watched without it nobody keeps a heartbeat: the control */
  constructor(private readonly watched: boolean) {}

  async begins(dialect: Dialect): Promise<void> {
    place = await freshPlace(dialect);
    this.town = await foundTown(await place.open(), this.clock.now(), false);
    await place.shut();
    await this.starts();
  }
  async starts(): Promise<void> {
    this.kernel = await openKernel(await place.open(), this.clock);
    this.watch = new OutageWatch(this.kernel);
    if (this.watched) await this.watch.beat();
  }
  /** Works until then, with as many heartbeats as show that it did. */
  async works(clock: string, day = MONDAY): Promise<void> {
    for (let left = at(clock, day) - this.clock.now(); left > 0; left -= MISSED) {
      this.clock.passes(Math.min(left, MISSED) / MINUTE);
      if (this.watched) await this.watch.beat();
    }
  }
  async judges(clock: string, day = MONDAY): Promise<void> {
    await this.works(clock, day);
    await new Jobs(this.kernel, [makeHomeworkServer()], 20_000, this.watched ? this.watch : null).runOnce();
  }
  async does(actor: string, clock: string, def: { name: string }, args: unknown): Promise<string> {
    await this.works(clock);
    const now = this.clock.now();
    const [result] = await this.kernel.push((await this.kernel.school(this.town.school))!, [
      {
        id: uuidv7(now, new Uint8Array(randomBytes(10))),
        device: this.device,
        deviceSeq: ++this.seq,
        actor,
        name: def.name,
        args,
        argsText: JSON.stringify(args),
        at: now,
        time: { earliest: now, latest: now },
      },
    ]);
    expect(result, `${actor} ${def.name}`).toMatchObject({ outcome: 'accepted' });
    return result!.id;
  }
  async backsUp(): Promise<string> {
    const into = join(place.folder, 'backups');
    return (await takeBackup({ from: place.from, build: 'test' }, into, secret, { now: this.clock.now() }))
      .file;
  }
  /** The server is gone, and what was backed up is put in its place. */
  async isRestored(file: string): Promise<void> {
    await place.shut();
    await restore({ file, secret, into: place.into, replace: true, now: this.clock.now() });
  }
  async spans(day = MONDAY) {
    const view = await this.kernel.view((await this.kernel.school(this.town.school))!);
    return (await view.get(outageRecord, day))?.spans;
  }
  async board() {
    const view = await this.kernel.view((await this.kernel.school(this.town.school))!);
    return (await view.get(classDayRecord, `${C1}|${MONDAY}`))?.board;
  }
}

/** Homework made by 07:52 and signed twice; the third signature was given after the backup, and is gone with the server. */
async function restoredAtEight(
  dialect: Dialect,
  watched: boolean,
): Promise<{ morning: Morning; last: object }> {
  const morning = new Morning(watched);
  await morning.begins(dialect);
  await morning.judges('07:49');
  const ids: string[] = [];
  for (const { who, subject } of TEACHERS)
    ids.push(
      await morning.does(who, '07:50', assign, {
        classes: [C1, C2],
        subject,
        date: MONDAY,
        form: 'written',
        tiers: TIERS,
        copiedFrom: null,
      }),
    );
  const items = ids.map((id) => ({ id, round: 1 }));
  await morning.does('zhao', '07:51', sign, { step: 0, items });
  await morning.does('song', '07:52', sign, { step: 1, items });
  await morning.judges('07:54');
  const file = await morning.backsUp();
  // Minutes that nobody will have had: heartbeats, and the vice principal's signature.
  const last = { step: 2, items };
  await morning.does('qin', '07:57', sign, last);
  await morning.judges('08:00');
  await morning.isRestored(file);
  return { morning, last };
}

describe.each(dialects)('a server brought back from its backup, on %s', (dialect) => {
  test('was away since the backup: what was due then is due later, and a part done at once is on time', async () => {
    const { morning, last } = await restoredAtEight(dialect, true);
    morning.clock.at(MONDAY, '09:20');
    await morning.starts();
    expect(await morning.spans()).toEqual([{ from: at('07:54'), to: at('09:20') }]);
    await morning.judges('09:21');
    expect(await morning.board()).toMatchObject({ state: 'open' });
    await morning.does('qin', '09:25', sign, last);
    await morning.judges('09:41');
    expect(await morning.board()).toMatchObject({ state: 'onTime', lifted: at('09:40') });
    // Started once more, it adds nothing to that.
    await place.shut();
    await morning.starts();
    expect(await morning.spans()).toEqual([{ from: at('07:54'), to: at('09:20') }]);
  });

  test('the next day, was away for all of it: each day says so, and nobody’s board counts', async () => {
    const { morning } = await restoredAtEight(dialect, true);
    morning.clock.at(NEXT, '07:00');
    await morning.starts();
    for (const day of [MONDAY, NEXT])
      expect(await morning.spans(day)).toEqual([{ from: at('07:54'), to: at('07:00', NEXT) }]);
    await morning.judges('07:21', NEXT);
    expect(await morning.board()).toMatchObject({ state: 'void' });
  });

  test('control: without heartbeats the same morning is the signers’ lateness', async () => {
    const { morning, last } = await restoredAtEight(dialect, false);
    morning.clock.at(MONDAY, '09:20');
    await morning.starts();
    expect(await morning.spans()).toBeUndefined();
    await morning.judges('09:21');
    expect(await morning.board()).toMatchObject({ state: 'late', lifted: null });
    await morning.does('qin', '09:25', sign, last);
    await morning.judges('09:41');
    expect(await morning.board()).toMatchObject({ state: 'late', lifted: null });
  });
});

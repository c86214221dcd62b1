import { describe, expect, test } from 'vitest';
import { personDbName } from '@kernel/client/person-db';
import type { Weather } from './engine/fates';
import { QUIET } from './engine/on-page';
import type { Phone } from './engine/phone';
import { count, FIRST_SEED } from './engine/report';
import { failures } from './engine/wrong';
import { SCHOOL } from './engine/server';
import { steps } from './engine/steps';
import { World } from './engine/world';

const DAY = 86_400_000;
const YEAR = 365;
/** What can go wrong in a week, one thing each. */
const FAULTS = [
  ...([
    'dies',
    'opensTab',
    'clock',
    'diskFull',
    'losesStorage',
    'newBuild',
    'revokes',
    'serverDies',
    'diskError',
    'rights',
    'purges',
    'replays',
  ] as const),
  'restores',
] as const;

interface Year {
  readonly wrong: string[];
  readonly acts: number;
  /** Largest the phone's storage ever was, bytes of its rows as JSON. */
  readonly bytes: number;
}

/** A teacher and two colleagues, from one November to the next. */
async function year(seed: number): Promise<Year> {
  const world = new World(seed, { ...QUIET, phones: [3, 3] });
  let bytes = 0;
  try {
    await world.begin();
    const { dice, scheduler } = world;
    const [mine] = world.phones as [Phone];
    for (let day = 0; day < YEAR; day++) {
      const fault = day % 7 === 3 ? dice.pick(FAULTS) : null;
      for (const phone of world.phones) {
        // Colleagues are not there every day.
        if (phone !== mine && dice.chance(0.5)) continue;
        if (phone.pages.length === 0) phone.opens();
        phone.sky.weather = dice.weighted<Weather>({ fair: 7, patchy: 2, off: 1 });
        phone.pages[0]!.isLookedAt();
        await scheduler.runFor(3_000);
        for (let act = dice.int(2, 8); act > 0; act--) {
          const page = phone.pages[0] ?? null;
          if (page?.device && page.device.state.value !== 'in') steps.comesIn(world, phone, page);
          else steps.acts(world, phone, page);
          if (dice.chance(0.2)) steps.reads(world, phone, page);
          await scheduler.runFor(dice.int(500, 20_000));
        }
        if (phone === mine && fault === 'restores') restores(world);
        else if (phone === mine && fault) steps[fault](world, phone, phone.pages[0] ?? null);
        await scheduler.runFor(1_000);
      }
      if (day % 10 === 0) steps.backsUp(world, mine, null);
      if (world.server.processes.length === 0) steps.serverStarts(world, mine, null);
      bytes = Math.max(bytes, sizeOf(mine));
      // In the evening every page goes: the next morning is a new start of the app.
      for (const phone of world.phones) for (const page of [...phone.pages]) page.dies();
      await scheduler.runUntil((day + 1) * DAY);
    }
    await world.calms();
    const wrong = failures(world.oracle.judge(world.phones));
    return { wrong: [...wrong, ...world.unexpectedErrors()], acts: world.oracle.kept.size, bytes };
  } finally {
    await world.end();
  }
}

/** From one of the last twenty days: phones keep what was accepted for thirty, and nobody promises more (S13). */
function restores({ server, scheduler }: World): void {
  if (server.hasBackup) scheduler.stopTheWorld(() => server.restore(2));
}

function sizeOf(phone: Phone): number {
  const name = personDbName(SCHOOL.id, phone.person);
  const tables = ['records', 'measures', 'outbox', 'drafts', 'meta'];
  return tables.reduce((sum, table) => sum + JSON.stringify(phone.storage.rows(name, table)).length, 0);
}

describe('S15: a year of one teacher', () => {
  const total = count('SIM_YEARS', 50);
  test(`${total} lives of ${YEAR} days with a fault each week`, { timeout: 6 * 3_600_000 }, async () => {
    const bad: string[] = [];
    let acts = 0;
    let bytes = 0;
    for (let seed = FIRST_SEED; seed < FIRST_SEED + total; seed++) {
      const life = await year(seed);
      acts += life.acts;
      bytes = Math.max(bytes, life.bytes);
      if (life.wrong.length > 0) bad.push(`seed ${seed}`, ...life.wrong.slice(0, 5));
    }
    console.log(`S15: ${total} lives, ${acts} acts kept, largest storage ${(bytes / 1e6).toFixed(1)} MB`);
    expect(bad.join('\n')).toBe('');
    expect(bytes).toBeLessThan(50_000_000);
  });
});

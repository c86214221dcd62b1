import type { Weather } from './fates';

/** What can happen in a schedule, by the name of its step. */
export type StepName =
  | 'acts'
  | 'toils'
  | 'looks'
  | 'hides'
  | 'dies'
  | 'opensTab'
  | 'freezes'
  | 'signsOut'
  | 'otherPerson'
  | 'comesIn'
  | 'weather'
  | 'clock'
  | 'diskFull'
  | 'losesStorage'
  | 'throwsAway'
  | 'newBuild'
  | 'rights'
  | 'purges'
  | 'revokes'
  | 'serverDies'
  | 'serverStarts'
  | 'diskError'
  | 'backsUp'
  | 'restores'
  | 'replays'
  | 'reads'
  | 'triesAgain'
  | 'waits'
  | 'sleeps';

/** A kind of schedule: how many phones, how long, what happens how often. */
export interface Profile {
  readonly phones: readonly [number, number];
  readonly steps: readonly [number, number];
  readonly weights: Readonly<Partial<Record<StepName, number>>>;
  readonly weather: Readonly<Partial<Record<Weather, number>>>;
  /** How often (0–1) a schedule has a second server process, phones without Web Locks, pages of a few rows only. */
  readonly twoProcesses: number;
  readonly noLocks: number;
  readonly smallPages: number;
  /** How many phones (0–1) come from the first build, with its databases and unsent work in them. */
  readonly oldBuilds: number;
  /** Phones have a second place for what was not delivered (decision 0019). */
  readonly secondPlace?: boolean;
  /** Mean time between steps, ms. */
  readonly pace: number;
}

/** S1: any mix of everything. */
const everything: Profile = {
  phones: [3, 6],
  steps: [60, 200],
  weights: {
    acts: 50,
    toils: 0.15,
    looks: 14,
    hides: 4,
    dies: 5,
    opensTab: 2,
    freezes: 1.5,
    signsOut: 0.7,
    otherPerson: 0.7,
    comesIn: 4,
    weather: 8,
    clock: 1.5,
    diskFull: 1.5,
    losesStorage: 1.5,
    newBuild: 0.7,
    rights: 3,
    purges: 1,
    revokes: 0.5,
    serverDies: 1.5,
    serverStarts: 2,
    diskError: 1.5,
    backsUp: 0.6,
    restores: 0.25,
    replays: 1,
    reads: 3,
    triesAgain: 2,
    waits: 2,
    sleeps: 0.3,
  },
  weather: { fair: 5, patchy: 6, awful: 2, off: 3, hole: 1, outOnly: 1, portal: 1 },
  twoProcesses: 0.15,
  noLocks: 0.3,
  smallPages: 0.5,
  oldBuilds: 0.06,
  pace: 1_500,
};

/** S10: the air is cut in every way and heals; nothing else is wrong. */
const partitions: Profile = {
  ...everything,
  phones: [2, 4],
  steps: [15, 45],
  weights: { acts: 40, weather: 30, looks: 5, freezes: 4, hides: 3, waits: 4 },
  weather: { fair: 3, patchy: 1, awful: 2, off: 3, hole: 4, outOnly: 4, portal: 2 },
  twoProcesses: 0,
  oldBuilds: 0,
};

/** S13: the server's history is taken back, sometimes twice. */
const restores: Profile = {
  ...everything,
  phones: [3, 4],
  steps: [40, 90],
  weights: {
    acts: 50,
    looks: 10,
    weather: 8,
    rights: 2,
    dies: 2,
    backsUp: 5,
    restores: 4,
    reads: 2,
    waits: 2,
  },
  weather: { fair: 6, patchy: 3, off: 2 },
  twoProcesses: 0,
  oldBuilds: 0,
};

/** S14: rights are widened and narrowed while phones are away. */
const rights: Profile = {
  ...everything,
  phones: [3, 3],
  steps: [20, 50],
  weights: { acts: 30, rights: 25, weather: 15, looks: 12, purges: 4, dies: 1, waits: 2 },
  weather: { fair: 4, patchy: 1, off: 5 },
  twoProcesses: 0,
  oldBuilds: 0,
};

/** S16: browsers die and throw their databases away, again and again. */
const thrownAway: Profile = {
  ...everything,
  phones: [2, 4],
  steps: [30, 80],
  weights: {
    acts: 50,
    looks: 12,
    dies: 5,
    throwsAway: 4,
    weather: 12,
    freezes: 1,
    diskFull: 1.5,
    losesStorage: 1.5,
    triesAgain: 2,
    rights: 1,
    waits: 3,
  },
  weather: { fair: 4, patchy: 3, awful: 1, off: 5 },
  oldBuilds: 0,
  secondPlace: true,
};

export const profiles = { everything, partitions, restores, rights, thrownAway };
export type Kind = keyof typeof profiles;

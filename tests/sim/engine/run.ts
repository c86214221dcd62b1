import type { Profile } from './profile';
import { steps } from './steps';
import { World, type Seams } from './world';
import type { Wrong } from './wrong';

export interface Verdict {
  readonly seed: number;
  readonly wrong: Wrong;
  readonly trace: string;
  readonly lines: readonly string[];
  /** How much happened: a schedule in which nothing happens proves nothing. */
  readonly kept: number;
  readonly accepted: number;
  readonly refused: number;
  readonly pulls: number;
  readonly requests: number;
  readonly turns: number;
}

/** Lives one schedule to its end and judges it. */
export async function run(seed: number, profile: Profile, seams: Seams = {}): Promise<Verdict> {
  const world = new World(seed, profile, seams);
  try {
    await world.begin();
    const { dice, scheduler } = world;
    const count = dice.few(...profile.steps);
    for (let i = 0; i < count; i++) {
      const phone = dice.pick(world.phones);
      const page = phone.pages.length > 0 ? dice.pick(phone.pages) : null;
      const step = dice.weighted(profile.weights);
      world.trace.add(`${scheduler.now} ${phone.name} ${step}`);
      steps[step](world, phone, page);
      const pause = world.pause ?? -Math.log(1 - dice.roll()) * profile.pace;
      world.pause = null;
      await scheduler.runFor(Math.floor(pause));
    }
    await world.calms();
    const wrong = world.oracle.judge(world.phones);
    wrong.diverged.push(...world.unexpectedErrors());
    const { oracle, network, trace } = world;
    return {
      seed,
      wrong,
      trace: trace.hash,
      lines: trace.lines,
      kept: oracle.kept.size,
      ...oracle.counts,
      pulls: oracle.pulls,
      requests: network.requests,
      turns: scheduler.turns,
    };
  } finally {
    await world.end();
  }
}

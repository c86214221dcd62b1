import type { Page, Phone } from './phone';
import type { StepName } from './profile';
import { PEOPLE } from './template';
import type { World } from './world';

const DAY = 86_400_000;

/** One thing that happens. Nothing here waits for its end: that is what makes it a fault. */
export const steps: Readonly<Record<StepName, (world: World, phone: Phone, page: Page | null) => void>> = {
  /** A row of things done at once: forty homework books signed. */
  toils: (world, _phone, page) => page && world.thumb.toils(page),
  acts: (world, phone, page) => (page ? world.thumb.acts(page) : void phone.opens()),
  reads: (world, _phone, page) => page && world.thumb.reads(page),
  triesAgain: (world, _phone, page) => page && world.thumb.triesAgain(page),
  looks: (_world, phone, page) => (page ? page.isLookedAt() : void phone.opens()),
  hides: (_world, _phone, page) => page && void (page.visible = false),

  /** At the n-th turn of its event loop from now: between any two of its transactions, or in the middle of one. */
  dies: ({ dice }, _phone, page) => {
    if (page) page.owner.turnsLeft = dice.int(0, 120);
  },
  opensTab: (_world, phone) => {
    if (phone.pages.length < 3) phone.opens();
  },
  freezes: ({ dice }, _phone, page) => void page?.freezes(dice.int(1_000, 90_000)),
  newBuild: (_world, phone, page) => {
    page?.dies();
    phone.build++;
    phone.opens();
  },

  signsOut: (_world, _phone, page) => page?.device && page.signsOut(),
  otherPerson: ({ dice }, _phone, page) => page?.device && page.signsIn(dice.pick(Object.keys(PEOPLE))),
  comesIn: (_world, phone, page) => {
    if (page?.device && page.device.state.value !== 'in') page.signsIn(phone.person);
  },

  weather: ({ dice, profile }, phone) => void (phone.sky.weather = dice.weighted(profile.weather)),
  clock: ({ dice }, phone) => void (phone.skew = dice.pick([0, dice.int(-3 * DAY, 3 * DAY)])),
  diskFull: ({ dice }, phone, page) =>
    page && phone.storage.fillsUp(page.owner, dice.int(1, 8), () => phone.dice.chance(0.5)),
  losesStorage: (_world, phone, page) => page?.does(() => phone.storage.loseConnections(page.owner)),

  throwsAway: (_world, phone) => phone.findsItsDatabasesDamaged(),

  rights: (world) => {
    const args = world.thumb.rights();
    world.office('sim.v1.grant', args);
  },
  purges: (world) => {
    const notes = world.notes();
    if (notes.length > 0) world.office('sim.v1.purge', { note: world.dice.pick(notes) });
  },
  revokes: ({ dice, server }) => server.auth.revoke(dice.pick(Object.keys(PEOPLE))),

  serverDies: ({ dice, server, scheduler }) => {
    const process = server.pick();
    if (!process) return;
    const how = dice.pick(['now', 'diesBefore', 'diesAfter'] as const);
    if (how === 'now') scheduler.after(scheduler.driver, dice.int(0, 500), () => server.kill(process));
    else process.breaks = how;
  },
  serverStarts: ({ server, scheduler }) => {
    if (server.processes.length === 0) scheduler.stopTheWorld(() => server.start());
  },
  diskError: ({ server }) => {
    const process = server.pick();
    if (process) process.breaks = 'diskError';
  },
  backsUp: ({ server }) => server.backup(),
  restores: ({ server, scheduler }) => {
    if (server.hasBackup) scheduler.stopTheWorld(() => server.restore());
  },
  /** Somebody sends a known id again with other words in it. */
  replays: (world, _phone, page) => page && world.forges(page),

  waits: (world) => void (world.pause = world.dice.int(30_000, 150_000)),
  /** A lesson, a lunch, an afternoon: phones are in pockets, and the browsers stop their pages. */
  sleeps(world) {
    world.pause = world.dice.int(600_000, 3 * 3_600_000);
    for (const phone of world.phones)
      for (const page of phone.pages) {
        page.visible = false;
        page.freezes(world.pause);
      }
  },
};

import './globals';
import { LIMITS, PROTOCOL } from '@kernel/shared/protocol';
import { personDbName, UNSENT, type OutboxEntry } from '@kernel/client/person-db';
import { Dice } from './dice';
import { installTimers } from './globals';
import { Network } from './network';
import { usedWithFirstBuild } from './old-build';
import { Oracle } from './oracle';
import { owners, type Page, Phone, type PhoneSeams } from './phone';
import type { Profile } from './profile';
import { Scheduler } from './scheduler';
import { SCHOOL, SimServer, type ServerSeams } from './server';
import { PhoneStorage, useStorage } from './storage';
import { PEOPLE, template } from './template';
import { Thumb } from './thumb';
import { Trace } from './trace';

/** Chances a person gives the app in its minute. */
const LOOKS = 5;
const FORGER = '00000000-0000-4000-8000-00000000f0f0';
const HEADERS = { 'content-type': 'application/json', 'x-qing': '1' };

export interface Seams {
  readonly phone?: PhoneSeams;
  readonly server?: ServerSeams;
  /** Anything else that must be undone afterwards. */
  readonly plant?: () => () => void;
}

/** One simulated school: server, phones, air, people, and somebody who watches. */
export class World {
  readonly dice: Dice;
  readonly scheduler: Scheduler;
  readonly server: SimServer;
  readonly oracle = new Oracle();
  readonly trace = new Trace();
  readonly network: Network;
  readonly thumb: Thumb;
  readonly phones: Phone[] = [];
  /** How long nothing happens after this step; null = the usual pace. */
  pause: number | null = null;
  private orders = 0;
  private readonly undo: (() => void)[] = [];

  constructor(
    readonly seed: number,
    readonly profile: Profile,
    readonly seams: Seams = {},
  ) {
    this.dice = new Dice(seed, 'schedule');
    this.scheduler = new Scheduler(new Dice(seed, 'turns'));
    this.server = new SimServer(this.scheduler, new Dice(seed, 'server'), seams.server);
    this.oracle.watch(this.server);
    this.network = new Network(this.scheduler, new Dice(seed, 'air'), this.server, this.oracle, this.trace);
    this.thumb = new Thumb(new Dice(seed, 'thumb'), this.oracle);
  }

  async begin(): Promise<void> {
    const { dice, scheduler, profile } = this;
    const file = await template();
    const nobody = new PhoneStorage();
    this.undo.push(useStorage((who) => owners.get(who)?.storage ?? nobody, scheduler));
    this.undo.push(this.pageSize(dice.chance(profile.smallPages) ? dice.int(2, 12) : LIMITS.changesPerPage));
    if (this.seams.plant) this.undo.push(this.seams.plant());
    this.undo.push(installTimers(scheduler));
    const processes = dice.chance(profile.twoProcesses) ? 2 : 1;
    scheduler.stopTheWorld(() => this.server.boot(file, processes));
    this.server.onPoke = () => this.pokes();
    const people = Object.keys(PEOPLE);
    const noLocks = dice.chance(profile.noLocks);
    const count = dice.few(...profile.phones);
    const seams = this.seams.phone ?? {};
    const parts = { scheduler, network: this.network, watching: this.oracle, seams };
    for (let i = 0; i < count; i++)
      this.phones.push(
        new Phone(
          `phone${i}`,
          people[i % people.length]!,
          this.seed,
          !noLocks,
          parts,
          profile.secondPlace ?? false,
        ),
      );
    for (const phone of this.phones)
      if (dice.chance(profile.oldBuilds)) usedWithFirstBuild(phone, this.oracle);
      else phone.opens().signsIn(phone.person);
    await scheduler.runFor(5_000);
  }

  /** A command in the school's own name, if its server is there to hear it. */
  office(name: string, args: object): void {
    const [process] = this.server.processes;
    if (!process) return;
    const key = `order ${++this.orders}`;
    this.scheduler.soon(
      process.owner,
      () => void process.kernel.system(SCHOOL.id, { key, name, args }).catch(() => undefined),
    );
  }
  notes(): string[] {
    return this.server.observer
      .prepare(`select id from record where school = ? and kind = 'sim.note' and body is not null`)
      .pluck()
      .all(SCHOOL.id) as string[];
  }

  /** A known id with other words in it, by its author or by somebody else: the first must stay. */
  forges(page: Page): void {
    const { dice, server, scheduler } = this;
    const [process] = server.processes;
    const known = server.observer
      .prepare(
        `select id, name, args from command where school = ? and actor <> 'system' order by log desc limit 20`,
      )
      .all(SCHOOL.id) as { id: string; name: string; args: string }[];
    const { cookie } = page.sky;
    const person = page.engine?.session.person.id;
    if (!process || known.length === 0 || !person || cookie === '') return;
    const { id, name, args } = dice.pick(known);
    const forged = { ...(JSON.parse(args) as object), n: 'forged' };
    const command = { id, seq: 1_000_000, name, args: forged, at: server.now(), mono: null, beacon: null };
    const body = JSON.stringify({
      protocol: PROTOCOL,
      device: FORGER,
      build: 'x',
      person,
      cursor: null,
      commands: [command],
    });
    scheduler.soon(process.owner, () => {
      void server
        .handle(process, '/api/sync', { method: 'POST', headers: { ...HEADERS, cookie }, body })
        .then((reply) => {
          if (reply.status !== 200 || !process.owner.alive) return;
          const [result] = (JSON.parse(reply.body) as { results: { code: string | null }[] }).results;
          if (result?.code !== 'kernel.idReused')
            this.oracle.wrong.duplicated.push(
              `${id} sent again with other words was answered ${JSON.stringify(result)}`,
            );
        });
    });
  }

  /** What the server wrote into its log of errors and nobody planted. */
  unexpectedErrors(): string[] {
    return this.server.errors
      .map((fields) => {
        const { err } = fields as { err?: Error };
        return `${err?.message ?? JSON.stringify(fields)}`;
      })
      .filter((message) => !/planted defect|disk I\/O error/.test(message))
      .map((message) => `the server logged: ${message}`);
  }

  /** The server's tap on the shoulder: reaches those who listen, some of the time. */
  private pokes(): void {
    for (const phone of this.phones)
      for (const page of phone.pages) {
        if (!page.visible || phone.sky.weather !== 'fair' || page.engine?.sync.status.phase !== 'ok')
          continue;
        if (this.dice.chance(0.8)) continue;
        this.scheduler.after(page.owner, this.dice.roll() * 1_500, () => void page.engine?.sync.now('poke'));
      }
  }

  /** All faults end; everybody opens the app, and whoever left work on somebody's phone signs in there once more. */
  async calms(): Promise<void> {
    const { scheduler, server } = this;
    for (const phone of this.phones) {
      Object.assign(phone.sky, { weather: 'fair', stale: null });
      for (const page of phone.pages) page.owner.turnsLeft = null;
      for (const page of phone.pages.slice(1)) page.dies();
    }
    for (const p of server.processes) p.breaks = null;
    // Who was asleep when the faults ended does now what was asked of the page meanwhile; only then is known whose work is where.
    const pages = this.phones.flatMap((phone) => phone.pages);
    const awake = Math.max(scheduler.now, ...pages.map((page) => page.owner.asleepUntil));
    await scheduler.runUntil(awake + 1_000);
    if (server.processes.length === 0) scheduler.stopTheWorld(() => server.start());
    await scheduler.runFor(30_000);
    for (const phone of this.phones) {
      if (phone.pages.length === 0) phone.opens();
      phone.storage.fillsUp(phone.pages[0]!.owner, 0);
    }
    await scheduler.runFor(2_000);
    await this.settle((phone) => [...this.othersOn(phone), phone.person]);
    // Once more, for what the others brought.
    await this.settle((phone) => [phone.person]);
  }

  /** I9: each of a phone's people needs at most five looks and a simulated minute until all is sent, or the screen says why not. */
  private async settle(people: (phone: Phone) => string[]): Promise<void> {
    const since = this.scheduler.now;
    const left = new Map(
      this.phones.map((phone) => [phone, people(phone).map((person) => ({ person, looks: 0 }))]),
    );
    while ([...left.values()].some((people) => people.length > 0)) {
      for (const [phone, people] of left) {
        const [next] = people;
        if (!next) continue;
        if (next.looks++ >= LOOKS || this.isSettled(phone, next.person, since)) people.shift();
        else this.looks(phone, next.person);
      }
      await this.scheduler.runFor(60_000 / LOOKS);
    }
  }

  /** Others whose work is still held here; after a restore, also what the server had and may have lost. */
  private othersOn(phone: Phone): string[] {
    const held = (person: string): boolean =>
      this.oracle.log.histories > 1 ? this.entries(phone, person).length > 0 : this.isWaiting(phone, person);
    return Object.keys(PEOPLE).filter((person) => person !== phone.person && held(person));
  }
  private entries(phone: Phone, person: string): readonly OutboxEntry[] {
    return phone.storage.rows<OutboxEntry>(personDbName(SCHOOL.id, person), 'outbox');
  }
  private isWaiting(phone: Phone, person: string): boolean {
    return this.entries(phone, person).some((e) => UNSENT.includes(e.state));
  }
  private isSettled(phone: Phone, person: string, since: number): boolean {
    const [page] = phone.pages;
    const { session, sync } = page?.engine ?? {};
    if (session?.person.id !== person || !sync) return false;
    const quiet = sync.status.phase === 'ok' && !sync.status.running && page!.pulledAt > since;
    return quiet && !this.isWaiting(phone, person);
  }

  /** The person does what the screen says: looks, signs in, or takes the new version. */
  private looks(phone: Phone, person: string): void {
    const page = phone.pages[0] ?? phone.opens();
    const { engine } = page;
    if (engine?.sync.status.phase === 'updateNeeded') {
      page.dies();
      phone.build++;
      phone.opens();
    } else if (page.device && (page.device.state.value !== 'in' || engine?.session.person.id !== person))
      page.signsIn(person);
    else page.isLookedAt();
  }

  private pageSize(rows: number): () => void {
    const limits = LIMITS as { changesPerPage: number };
    const before = limits.changesPerPage;
    limits.changesPerPage = rows;
    return () => void (limits.changesPerPage = before);
  }

  async end(): Promise<void> {
    try {
      for (const phone of this.phones) for (const page of [...phone.pages]) page.dies();
      await this.server.end();
    } finally {
      for (const undo of this.undo.reverse()) undo();
    }
  }
}

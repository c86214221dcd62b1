import { randomUUID } from 'node:crypto';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import type { TestContext } from 'vitest';
import { expect } from 'vitest';
import type { SchoolRow } from '@kernel/server/store/store';
import type { RecordDef } from '@kernel/shared/record';
import { uuidv7 } from '@kernel/shared/ids';
import type { AssignArgs } from '@modules/homework';
import { HandClock } from '../../support/clock';
import { C1, C2, PEOPLE, smallSchool, type Who } from '../../support/small-school';
import { openBrowser } from './browser';
import { Phone } from './phone';
import { picture } from './picture';
import { openSite, type Site } from './site';

const PASSWORD = 'a long password';

/** 小小中学 on the built server, with phones in a real browser and a clock that only the story winds. */
export class SmallSchool {
  private readonly phones = new Map<Who, Phone>();
  private serial = 0;

  private constructor(
    readonly site: Site,
    readonly clock: HandClock,
    readonly browser: Browser,
    private readonly row: SchoolRow,
  ) {}

  static async opens(day: string, time: string, port = 0, plan = smallSchool()): Promise<SmallSchool> {
    const clock = new HandClock(day, time);
    const [site, browser] = await Promise.all([openSite(clock, port), openBrowser()]);
    const { kernel } = site.served;
    const row = { id: randomUUID(), name: '小小中学', zone: 'Asia/Shanghai', example: false };
    await kernel.createSchool(row);
    const applied = await kernel.systemAll(row.id, [
      { key: 'import', name: 'org.v1.applyImport', args: plan },
      { key: 'admin', name: 'org.v1.addAdmin', args: { person: 'xu', create: null } },
    ]);
    const bad = applied.find((r) => r.outcome !== 'accepted');
    if (bad)
      throw new Error(`the small school was ${bad.outcome}: ${bad.code} ${JSON.stringify(bad.details)}`);
    const school = new SmallSchool(site, clock, browser, row);
    await school.jobsRun();
    return school;
  }

  get schoolId(): string {
    return this.row.id;
  }
  async jobsRun(): Promise<void> {
    await this.site.served.jobs.runOnce();
  }
  /** Winds the server's clock and lets its jobs run; open phones hear of it by themselves. */
  async itIs(day: string, time: string): Promise<void> {
    this.clock.at(day, time);
    await this.jobsRun();
  }

  /** Somebody acts on a phone we do not look at. Answers the command's id. */
  async acts(who: Who, name: string, args: unknown): Promise<string> {
    const at = this.clock.now();
    this.serial += 1;
    const id = uuidv7(at, new Uint8Array(10).fill(this.serial));
    const [result] = await this.site.served.kernel.push(this.row, [
      {
        id,
        device: `unseen-${who}`,
        deviceSeq: this.serial,
        actor: who,
        name,
        args,
        argsText: JSON.stringify(args),
        at,
        time: { earliest: at, latest: at },
      },
    ]);
    if (result?.outcome !== 'accepted')
      throw new Error(`${who} was ${result?.outcome}: ${result?.code} ${JSON.stringify(result?.details)}`);
    return id;
  }
  assigns(who: Who, subject: string, date: string, over: Partial<AssignArgs> = {}): Promise<string> {
    const tiers: AssignArgs['tiers'] = [{ tier: 'A', content: '练习册第 32 页 1–6 题', minutes: 12 }];
    return this.acts(who, 'homework.v1.assign', {
      classes: [C1, C2],
      subject,
      date,
      form: 'written',
      tiers,
      copiedFrom: null,
      ...over,
    });
  }
  async allSign(...items: readonly string[]): Promise<void> {
    for (const [step, who] of (['zhao', 'song', 'qin'] as const).entries())
      await this.acts(who, 'homework.v1.sign', { step, items: items.map((id) => ({ id, round: 1 })) });
  }
  /** What the server holds. */
  async holds<B>(def: RecordDef<B>, id: string): Promise<B | undefined> {
    return this.site.served.kernel.view(this.row).get(def, id);
  }

  /** Somebody's own phone, signed in through the sign-in page; the same one when asked again. */
  async phone(who: Who): Promise<Phone> {
    const found = this.phones.get(who);
    if (found) return found;
    const phone = await this.newPhone(who);
    this.phones.set(who, phone);
    return phone;
  }
  /** One more phone of the same person; `before` may change the browser before anything is opened in it. */
  async newPhone(
    who: Who,
    options: BrowserContextOptions = {},
    before?: (phone: Phone) => Promise<void>,
  ): Promise<Phone> {
    const { kernel } = this.site.served;
    if ((await kernel.auth.accountOf(this.row.id, who)) === null)
      await kernel.auth.createAccount({
        school: this.row.id,
        person: who,
        account: `${who}.test`,
        password: PASSWORD,
        name: PEOPLE[who],
      });
    const phone = await Phone.out(this.browser, this.site.url, options);
    await before?.(phone);
    await phone.signsIn(`${who}.test`, PASSWORD);
    return phone;
  }

  /** After each test: no page complained, and the server did not either. A failed one leaves pictures of every phone. */
  async checks(test: Pick<TestContext, 'task'>): Promise<void> {
    if (test.task.result?.state === 'fail')
      for (const [who, phone] of this.phones) await picture(phone.page, `${test.task.name}-${who}`);
    const said = [...this.phones].flatMap(([who, phone]) =>
      phone.complaints.splice(0).map((c) => `${who}: ${c}`),
    );
    expect([...said, ...this.site.errors]).toEqual([]);
  }
  async closes(): Promise<void> {
    await this.browser.close();
    await this.site.close();
  }
}

import { afterAll, beforeAll, expect, test } from 'vitest';
import { dice, seedOf, times } from '../ops/support/counts';
import { PEOPLE } from '../support/small-school';
import {
  FIELD,
  PASSWORD,
  SLOTS,
  acceptedOf,
  becomes,
  draftsOf,
  formOf,
  keeps,
  outboxOf,
  rowsOf,
} from './support/kept-phone';
import type { Phone } from './support/phone';
import { settled } from './support/settled';
import { SmallSchool } from './support/small-school-site';

const SUBJECT = { lin: 'math', mei: 'chinese', gao: 'english' } as const;
type Teacher = keyof typeof SUBJECT;
const WHO = Object.keys(SUBJECT) as Teacher[];
/** Whose turn it is: two for a while, then a third one. */
const TURNS: readonly Teacher[] = ['lin', 'mei', 'lin', 'gao'];
/** Where everybody leaves something half written. */
const HALF = SLOTS.at(-1)!;

let school: SmallSchool;
beforeAll(async () => {
  school = await SmallSchool.opens('2026-11-23', '16:30');
});
afterAll(() => school?.closes());

/** What one person did on the shared phone. Every word of hers begins with her mark, which nobody else may see. */
class Work {
  readonly delivered: string[] = [];
  waiting: string[] = [];
  /** What the server had of hers when she left: a browser that loses its network mid-request may have sent what it never heard of. */
  there: string[] = [];
  draft = '';
  private serial = 0;
  constructor(readonly who: Teacher) {}
  get mark(): string {
    return `${this.who}写的`;
  }
  get account(): string {
    return `${this.who}.test`;
  }
  next(): { words: string; slot: (typeof SLOTS)[number] } {
    const n = this.serial++;
    return { words: `${this.mark} ${n}`, slot: SLOTS[n]! };
  }
}

class SharedPhone {
  private readonly works = Object.fromEntries(WHO.map((who) => [who, new Work(who)])) as Record<
    Teacher,
    Work
  >;
  constructor(private readonly phone: Phone) {}

  /** Has the phone: what waited here goes, once; what others left stays as it is; then some more is done, and left behind. */
  async uses(who: Teacher, leaves: 'signs out' | 'is signed out'): Promise<void> {
    const { phone } = this;
    const work = this.works[who];
    await this.signsIn(work);
    await this.seesOnlyOwn(work);

    await this.does(work);
    await phone.opens('/');
    await this.isDelivered(work);
    await phone.goesOffline();
    await this.does(work);
    work.draft = `${work.mark} 一半 ${work.delivered.length}`;
    await phone.opens(formOf(HALF, SUBJECT[who]));
    await phone.page.getByLabel(FIELD).fill(work.draft);
    await becomes(
      () => draftsOf(phone.page, who),
      (all) => all.includes(work.draft),
    );
    await this.leaves(work, leaves);
  }

  /** Everybody comes once more. */
  async ends(): Promise<void> {
    for (const who of WHO) {
      const work = this.works[who];
      if (work.delivered.length === 0) continue;
      await this.signsIn(work);
      await this.phone.opens(formOf(HALF, SUBJECT[who]));
      expect(
        await becomes(
          () => this.phone.page.getByLabel(FIELD).inputValue(),
          (now) => now === work.draft,
        ),
      ).toBe(work.draft);
      await this.phone.opens('/me');
      await this.out();
    }
  }

  private async signsIn(work: Work): Promise<void> {
    const { phone } = this;
    await this.untouched();
    await phone.signsIn(work.account, PASSWORD);
    await this.isDelivered(work);
    await phone.isKept();
    await this.untouched();
  }

  private async does(work: Work): Promise<void> {
    const { words, slot } = work.next();
    await keeps(this.phone.page, school.site.url, slot, words, SUBJECT[work.who]);
    work.waiting.push(words);
  }

  private async isDelivered(work: Work): Promise<void> {
    await this.phone.delivered();
    work.delivered.push(...work.waiting);
    work.waiting = [];
    work.there = [...work.delivered].sort();
    expect((await acceptedOf(school.site.served.kernel, work.who)).sort(), 'on the server').toEqual(
      [...work.delivered].sort(),
    );
  }

  private async leaves(work: Work, how: 'signs out' | 'is signed out'): Promise<void> {
    const { phone } = this;
    if (how === 'signs out') {
      await phone.opens('/me');
      await this.out(work.waiting.length);
      await this.notes(work);
      await phone.comesBack();
      return;
    }
    // Her session is over, and the network is back before anybody has signed in.
    await phone.context.clearCookies();
    await this.notes(work);
    await phone.comesBack();
    await phone.opens('/');
    await phone.delivery.filter({ hasText: `${work.waiting.length} 条待上传，请重新登录` }).waitFor();
    await this.untouched();
  }

  private async notes(work: Work): Promise<void> {
    work.there = (await acceptedOf(school.site.served.kernel, work.who)).sort();
    const own = [...work.delivered, ...work.waiting];
    expect(work.there.filter((words) => !own.includes(words))).toEqual([]);
  }

  private async out(waiting = 0): Promise<void> {
    const { phone } = this;
    await phone.button('退出登录').tap();
    const sheet = phone.page.getByRole('dialog');
    if (waiting > 0) await sheet.getByText(/条没送达：它们会封存在这台手机上/).waitFor();
    await phone.button('退出登录', sheet).tap();
    await phone.page.waitForURL('**/welcome');
  }

  /** Nobody's work has moved: what waits is here and not there, whoever has the phone. */
  private async untouched(): Promise<void> {
    const { page } = this.phone;
    for (const work of Object.values(this.works)) {
      expect((await acceptedOf(school.site.served.kernel, work.who)).sort()).toEqual(work.there);
      if (work.waiting.length === 0) continue;
      const here = (await outboxOf(page, work.who)).filter((e) => e.state !== 'accepted');
      expect(here.map((e) => e.words)).toEqual(work.waiting);
      expect(await draftsOf(page, work.who)).toContain(work.draft);
    }
  }

  /** Nothing of others lies open: neither on any screen nor in their copies. */
  private async seesOnlyOwn(work: Work): Promise<void> {
    const { phone } = this;
    const others = Object.values(this.works).filter((w) => w !== work && w.waiting.length > 0);
    for (const path of ['/', '/homework', formOf(HALF, SUBJECT[work.who]), '/me', '/sign-in']) {
      await phone.opens(path);
      await settled(phone.page);
      if (path === '/me' || path === '/sign-in')
        for (const { who, waiting } of others) {
          const line = phone.page.getByRole('listitem').filter({ hasText: PEOPLE[who] });
          await line.filter({ hasText: `${waiting.length} 条没送达` }).waitFor();
        }
      const seen = await phone.page.evaluate(() =>
        [
          document.body.innerText,
          ...[...document.querySelectorAll('textarea, input')].map((f) => (f as HTMLInputElement).value),
        ].join('\n'),
      );
      for (const other of others) expect(seen, `${other.who}’s on ${path}`).not.toContain(other.mark);
    }
    for (const { who } of others) {
      expect(await rowsOf(phone.page, 'records', who), `${who}’s copy`).toEqual([]);
      expect(await rowsOf(phone.page, 'measures', who), `${who}’s copy`).toEqual([]);
    }
    if (work.draft === '') return;
    await phone.opens(formOf(HALF, SUBJECT[work.who]));
    const field = phone.page.getByLabel(FIELD);
    expect(
      await becomes(
        () => field.inputValue(),
        (now) => now === work.draft,
      ),
    ).toBe(work.draft);
  }
}

test('a phone that several share sends everybody’s work under their own name, once, and shows it to nobody else (B7)', async () => {
  const [count, seed] = [times('B7', 4, 20), seedOf('B7')];
  const chance = dice(seed);
  for (const who of WHO)
    await school.site.served.kernel.auth.createAccount({
      school: school.schoolId,
      person: who,
      account: `${who}.test`,
      password: PASSWORD,
      name: PEOPLE[who],
    });
  // Opened once, so that it can be without a network.
  const phone = await school.newPhone('lin');
  const shared = new SharedPhone(phone);
  for (let i = 0; i < count; i++) {
    // Both ways to leave in any case, and in any order after that.
    const out = i < 2 ? i === 0 : chance.chance(0.5);
    await shared.uses(TURNS[i % TURNS.length]!, out ? 'signs out' : 'is signed out');
  }
  await shared.ends();
  await phone.isPutAway();
  process.stdout.write(`B7: ${count} times in somebody’s hands\n`);
}, 3_600_000);

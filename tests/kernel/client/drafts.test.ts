import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { DraftJob } from '@kernel/client/draft-saver';
import { DraftSaver } from '@kernel/client/draft-saver';
import { putAway } from '@kernel/client/unsaved';
import type { DraftRow } from '@kernel/client/person-db';
import { useDraft } from '@kernel/client/use-draft';
import { Browser, until } from './browser';
import { Dice, SEED, runs } from './dice';
import { FakeServer } from './fake-server';
import { faults, mended } from './storage-faults';

/** reliability.md B8: 200 kills, at most two seconds of typing lost. */
const COUNT = runs('QING_KILLS', 200);
const LOST_AT_MOST_MS = 2_000;

/** A person who types, on a clock wound by hand, with a storage that needs its time. */
class Desk {
  text = '';
  /** What is on the phone. */
  stored = '';
  /** When each length of the text was typed. */
  readonly typedAt: number[] = [0];
  now = 0;
  writeMs = 30;
  failing = false;
  readonly outcomes: boolean[] = [];
  readonly saver = new DraftSaver(
    () => this.job(),
    (failed) => void this.outcomes.push(failed),
  );

  private job(): DraftJob {
    const { text } = this;
    return {
      key: 'k',
      write: async () => {
        await new Promise((done) => setTimeout(done, this.writeMs));
        if (this.failing) throw new Error('no storage');
        this.stored = text;
      },
    };
  }
  types(): void {
    this.text += '字';
    this.typedAt.push(this.now);
    this.saver.touched();
  }
  async passes(ms: number): Promise<void> {
    this.now += ms;
    await vi.advanceTimersByTimeAsync(ms);
  }
  /** The page dies now: how old is the oldest letter that dies with it? */
  lostMs(): number {
    return this.stored.length === this.text.length ? 0 : this.now - this.typedAt[this.stored.length + 1]!;
  }
}

describe('a draft', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  });
  afterEach(() => vi.useRealTimers());

  test(`loses at most two seconds of typing, killed at any keystroke (B8, ${COUNT} kills)`, async () => {
    let worst = 0;
    for (let n = 0; n < COUNT; n++) {
      const dice = new Dice(SEED + n);
      const desk = new Desk();
      desk.writeMs = 5 + dice.below(300);
      // Fast hands never pause as long as the saver waits; slow ones do.
      const pace = dice.one([60, 150, 400, 900]);
      const keys = 5 + dice.below(120);
      for (let k = 0; k < keys; k++) {
        desk.types();
        await desk.passes(1 + dice.below(pace * 2));
      }
      worst = Math.max(worst, desk.lostMs());
      expect(desk.lostMs(), `seed ${SEED + n}`).toBeLessThanOrEqual(LOST_AT_MOST_MS);
    }
    // And it is the unbroken typing that comes near it: a saver that waited for a pause would lose far more.
    expect(worst).toBeGreaterThan(600);
  });

  test('the test objects when only a pause in typing saves', async () => {
    const desk = new Desk();
    let pause: ReturnType<typeof setTimeout> | undefined;
    desk.saver.touched = () => {
      clearTimeout(pause);
      (desk.saver as unknown as { dirty: boolean }).dirty = true;
      pause = setTimeout(() => void desk.saver.flush(), 600);
    };
    for (let k = 0; k < 60; k++) {
      desk.types();
      await desk.passes(100);
    }
    expect(desk.lostMs()).toBeGreaterThan(LOST_AT_MOST_MS);
  });

  test('is never overwritten by an older state of itself, however slow the storage', async () => {
    const desk = new Desk();
    desk.writeMs = 3_000;
    desk.types();
    void desk.saver.flush();
    await desk.passes(100);
    desk.writeMs = 10;
    desk.types();
    void desk.saver.flush();
    await desk.passes(10_000);
    expect(desk.stored).toBe('字字');
    expect(desk.saver.holds).toBe(false);
  });

  test('that could not be written is tried again by itself, and says so meanwhile', async () => {
    const desk = new Desk();
    desk.failing = true;
    desk.types();
    await desk.passes(3_000);
    expect(desk.outcomes.at(-1)).toBe(true);
    expect(desk.saver.holds).toBe(true);
    desk.failing = false;
    await desk.passes(3_000);
    expect(desk.stored).toBe('字');
    expect(desk.outcomes.at(-1)).toBe(false);
    expect(desk.saver.holds).toBe(false);
  });
});

describe('a form', () => {
  afterEach(mended);

  async function lin(): Promise<Browser> {
    const server = new FakeServer();
    server.person('lin', ['red']);
    server.person('mei', ['red']);
    const b = new Browser(server, { patienceMs: 300 });
    await b.loads();
    await b.app.sessions.signIn('lin', 'right');
    return b;
  }

  test('says when its text is only on the screen, and when it is kept again', async () => {
    const b = await lin();
    const { device } = b.app;
    const form = b.uses(() => useDraft('k', () => ''));
    await until(() => form.ready.value, 'loaded');
    faults.strike = ({ what, stores }) =>
      what === 'commit' && stores?.includes('drafts') ? 'QuotaExceededError' : null;
    form.draft.value = '一大段';
    await putAway();
    expect(form.unsaved.value).toBe(true);
    expect(form.savedAt.value).toBeNull();
    expect(device.trouble.value).toBe('full');
    expect(await putAway()).toBe(false);
    mended();
    expect(await putAway()).toBe(true);
    expect(form.unsaved.value).toBe(false);
    expect((await device.person.value!.db.drafts.get('k'))?.json).toBe('一大段');
  });

  test('has its last words saved before the phone is handed on', async () => {
    const b = await lin();
    const form = b.uses(() => useDraft('k', () => ''));
    await until(() => form.ready.value, 'loaded');
    form.draft.value = '最后一句';
    await b.app.sessions.signIn('mei', 'right');
    expect(form.draft.value).toBe('');
    await b.app.sessions.signIn('lin', 'right');
    expect((await b.app.device.person.value!.db.drafts.get('k'))?.json).toBe('最后一句');
  });

  test('keeps on the screen what was typed, and even saved, before a slow phone had found an older draft', async () => {
    const b = await lin();
    const { drafts } = b.app.device.person.value!.db;
    await drafts.put({ key: 'k', json: '上次的', updatedAt: 1 });
    const get = drafts.get.bind(drafts) as (key: string) => Promise<DraftRow | undefined>;
    let goesOn = (): void => undefined;
    const slow = new Promise<void>((done) => (goesOn = done));
    const found = get('k');
    Object.assign(drafts, { get: () => slow.then(() => found) });
    const form = b.uses(() => useDraft('k', () => ''));
    form.draft.value = '刚打的';
    await form.keep();
    goesOn();
    await until(() => form.ready.value, 'loaded');
    expect(form.draft.value).toBe('刚打的');
    expect((await get('k'))?.json).toBe('刚打的');
  });

  test('that was cleared stays cleared, though an older save was still under way', async () => {
    const b = await lin();
    const form = b.uses(() => useDraft('k', () => ''));
    await until(() => form.ready.value, 'loaded');
    form.draft.value = '已经提交';
    const saving = putAway();
    await form.clear();
    await saving;
    await new Promise((done) => setTimeout(done, 50));
    expect(await b.app.device.person.value!.db.drafts.count()).toBe(0);
  });
});

import { describe, expect, it } from 'vitest';
import { dayWords, dueWords, nearDayWords, secondsWords } from '@kernel/client/ui/words';
import { HOUR, instantOf, MINUTE } from '@kernel/shared/time';

const ZONE = 'Asia/Shanghai';
const at = (clock: string, day = '2026-11-23'): number => instantOf(day, clock, ZONE);

describe('words for time', () => {
  it('says a date the way a school does', () => {
    expect(dayWords('2026-11-23')).toBe('11月23日 周一');
    expect(dayWords('2027-01-03')).toBe('1月3日 周日');
  });

  it('calls near days by their names', () => {
    expect(nearDayWords('2026-11-23', '2026-11-23')).toBe('今天');
    expect(nearDayWords('2026-11-24', '2026-11-23')).toBe('明天');
    expect(nearDayWords('2026-11-25', '2026-11-23')).toBe('11月25日 周三');
  });

  it.each([
    [at('09:00') - at('08:22'), '还有 38 分钟'],
    [90 * MINUTE, '还有 1 小时 30 分钟'],
    [2 * HOUR, '还有 2 小时'],
    [30_000, '还有 1 分钟'],
  ])('counts what is close by in minutes: %i ms', (ahead, words) => {
    expect(dueWords(at('08:22') + ahead, at('08:22'), ZONE)).toBe(words);
  });

  it('gives what is further off by the clock', () => {
    expect(dueWords(at('16:30'), at('08:00'), ZONE)).toBe('今天 16:30 前');
    expect(dueWords(at('08:00', '2026-11-24'), at('20:00'), ZONE)).toBe('明天 08:00 前');
    expect(dueWords(at('08:00', '2026-11-27'), at('20:00'), ZONE)).toBe('11月27日 周五 08:00 前');
  });

  it('never blames for the first minute', () => {
    expect(dueWords(at('09:00'), at('09:00') + 20_000, ZONE)).toBe('刚刚到时间');
    expect(dueWords(at('09:00'), at('09:12'), ZONE)).toBe('已过 12 分钟');
  });

  it('rounds how long a task takes', () => {
    expect(secondsWords(20)).toBe('约 20 秒');
    expect(secondsWords(150)).toBe('约 3 分钟');
  });
});

import type { Day, Instant } from '@kernel/shared/time';
import { addDays, clockOf, dayOf, daysBetween, MINUTE, weekdayOf } from '@kernel/shared/time';

export const WEEKDAYS = ['周一', '周二', '周三', '周四', '周五', '周六', '周日'] as const;

/** `2026-11-23` → `11月23日 周一` */
export function dayWords(day: Day): string {
  return `${Number(day.slice(5, 7))}月${Number(day.slice(8, 10))}日 ${WEEKDAYS[weekdayOf(day) - 1]}`;
}

/** 今天, 明天, 昨天, or the date. */
export function nearDayWords(day: Day, today: Day): string {
  const far = daysBetween(today, day);
  return far === 0 ? '今天' : far === 1 ? '明天' : far === -1 ? '昨天' : dayWords(day);
}

/** `08:50` in the school's zone. */
export const clockWords = (at: Instant, zone: string): string => clockOf(at, zone);

function spanWords(minutes: number): string {
  if (minutes < 60) return `${minutes} 分钟`;
  const hours = Math.floor(minutes / 60);
  const rest = minutes % 60;
  return rest === 0 ? `${hours} 小时` : `${hours} 小时 ${rest} 分钟`;
}

/** When something is due, in the words a person would use: close by in minutes, later by the clock. */
export function dueWords(due: Instant, now: Instant, zone: string): string {
  const minutes = due >= now ? Math.ceil((due - now) / MINUTE) : Math.floor((now - due) / MINUTE);
  if (due < now)
    return minutes < 1
      ? '刚刚到时间'
      : minutes < 24 * 60
        ? `已过 ${spanWords(minutes)}`
        : `${dayWords(dayOf(due, zone))} 应完成`;
  if (minutes <= 120) return `还有 ${spanWords(minutes)}`;
  const today = dayOf(now, zone);
  const day = dayOf(due, zone);
  return `${day === today ? '今天' : day === addDays(today, 1) ? '明天' : dayWords(day)} ${clockOf(due, zone)} 前`;
}

/** How long it usually takes: 20 → `约 20 秒`, 150 → `约 3 分钟` */
export const secondsWords = (seconds: number): string =>
  seconds < 90 ? `约 ${seconds} 秒` : `约 ${Math.round(seconds / 60)} 分钟`;

/** 12345678 bytes → `11.8 MB` */
export const bytesWords = (bytes: number): string =>
  bytes < 1_000_000 ? `${Math.max(1, Math.round(bytes / 1024))} KB` : `${(bytes / 1_048_576).toFixed(1)} MB`;

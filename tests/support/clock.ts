import type { Clock } from '@kernel/shared/clock';
import { instantOf } from '@kernel/shared/time';

/** A clock that only moves when told. `at('2026-11-23', '07:05')` is Shanghai wall time. */
export class HandClock implements Clock {
  private ms: number;
  constructor(day: string, clock: string) {
    this.ms = instantOf(day, clock, 'Asia/Shanghai');
  }
  now(): number {
    return this.ms;
  }
  at(day: string, clock: string): void {
    this.ms = instantOf(day, clock, 'Asia/Shanghai');
  }
  passes(minutes: number): void {
    this.ms += minutes * 60_000;
  }
}

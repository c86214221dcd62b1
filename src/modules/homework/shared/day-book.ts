import type { Ref, StateReader, Write } from '@kernel/shared/record';
import { put, ref } from '@kernel/shared/record';
import type { ClassDay, Item } from './records';
import { classDayId, classDayRecord } from './records';

/**
 * The class-days of one decision: reads see what the same decision changed before, and every day is written once.
 * A day that is not there stays away: a phone holds only those its person may read.
 */
export class DayBook {
  private readonly changed = new Map<string, ClassDay>();
  constructor(private readonly state: StateReader) {}

  get(classId: string, date: string): ClassDay | undefined {
    const id = classDayId(classId, date);
    return this.changed.get(id) ?? this.state.get(classDayRecord, id);
  }
  put(day: ClassDay): void {
    this.changed.set(classDayId(day.class, day.date), day);
  }
  /** The class-days an item stands in. */
  of(item: Item): ClassDay[] {
    return item.classes.flatMap((c) => this.get(c.id, item.date) ?? []);
  }
  change(item: Item, change: (day: ClassDay) => ClassDay): void {
    for (const day of this.of(item)) this.put(change(day));
  }
  writes(): Write[] {
    return [...this.changed].map(([id, day]) => put(classDayRecord, id, day));
  }
}

export const dayRefs = (item: Item): Ref[] =>
  item.classes.map((c) => ref(classDayRecord, classDayId(c.id, item.date)));

import { shallowReactive } from 'vue';
import type { Instant } from '@kernel/shared/time';
import type { Stamp } from './beacon';
import type { TroubleKind } from './trouble';

/** An act this phone could not keep. It lives in this page's memory and nowhere else, and is shown until it is dealt with. */
export interface Unkept extends Stamp {
  readonly id: string;
  readonly name: string;
  readonly args: unknown;
  /** Device wall clock when it was tried first. */
  readonly at: Instant;
  readonly why: TroubleKind;
  /** The refused act it was meant to replace. */
  readonly replaces: string | null;
}

/** For so long a second try of the same words is taken for the same act, ms of the monotonic clock. */
const SAME_ACT_MS = 2 * 60_000;

/**
 * What could not be kept. Each act has its id from the first try on: a transaction that was called off too late may have been
 * committed after all, and a second try under the same id finds it instead of doing it twice.
 */
export class UnkeptActs {
  readonly list: Unkept[] = shallowReactive([]);
  private readonly tried = new Map<string, { readonly id: string; readonly mono: number }>();

  /** The id of an earlier try of the same act, if there was one just now. */
  idFor(name: string, args: unknown, mono: number): string | null {
    const before = this.tried.get(keyOf(name, args));
    const listed = this.list.some((u) => u.id === before?.id);
    return before && (listed || mono - before.mono < SAME_ACT_MS) ? before.id : null;
  }

  add(act: Unkept, mono: number): void {
    this.tried.set(keyOf(act.name, act.args), { id: act.id, mono });
    this.drop(act.id);
    this.list.push(act);
  }

  find(id: string): Unkept | undefined {
    return this.list.find((u) => u.id === id);
  }

  /** It is safe now, on this phone or on the server, and the person knows: the next act of the same words is another one. */
  settled(id: string): void {
    this.drop(id);
    for (const [key, { id: tried }] of this.tried) if (tried === id) this.tried.delete(key);
  }

  /** It was kept after all, when nobody was told so any more: a second try must still find it. */
  drop(id: string): void {
    const at = this.list.findIndex((u) => u.id === id);
    if (at >= 0) this.list.splice(at, 1);
  }
}

const keyOf = (name: string, args: unknown): string => `${name} ${JSON.stringify(args)}`;

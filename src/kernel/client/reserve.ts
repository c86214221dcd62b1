import type { PersonDb } from './person-db';
import { quotaExceeded } from './steady';

/** Room for some hundred acts in words, bytes. */
export const RESERVE_BYTES = 1_048_576;

/**
 * Room that is taken while there is plenty, so that it can be given back when there is none: an act in words must always find
 * a place, whatever filled the phone (reliability.md rule 40, B2). Chromium frees a deleted value of this size at once
 * (seen on 156 with a quota of 5 MB).
 */
export class Reserve {
  constructor(
    private readonly db: PersonDb,
    private readonly bytes: number = RESERVE_BYTES,
  ) {}

  /** Takes the room unless it is taken. False when the phone is too full for it. */
  async fill(): Promise<boolean> {
    if (this.bytes === 0) return true;
    try {
      if ((await this.db.meta.where('key').equals('reserve').count()) > 0) return true;
      await this.db.write('reserve', noise(this.bytes));
      return true;
    } catch {
      return false;
    }
  }

  /** Gives the room back. False when there was none to give. */
  async release(): Promise<boolean> {
    return (await this.db.meta.where('key').equals('reserve').delete()) > 0;
  }
}

/** Does the work; should the phone be full, gives the reserve back and does it once more. */
export async function withRoom<T>(reserve: Reserve | undefined, work: () => PromiseLike<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!reserve || !quotaExceeded(error)) throw error;
    // What stands in the way of giving back is not what the person has to hear.
    if (!(await reserve.release().catch(() => false))) throw error;
    return work();
  }
}

/** Bytes that do not shrink when a browser packs them (xorshift32): zeros would reserve nothing. */
function noise(bytes: number): Uint8Array {
  const out = new Uint32Array(Math.ceil(bytes / 4));
  let x = 0x9e3779b9;
  for (let i = 0; i < out.length; i++) {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    out[i] = x;
  }
  return new Uint8Array(out.buffer, 0, bytes);
}

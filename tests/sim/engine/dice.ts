/** Randomness of one schedule, from one seed (sfc32). Everything random in the simulator comes from here. */
export class Dice {
  private a: number;
  private b: number;
  private c: number;
  private d = 1;

  constructor(seed: number, stream = '') {
    // The stream separates dice of the same seed: one more throw in one place must not change all the others.
    let h = 2166136261 ^ seed;
    for (const char of `${seed}/${stream}`) h = Math.imul(h ^ char.charCodeAt(0), 16777619);
    this.a = h;
    this.b = seed | 0;
    this.c = Math.imul(h, 2654435761);
    for (let i = 0; i < 12; i++) this.roll();
  }

  /** 0 ≤ x < 1 */
  roll(): number {
    const t = (((this.a + this.b) | 0) + this.d) | 0;
    this.d = (this.d + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = (this.c << 21) | (this.c >>> 11);
    this.c = (this.c + t) | 0;
    return (t >>> 0) / 4294967296;
  }
  chance(p: number): boolean {
    return this.roll() < p;
  }
  /** A whole number, both ends included. */
  int(from: number, to: number): number {
    return from + Math.floor(this.roll() * (to - from + 1));
  }
  /** A whole number, both ends included, the smaller ones more often: long lives are few, and all lengths are met. */
  few(from: number, to: number): number {
    return from + Math.floor(this.roll() ** 2 * (to - from + 1));
  }
  pick<T>(from: readonly T[]): T {
    return from[Math.floor(this.roll() * from.length)]!;
  }
  /** Keys by their weight. */
  weighted<K extends string>(weights: Readonly<Partial<Record<K, number>>>): K {
    const entries = Object.entries(weights) as [K, number][];
    let left = this.roll() * entries.reduce((sum, [, w]) => sum + w, 0);
    for (const [key, weight] of entries) {
      left -= weight;
      if (left < 0) return key;
    }
    return entries[entries.length - 1]![0];
  }
  shuffled<T>(list: readonly T[]): T[] {
    const out = [...list];
    for (let i = out.length - 1; i > 0; i--) {
      const j = this.int(0, i);
      [out[i], out[j]] = [out[j]!, out[i]!];
    }
    return out;
  }
  bytes(count: number): Uint8Array<ArrayBuffer> {
    return new Uint8Array(count).map(() => Math.floor(this.roll() * 256));
  }
}

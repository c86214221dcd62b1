import fc from 'fast-check';
import type { GenericSchema } from 'valibot';
import { safeParse } from 'valibot';
import { LENGTHS, NAMES, NUMBERS, ODD, SAMPLES } from './dictionary';

/** A valibot schema as it is made, read from outside. */
interface Node {
  readonly type: string;
  readonly kind: string;
  readonly entries?: Readonly<Record<string, Node>>;
  readonly item?: Node;
  readonly items?: readonly Node[];
  readonly key?: Node | string;
  readonly value?: Node;
  readonly options?: readonly unknown[];
  readonly literal?: unknown;
  readonly wrapped?: Node;
  readonly requirement?: unknown;
  readonly pipe?: readonly Node[];
}

/** Values of this world by the name of the field they belong into: with them an argument leads somewhere. */
export type Known = Readonly<Record<string, readonly unknown[]>>;

/** A generator that says the same for the same seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), a | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Makes values from a schema: such that fit, and such that do not. Throws for a schema it has not learnt, so that nothing is left out. */
export class Maker {
  private readonly patterns = new Map<string, readonly string[]>();

  constructor(
    readonly random: () => number,
    private readonly known: Known = {},
  ) {}

  pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.random() * list.length)]!;
  }
  chance(share: number): boolean {
    return this.random() < share;
  }

  /** A value that the schema takes. */
  fitting(schema: GenericSchema, name = ''): unknown {
    for (let i = 0; i < 60; i++) {
      const value = this.make(schema as unknown as Node, name, 0);
      if (safeParse(schema, value).success) return value;
    }
    throw new Error(`no value for ${name} fits its schema: teach tests/attack/fuzz/maker.ts`);
  }
  /** The same with something wrong in about every `1 / share`-th place; now and then nothing is. */
  broken(schema: GenericSchema, share = 0.12): unknown {
    return this.make(schema as unknown as Node, '', share);
  }
  odd(): unknown {
    return this.pick(ODD);
  }

  private make(node: Node, name: string, share: number): unknown {
    if (share > 0 && this.chance(share)) return this.wrong(node, name);
    switch (node.type) {
      case 'object':
      case 'strict_object':
      case 'loose_object':
        return this.object(node, share);
      case 'array':
        return Array.from({ length: this.size(node, share) }, () => this.make(node.item!, name, share));
      case 'tuple':
      case 'strict_tuple':
        return node.items!.map((item) => this.make(item, name, share));
      case 'record': {
        const keys = Array.from({ length: this.size(node, share) }, () =>
          textOf(this.make(node.key as Node, `${name}.key`, share)),
        );
        // The door refuses a whole push for a prototype's key: those are sent by themselves, see `texts.ts`.
        const plain = keys.filter((key) => !/^(__proto__|constructor)$/.test(key));
        return Object.fromEntries(plain.map((key) => [key, this.make(node.value!, name, share)]));
      }
      case 'union':
      case 'variant':
        return this.make(this.pick(node.options as readonly Node[]), name, share);
      case 'nullable':
      case 'nullish':
        return this.chance(0.3) ? null : this.make(node.wrapped!, name, share);
      case 'optional':
      case 'exact_optional':
        return this.make(node.wrapped!, name, share);
      case 'picklist':
        return this.pick(node.options!);
      case 'literal':
        return node.literal;
      case 'boolean':
        return this.chance(0.5);
      case 'number':
        return this.number(node, name);
      case 'string':
        return this.text(node, name);
      case 'unknown':
      case 'any':
        return this.odd();
      case 'null':
        return null;
      default:
        throw new Error(`no generator for a schema of type ${node.type}: teach tests/attack/fuzz/maker.ts`);
    }
  }

  private object(node: Node, share: number): Record<string, unknown> {
    const out: Record<string, unknown> = {};
    for (const [key, child] of Object.entries(node.entries!)) {
      if (/optional|nullish/.test(child.type) && this.chance(0.4)) continue;
      if (share > 0 && this.chance(share / 3)) continue;
      out[key] = this.make(child, key, share);
    }
    if (share > 0 && this.chance(share)) out[this.pick(NAMES)] = this.odd();
    return out;
  }

  private size(node: Node, share: number): number {
    const [least, most] = [ruled(node, 'min_length') ?? 0, ruled(node, 'max_length') ?? 4];
    if (share > 0 && this.chance(share))
      return this.pick([0, least - 1, Math.min(most + 1, 520)].filter((n) => n >= 0));
    return least + Math.floor(this.random() * (Math.min(most, least + 3) - least + 1));
  }

  private number(node: Node, name: string): unknown {
    const known = this.known[name];
    if (known && this.chance(0.7)) return this.pick(known);
    const least = ruled(node, 'min_value') ?? -1_000;
    const most = ruled(node, 'max_value') ?? 1_000_000;
    return this.pick([least, most, least + Math.floor(this.random() * Math.min(most - least, 1_000))]);
  }

  private text(node: Node, name: string): string {
    const known = this.known[name];
    if (known && this.chance(0.75)) return String(this.pick(known));
    const schema = node as unknown as GenericSchema;
    const fits = (text: string): boolean => safeParse(schema, text).success;
    const pattern = node.pipe?.find((p) => p.type === 'regex')?.requirement as RegExp | undefined;
    const least = ruled(node, 'min_length') ?? 0;
    const most = Math.min(ruled(node, 'max_length') ?? 300, 3_000);
    for (let i = 0; i < 20; i++) {
      const text = pattern
        ? this.pick(this.matching(pattern))
        : this.chance(0.5)
          ? this.words(
              this.pick([least, most, least + Math.floor(this.random() * Math.min(most - least, 40))]),
            )
          : this.pick(SAMPLES);
      if (fits(text)) return text;
    }
    const found = [...(known ?? []).map(String), ...SAMPLES].find(fits);
    if (found === undefined) throw new Error(`no text for ${name}: teach tests/attack/fuzz/dictionary.ts`);
    return found;
  }

  private matching(pattern: RegExp): readonly string[] {
    let samples = this.patterns.get(pattern.source);
    if (!samples) {
      const seed = Math.floor(this.random() * 1e9);
      samples = fc.sample(fc.stringMatching(pattern), { seed, numRuns: 24 });
      this.patterns.set(pattern.source, samples);
    }
    return samples;
  }

  private words(length: number): string {
    const letters = [...'作业第一页abcXYZ 0129。，“”()<>&=\n'];
    return Array.from({ length }, () => this.pick(letters)).join('');
  }

  /** Something that does not belong here: odd by itself, or one step over this place's own edge. */
  private wrong(node: Node, name: string): unknown {
    const [least, most] = [ruled(node, 'min_length'), ruled(node, 'max_length')];
    const [low, high] = [ruled(node, 'min_value'), ruled(node, 'max_value')];
    const edges: unknown[] = [
      ...(low === undefined ? [] : [low - 1, low + 0.5, String(low)]),
      ...(high === undefined ? [] : [high + 1, -high]),
      ...(node.type === 'string' && most !== undefined ? ['长'.repeat(Math.min(most, 5_000) + 1)] : []),
      ...(node.type === 'string' && least !== undefined ? [' '.repeat(least + 2)] : []),
    ];
    if (edges.length > 0 && this.chance(0.4)) return this.pick(edges);
    switch (this.pick(['odd', 'number', 'long', 'wrapped', 'known'] as const)) {
      case 'odd':
        return this.odd();
      case 'number':
        return this.pick(NUMBERS);
      case 'long':
        return 'x'.repeat(this.pick(LENGTHS));
      case 'wrapped':
        return this.chance(0.5) ? [this.make(node, name, 0)] : { value: this.make(node, name, 0) };
      case 'known':
        return this.pick(Object.values(this.known).flat().concat(''));
    }
  }
}

/** Some objects have no text. */
export const textOf = (value: unknown): string =>
  typeof value === 'string' ? value : (JSON.stringify(value) ?? '');

/** The limit a pipe sets, if it sets one. */
function ruled(node: Node, type: string): number | undefined {
  return node.pipe?.find((p) => p.type === type)?.requirement as number | undefined;
}

/** Every place of a schema where an object stands, and of which type: only a `loose_object` keeps keys it does not know. */
export function objectsIn(schema: GenericSchema): { path: string; type: string }[] {
  const found: { path: string; type: string }[] = [];
  const walk = (node: Node, path: string): void => {
    if (/object$/.test(node.type)) found.push({ path, type: node.type });
    for (const [key, child] of Object.entries(node.entries ?? {})) walk(child, `${path}.${key}`);
    for (const child of node.items ?? []) walk(child, `${path}[]`);
    if (node.item) walk(node.item, `${path}[]`);
    if (node.value) walk(node.value, `${path}{}`);
    if (node.wrapped) walk(node.wrapped, path);
    for (const option of node.options ?? [])
      if (typeof option === 'object' && option !== null && 'kind' in option) walk(option as Node, path);
  };
  walk(schema as unknown as Node, '');
  return found;
}

import { describe, expect, test } from 'vitest';
import type { Anchors } from '@kernel/server/proof/anchors';
import { digestOf, entryHash } from '@kernel/server/proof/chain';
import type { Broken, StoredEntry } from '@kernel/server/proof/walk';
import { walkChain } from '@kernel/server/proof/walk';
import { dice as diceOf, seedOf, times } from '../ops/support/counts';

/**
 * L1: a chain of 10,000 is flipped, robbed, stuffed, swapped, cut and made anew, each at random places, and every time it is
 * found; the last two only by what somebody outside has kept, and the test shows that they are not found without it.
 * Counts: L1_EACH (100; 1,000 before a release), SEED.
 */
const EACH = times('L1_EACH', 100, 1_000);
const SEED = seedOf('L1');
const LENGTH = 10_000;
type Dice = ReturnType<typeof diceOf>;
const SCHOOL = 'school-1';
const NOTHING: Anchors = { heads: [], entries: [] };

/** An entry as the writer makes it, without its hash. */
function anEntry(log: number, over: Partial<StoredEntry> = {}): StoredEntry {
  const said = { actor: `p${log % 30}`, name: 'homework.v1.assign', args: `{"n":${log}}`, ...over };
  return {
    log,
    id: `00000000-0000-7000-8000-${String(log).padStart(12, '0')}`,
    device: 'd1',
    deviceSeq: log,
    at: 1_795_000_000_000 + log,
    earliest: 1_795_000_000_000 + log,
    received: 1_795_000_000_500 + log,
    evidence: log % 3 === 0 ? null : `${1_794_999_000_000 + log}+600`,
    outcome: log % 11 === 0 ? 'refused' : 'accepted',
    code: log % 11 === 0 ? 'homework.subjectsFull' : null,
    details: log % 11 === 0 ? '{"limit":3}' : null,
    digest: digestOf(said.actor, said.name, said.args),
    hash: '',
    ...said,
    ...over,
  };
}

/** Gives every entry from `from` on the hash that fits what is before it. */
function chained(entries: StoredEntry[], from = 0): StoredEntry[] {
  let head = from === 0 ? '' : entries[from - 1]!.hash;
  return entries.map((e, i) => (i < from ? e : { ...e, hash: (head = entryHash(head, SCHOOL, e)) }));
}

const TRUE = chained(Array.from({ length: LENGTH }, (_, i) => anEntry(i + 1)));
const counterOf = (entries: readonly StoredEntry[]) => ({
  log: entries.length === 0 ? 0 : entries[entries.length - 1]!.log,
  head: entries.length === 0 ? '' : entries[entries.length - 1]!.hash,
});
const headAt = (log: number) => ({ log, hash: TRUE[log - 1]!.hash, source: 'paper' });

async function walk(entries: readonly StoredEntry[], counter = counterOf(TRUE), anchors = NOTHING) {
  const source = (after: number, limit: number) => {
    const at = entries.findIndex((e) => e.log > after);
    return Promise.resolve(at < 0 ? [] : entries.slice(at, at + limit));
  };
  return (await walkChain(SCHOOL, source, counter, anchors)).broken;
}

const replaced = (i: number, e: StoredEntry): StoredEntry[] => [...TRUE.slice(0, i), e, ...TRUE.slice(i + 1)];

/** Every field an entry has, changed in some way that its type allows. */
const FLIPS: readonly ((e: StoredEntry, d: Dice) => StoredEntry)[] = [
  (e) => ({ ...e, id: e.id.replace(/^0/, '1') }),
  (e) => ({ ...e, device: 'd2' }),
  (e) => ({ ...e, deviceSeq: e.deviceSeq + 1 }),
  (e) => ({ ...e, actor: 'p99' }),
  (e) => ({ ...e, actor: 'p99', digest: digestOf('p99', e.name, e.args) }),
  (e) => ({ ...e, name: 'homework.v1.revise' }),
  (e) => ({ ...e, args: e.args.replace('{', '{ ') }),
  (e) => ({ ...e, args: '{}', digest: digestOf(e.actor, e.name, '{}') }),
  (e, d) => ({ ...e, at: e.at - 1 - d.below(1_000) }),
  (e, d) => ({ ...e, earliest: e.earliest - 1 - d.below(1_000) }),
  (e, d) => ({ ...e, received: e.received - 1 - d.below(1_000) }),
  (e) => ({ ...e, evidence: e.evidence === null ? '1794999000000' : null }),
  (e) => ({ ...e, outcome: e.outcome === 'accepted' ? 'refused' : 'accepted' }),
  (e) => ({ ...e, code: e.code === null ? 'kernel.notFound' : null }),
  (e) => ({ ...e, details: e.details === null ? '{}' : '{"limit":4}' }),
  (e) => ({ ...e, hash: e.hash.replace(/^./, (c) => (c === 'a' ? 'b' : 'a')) }),
];

describe(
  `the command log as a chain (SEED=${SEED}, ${EACH} of each)`,
  { timeout: 20_000 + EACH * 200 },
  () => {
    const dice = diceOf(SEED);

    test('left alone it holds, with every head ever given out', async () => {
      expect(await walk(TRUE)).toBeNull();
      const heads = [1, 2_000, 2_001, 4_321, LENGTH].map(headAt);
      const entries = [7, 9_000].map((log) => TRUE[log - 1]!);
      expect(await walk(TRUE, counterOf(TRUE), { heads, entries })).toBeNull();
      expect(await walk([], { log: 0, head: '' })).toBeNull();
    });

    test('a field changed anywhere is found, at its place', async () => {
      for (let n = 0; n < EACH; n += 1) {
        const i = dice.below(LENGTH);
        const flip = FLIPS[n % FLIPS.length]!;
        const found = await walk(replaced(i, flip(TRUE[i]!, dice)));
        expect([found?.log, found?.what], String(flip)).toEqual([i + 1, expect.stringMatching(/said|hash/)]);
      }
    });

    test('an entry taken out is found, also when the others are numbered anew', async () => {
      for (let n = 0; n < EACH; n += 1) {
        const i = dice.below(LENGTH);
        const without = [...TRUE.slice(0, i), ...TRUE.slice(i + 1)];
        const renumbered = without.map((e, k) => ({ ...e, log: k + 1 }));
        expect(await walk(n % 2 === 0 ? without : renumbered)).not.toBeNull();
      }
    });

    test('an entry put in is found, also when the others are numbered anew', async () => {
      for (let n = 0; n < EACH; n += 1) {
        const i = dice.below(LENGTH + 1);
        const one = anEntry(i + 1, { id: `10000000-0000-7000-8000-${String(n).padStart(12, '0')}` });
        const hash = entryHash(i === 0 ? '' : TRUE[i - 1]!.hash, SCHOOL, one);
        const after = TRUE.slice(i).map((e) => (n % 2 === 0 ? e : { ...e, log: e.log + 1 }));
        expect(await walk([...TRUE.slice(0, i), { ...one, hash }, ...after])).not.toBeNull();
      }
    });

    test('two entries that changed places are found, also with their numbers changed too', async () => {
      for (let n = 0; n < EACH; n += 1) {
        const i = dice.below(LENGTH - 1);
        const k = n % 3 === 0 ? i + 1 : i + 1 + dice.below(LENGTH - i - 1);
        const list = [...TRUE];
        const [a, b] = [TRUE[i]!, TRUE[k]!];
        list[i] = n % 2 === 0 ? b : { ...b, log: a.log };
        list[k] = n % 2 === 0 ? a : { ...a, log: b.log };
        expect(await walk(list)).not.toBeNull();
      }
    });

    test('a cut tail is found against the counter, and against an outside head when the counter was cut too', async () => {
      for (let n = 0; n < EACH; n += 1) {
        const left = dice.below(LENGTH);
        const cut = TRUE.slice(0, left);
        expect((await walk(cut))?.what).toBe('tail');
        const outside = headAt(left + 1 + dice.below(LENGTH - left));
        const found = await walk(cut, counterOf(cut), { heads: [outside], entries: [] });
        expect(found).toEqual<Broken>({ log: outside.log, id: null, what: 'anchor', source: 'paper' });
        if (n < 3)
          expect(await walk(cut, counterOf(cut)), 'the control: a chain alone cannot show it').toBeNull();
      }
    });

    test('a log made anew from some place on is found against an outside head or a receipt behind that place', async () => {
      const remade = new Map<number, StoredEntry[]>();
      for (let n = 0; n < EACH; n += 1) {
        // Making ten thousand hashes anew costs more than finding it: a few forgeries are looked at through many heads.
        const from = n < 10 ? dice.below(LENGTH) : [...remade.keys()][dice.below(remade.size)]!;
        const list =
          remade.get(from) ?? chained(replaced(from, anEntry(from + 1, { args: '{"n":"forged"}' })), from);
        remade.set(from, list);
        const outside = headAt(from + 1 + dice.below(LENGTH - from));
        const found = await walk(list, counterOf(list), { heads: [outside], entries: [] });
        expect([found?.what, found?.log]).toEqual(['anchor', outside.log]);
        const receipt = await walk(list, counterOf(list), { heads: [], entries: [TRUE[from]!] });
        expect([receipt?.what, receipt?.log]).toEqual(['anchor', from + 1]);
        if (n < 3) expect(await walk(list, counterOf(list)), 'the control').toBeNull();
      }
    });

    test('one school’s chain is not another’s', async () => {
      const source = (after: number, limit: number) => Promise.resolve(TRUE.slice(after, after + limit));
      const walked = await walkChain('school-2', source, counterOf(TRUE), NOTHING);
      expect(walked.broken).toMatchObject({ log: 1, what: 'hash' });
    });
  },
);

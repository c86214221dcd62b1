import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { digestOf, entryHash } from '@kernel/server/proof/chain';
import { verifyDatabase } from '@kernel/server/proof/verify';
import { times } from '../ops/support/counts';
import { dialects, freshDatabase } from '../support/databases';
import type { TestDatabase } from '../support/databases';

/** L3: a log of a million entries is walked within a minute, and memory does not grow with it. */
const ENTRIES = times('L3_ENTRIES', 1_000_000, 1_000_000);
const CHUNK = 1_000;
const SCHOOL = 'one';

/** Without the mapped pages of the database file, where that can be told: those are the kernel's to keep or drop. */
function ownBytes(): number {
  if (process.platform !== 'linux') return process.memoryUsage().rss;
  return Number(/RssAnon:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))![1]) * 1_024;
}

describe.each(dialects)(`a log of ${ENTRIES} entries on %s`, (dialect) => {
  let db: TestDatabase;
  beforeAll(async () => {
    db = await freshDatabase(dialect);
    await db.store.createSchool({ id: SCHOOL, name: '第一中学', zone: 'Asia/Shanghai', example: false }, 0);
    let head = '';
    for (let from = 1; from <= ENTRIES; from += CHUNK) {
      const rows = Array.from({ length: Math.min(CHUNK, ENTRIES - from + 1) }, (_, i) => {
        const log = from + i;
        const said = {
          actor: `p${log % 120}`,
          name: 'homework.v1.assign',
          args: JSON.stringify({ n: log, tiers: [{ tier: 'A', content: '练习册第 34 页', minutes: 10 }] }),
        };
        const entry = {
          ...{
            log,
            id: `00000000-0000-7000-8000-${String(log).padStart(12, '0')}`,
            device: 'd1',
            at: log,
            earliest: log,
            received: log,
          },
          ...{ evidence: `${log}+60000`, outcome: 'accepted', code: null, details: null },
          ...said,
          digest: digestOf(said.actor, said.name, said.args),
        };
        head = entryHash(head, SCHOOL, { ...entry, deviceSeq: log });
        return { ...entry, school: SCHOOL, device_seq: log, hash: head };
      });
      await db.store.db.insertInto('command').values(rows).execute();
    }
    await db.store.db.updateTable('school').set({ log: ENTRIES, head }).where('id', '=', SCHOOL).execute();
  }, 1_200_000);
  afterAll(() => db.drop());

  test('is walked in a minute', { timeout: 300_000 }, async () => {
    const before = ownBytes();
    const from = performance.now();
    for await (const school of verifyDatabase(db.store.db))
      expect([school.entries, school.broken]).toEqual([ENTRIES, null]);
    const seconds = (performance.now() - from) / 1_000;
    const grown = (ownBytes() - before) / 1e6;
    process.stdout.write(
      `verify on ${dialect}: ${ENTRIES} entries in ${seconds.toFixed(1)} s, +${grown.toFixed(0)} MB\n`,
    );
    expect(seconds).toBeLessThan(1 + (59 * ENTRIES) / 1_000_000);
    expect(grown).toBeLessThan(300);
  });
});

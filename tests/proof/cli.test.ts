import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { run } from '@app/server/cli/main';
import { Jobs } from '@kernel/server/jobs';
import { Kernel } from '@kernel/server/kernel';
import type { Logged } from '@kernel/server/proof/proof';
import { openSqlite } from '@kernel/server/store/sqlite';
import { saidText } from '@kernel/shared/receipt';
import { HandClock } from '../support/clock';
import { tinyRegistry } from '../support/tiny-registry';

/** The operator's side: one data folder, one command, words and an exit code. */
describe('npm run verify', () => {
  const folder = mkdtempSync(join(tmpdir(), 'qing-verify-'));
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const verify = async (...args: string[]): Promise<{ code: number; said: string }> => {
    const lines: string[] = [];
    const env = { DATA_DIR: folder, BACKUP_OFF: '1' };
    const code = await run(['verify', ...args], env, (line) => void lines.push(line));
    return { code, said: lines.join('\n') };
  };
  let ledger: string;
  let receipt: string;
  let key: string;

  beforeAll(async () => {
    const store = await openSqlite(join(folder, 'qing.sqlite'));
    const clock = new HandClock('2026-11-23', '07:00');
    const log = { error: () => undefined, info: () => undefined };
    const kernel = await Kernel.open({ registry: tinyRegistry, store, clock, log });
    const row = { id: 'one', name: '第一中学', zone: 'Asia/Shanghai', example: false };
    await kernel.createSchool(row);
    await kernel.system('one', {
      key: 'lin',
      name: 'tiny.v1.grant',
      args: { person: 'lin', rooms: ['a'], reader: true },
    });
    const acts = Array.from({ length: 5_000 }, (_, i) => ({
      id: `00000000-0000-7000-8000-${String(i).padStart(12, '0')}`,
      device: 'd1',
      deviceSeq: i + 1,
      actor: 'lin',
      name: 'tiny.v1.place',
      args: { shelf: `s${i}` },
      argsText: JSON.stringify({ shelf: `s${i}` }),
      at: clock.now(),
      time: { earliest: clock.now(), latest: clock.now() },
    }));
    let entries: Logged[] = [];
    for (let i = 0; i < acts.length; i += 500)
      entries = (await kernel.push(row, acts.slice(i, i + 500))).flatMap((a) => a.entry ?? []);
    await new Jobs(kernel, []).runOnce();
    ledger = (await kernel.proof.heads('one'))[0]!.text;
    receipt = (await kernel.proof.receipt('one', 'lin', entries.slice(-2)))!;
    key = (await kernel.proof.keys.of('one')).key;
    await kernel.close();
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const exported = (said = saidText('lin', 'tiny.v1.place', '{"shelf":"s4999"}')): string => {
    const command = '00000000-0000-7000-8000-000000004999';
    return JSON.stringify({ format: 'qing-receipt', version: 1, command, said, text: receipt });
  };

  test('walks every log, says how fast, and ends with 0', async () => {
    const { code, said } = await verify('--records');
    expect(said).toMatch(/✓ 第一中学：5001 笔，每日指纹 1 份，外来凭据 0 份，每秒 \d+ 笔/);
    expect([code, said.endsWith('账本完好。All logs hold.')]).toEqual([0, true]);
    const perSecond = Number(/每秒 (\d+) 笔/.exec(said)?.[1]);
    process.stdout.write(`verify: ${perSecond} entries/s on SQLite\n`);
    // The figure is judged in million.long.test.ts; here the machine is shared.
    expect(perSecond).toBeGreaterThan(1_000);
  });

  test('compares with what was kept outside: texts, a receipt’s file, and a line typed from paper', async () => {
    const [, log, hash] = /^head (\d+) (\w+)$/m.exec(ledger)!;
    const paper = file('paper.txt', `2026-11-23 第一中学\nhead ${log} ${hash!.replace(/(.{4})/g, '$1 ')}\n`);
    const all = ['--anchor', file('ledger.txt', ledger), '--anchor', paper];
    const { code, said } = await verify(...all);
    expect([code, said]).toEqual([0, expect.stringContaining('外来凭据 2 份')]);
    expect((await verify('--anchor', file('receipt.json', exported()))).said).toContain('外来凭据 3 份');
    const elsewhere = file('elsewhere.txt', ledger);
    const { db, close } = await openSqlite(join(folder, 'qing.sqlite'));
    await db
      .insertInto('school')
      .values({
        id: 'two',
        name: '第二中学',
        zone: 'Asia/Shanghai',
        example: 0,
        created_at: 9e15,
        seq: 0,
        log: 0,
        head: '',
      })
      .execute();
    await close();
    expect((await verify('--anchor', paper)).said).toContain('没有一份说的是这里的学校');
    expect((await verify('--anchor', elsewhere, '--school', 'two')).code).toBe(1);
    expect((await verify('--anchor', paper, '--school', 'one')).code).toBe(0);
  });

  test('one receipt is checked without any database', async () => {
    const good = await verify('receipt', file('receipt.json', exported()), '--key', key);
    expect([good.code, good.said]).toEqual([0, expect.stringContaining('✓ 签名有效')]);
    const other = await verify('receipt', file('receipt.json', exported()), '--key', 'x'.repeat(43));
    expect(other.code).toBe(1);
    const changed = await verify(
      'receipt',
      file('changed.json', exported('lin\ntiny.v1.place\n{"shelf":"s1"}')),
    );
    expect([changed.code, changed.said]).toEqual([1, expect.stringContaining('不一致')]);
    const forged = await verify('receipt', file('forged.txt', receipt.replace('accepted', 'refused')));
    expect([forged.code, forged.said]).toEqual([1, expect.stringContaining('签名无效')]);
    await expect(verify('receipt', file('none.txt', 'nothing'))).rejects.toThrow('不是轻台账的回执');
    await expect(verify('receipt')).rejects.toThrow('请给出回执文件');
  });

  test('says in words what is wrong, and ends with 1', async () => {
    await expect(verify('--school', 'nobody')).rejects.toThrow('没有这所学校');
    await expect(verify('--anchor', file('empty.txt', 'hello'))).rejects.toThrow('没有能用的指纹');
    const forged = file(
      'forged-ledger.txt',
      `${ledger.replace(/head \d+/, 'head 7')}\nhead 1 ${'0'.repeat(64)}\n`,
    );
    const withForged = await verify('--anchor', forged);
    expect([withForged.code, withForged.said]).toEqual([1, expect.stringContaining('签名不对')]);
    const db = new Database(join(folder, 'qing.sqlite'));
    db.exec(`update command set outcome = 'refused' where log = 4000`);
    db.close();
    const { code, said } = await verify();
    expect([code, said]).toEqual([1, expect.stringContaining('第 4000 笔')]);
    expect(said).toContain('1 处不对');
  });
});

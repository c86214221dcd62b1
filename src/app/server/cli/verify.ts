import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { Kysely, PostgresDialect, SqliteDialect } from 'kysely';
import pg from 'pg';
import { Refused } from '@kernel/server/ops/exit';
import { readAnchors } from '@kernel/server/proof/anchors';
import { checkReceiptFile } from '@kernel/server/proof/receipt-file';
import type { VerifiedSchool } from '@kernel/server/proof/verify';
import { verifyDatabase } from '@kernel/server/proof/verify';
import type { Broken } from '@kernel/server/proof/walk';
import type { Tables } from '@kernel/server/store/tables';
import type { Config } from '../config';
import type { Say } from './main';

export interface VerifyArgs {
  /** `receipt` and a file, or nothing: the database. */
  readonly positionals: readonly string[];
  readonly school: string | undefined;
  readonly anchor: readonly string[] | undefined;
  readonly records: boolean;
  /** Public key the receipt must be signed with, as the school has told it. */
  readonly key: string | undefined;
}

/**
 * `verify` walks the command logs · `verify receipt <file>` checks one receipt without any database or network.
 * Reads only; the server may be running. @returns 0 all holds, 1 something does not
 */
export async function verify(config: Config, args: VerifyArgs, say: Say): Promise<number> {
  const [what, file] = args.positionals;
  if (what === 'receipt') return verifyReceipt(file, args.key, say);
  if (what !== undefined) throw new Refused(`verify 不认识“${what}”。Only: verify, verify receipt <file>.`);
  const text = (args.anchor ?? []).map((path) => readText(path)).join('\n');
  const anchors = args.anchor ? readAnchors(text) : undefined;
  if (anchors && anchors.heads.length === 0)
    throw new Refused('给的凭据里没有能用的指纹。No usable head in the anchor file.');
  if (anchors?.forged)
    say(
      `! 有 ${anchors.forged} 份凭据的签名不对，没有采用。${anchors.forged} anchor(s) with a wrong signature, not used.`,
    );
  const db = openReadOnly(config);
  try {
    let wrong = anchors?.forged ?? 0;
    let schools = 0;
    let compared = 0;
    const options = {
      ...(args.school === undefined ? {} : { school: args.school }),
      ...(anchors ? { anchors } : {}),
      records: args.records,
    };
    let from = performance.now();
    for await (const school of verifyDatabase(db, options)) {
      schools += 1;
      compared += school.anchors;
      if (!tell(school, (performance.now() - from) / 1_000, say)) wrong += 1;
      from = performance.now();
    }
    if (schools === 0) throw new Refused('没有这所学校，或还没有学校。No such school, or none yet.');
    if (anchors && compared === 0) {
      wrong += 1;
      say(
        '! 给的凭据没有一份说的是这里的学校；纸上抄来的请加 --school。None of the anchors is about these schools.',
      );
    }
    say(wrong === 0 ? '账本完好。All logs hold.' : `${wrong} 处不对。${wrong} that do not hold.`);
    return wrong === 0 ? 0 : 1;
  } finally {
    await db.destroy();
  }
}

function tell(s: VerifiedSchool, seconds: number, say: Say): boolean {
  const good = [s.forgedHeads, s.foreignKeys, s.badRecords].every((l) => l.length === 0) && s.broken === null;
  const speed = seconds > 0.05 ? `，每秒 ${Math.round(s.entries / seconds)} 笔 entries/s` : '';
  say(
    `${good ? '✓' : '!'} ${s.name}${s.example ? '（示例）' : ''}：${s.entries} 笔，每日指纹 ${s.dailyHeads} 份，外来凭据 ${s.anchors} 份${speed}`,
  );
  if (s.broken) say(`  ${wordsFor(s.broken)}`);
  for (const key of s.foreignKeys)
    say(`  有凭据是用名单之外的钥匙签的：${key}。An anchor is signed with a key the school does not list.`);
  for (const day of s.forgedHeads)
    say(`  ${day} 的每日指纹不是本校签的，没有采用。The daily head of ${day} is not signed by this school.`);
  if (s.badRecords.length > 0)
    say(`  ${s.badRecords.length} 条记录读不出：${s.badRecords.slice(0, 5).join('、')} unreadable records`);
  return good;
}

const WHAT: Readonly<Record<Broken['what'], string>> = {
  number: '编号断了：有一笔被删掉、插进或调换 (an entry missing, added or moved)',
  said: '内容改过：谁说了什么与摘要不符 (what was said was changed)',
  hash: '这一笔或前面的一笔改过 (this entry, or one before it, was changed)',
  tail: '账本的结尾与学校的计数不符 (the log does not end where the counter says)',
  anchor:
    '与存在外面的凭据不符：账本被截过、重写过，或从更早的备份恢复过 (disagrees with what was kept outside: cut, rewritten, or restored from an older backup)',
};

const wordsFor = ({ what, log, id, source }: Broken): string =>
  `第 ${log} 笔${id === null ? '' : `（${id}）`}：${WHAT[what]}${source === undefined ? '' : `，${source}`}`;

function verifyReceipt(file: string | undefined, key: string | undefined, say: Say): number {
  if (file === undefined) throw new Refused('请给出回执文件：verify receipt 文件。Name the receipt file.');
  const checked = checkReceiptFile(readText(file));
  if (!checked) throw new Refused(`${file} 不是轻台账的回执。Not a receipt of ours.`);
  const { signed, signature, said } = checked;
  const known = key === undefined ? null : key === signed.key;
  say(
    `${signature ? '✓' : '!'} 签名${signature ? '有效' : '无效'} signature ${signature ? 'holds' : 'does not hold'}`,
  );
  if (said !== null)
    say(
      `${said ? '✓' : '!'} 所附内容与签收时${said ? '一致' : '不一致'} content ${said ? 'as received' : 'differs'}`,
    );
  say(`  学校 school ${signed.school}`);
  say(`  本人 person ${signed.person}`);
  for (const e of signed.entries)
    say(`  第 ${e.log} 笔 ${e.outcome} ${new Date(e.received).toISOString()} ${e.id}`);
  say(`${known === false ? '!' : known ? '✓' : ' '} 公钥 public key ${signed.key}`);
  if (known === null)
    say(
      '  请与学校公布的公钥（我的 → 账本指纹，/api/school-key）比对，或加 --key。Compare it with the key the school has published.',
    );
  return signature && said !== false && known !== false ? 0 : 1;
}

function readText(path: string): string {
  if (!existsSync(path)) throw new Refused(`${path} 不在。There is no such file.`);
  return readFileSync(path, 'utf8').replace(/^\uFEFF/, '');
}

function openReadOnly({ databaseUrl, dataDir }: Config): Kysely<Tables> {
  if (databaseUrl !== null)
    return new Kysely<Tables>({
      dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString: databaseUrl, max: 1 }) }),
    });
  const file = join(dataDir, 'qing.sqlite');
  if (!existsSync(file)) throw new Refused(`${file} 不在，没有可核对的。There is no database to verify.`);
  return new Kysely<Tables>({
    dialect: new SqliteDialect({ database: new Database(file, { readonly: true }) }),
  });
}

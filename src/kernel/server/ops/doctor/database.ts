import type { Kysely } from 'kysely';
import { sql } from 'kysely';
import { verifyDatabase } from '../../proof/verify';
import type { Dialect } from '../../store/migrate';
import { appliedSteps, knownSteps } from '../../store/migrate';
import type { Tables } from '../../store/tables';
import type { Finding } from './finding';
import { bad, good, spanOf } from './finding';

/** SQLite looks at its own pages; `full` also at every index entry. PostgreSQL is asked for what it promises. */
export async function checkEngine(db: Kysely<Tables>, dialect: Dialect, full: boolean): Promise<Finding[]> {
  if (dialect === 'sqlite') {
    const name = full ? 'integrity_check' : 'quick_check';
    const { rows } = await sql<Record<string, string>>`select * from ${sql.raw(`pragma_${name}`)}`.execute(
      db,
    );
    const said = rows.map((r) => Object.values(r)[0]).join('; ');
    const loose = (await sql`select * from pragma_foreign_key_check`.execute(db)).rows.length;
    return [
      said === 'ok' && loose === 0
        ? good(`数据库完好 (${name})`)
        : bad(`数据库有损坏：${said.slice(0, 300)}，请从备份恢复 (${name})`),
    ];
  }
  const { rows } = await sql<{ name: string; setting: string }>`
    select name, setting from pg_settings
    where name in ('server_version_num', 'fsync', 'full_page_writes', 'synchronous_commit')`.execute(db);
  const set = new Map(rows.map((r) => [r.name, r.setting]));
  const version = Math.floor(Number(set.get('server_version_num')) / 10_000);
  const off = ['fsync', 'full_page_writes', 'synchronous_commit'].filter((name) => set.get(name) === 'off');
  return [
    version >= 15 ? good(`PostgreSQL ${version}`) : bad(`PostgreSQL ${version} 太旧，需要 15 或更新`),
    off.length === 0
      ? good('提交后不会丢 (fsync, full_page_writes, synchronous_commit)')
      : bad(`断电会丢数据：${off.join(', ')} 关着，请打开`),
  ];
}

export async function checkSteps(db: Kysely<Tables>, dialect: Dialect): Promise<Finding[]> {
  const known = knownSteps(dialect);
  const done = await appliedSteps(db, dialect);
  if (done.length === 0) return [good('还没有数据，第一次启动时建好 (empty)')];
  if (done.some((name, i) => known[i] !== name))
    return [bad(`数据库是更新的版本写的（${done.at(-1)}），请用那个版本 (schema)`)];
  const left = known.length - done.length;
  return [
    good(
      left === 0 ? '数据库结构是最新的 (schema)' : `下次启动会升级数据库，先自动留一份副本 (${left} steps)`,
    ),
  ];
}

/** Every entry of every log, with the daily heads kept in the database (`verify` also takes those kept outside). */
export async function checkChains(db: Kysely<Tables>): Promise<Finding[]> {
  const found: Finding[] = [];
  let entries = 0;
  for await (const school of verifyDatabase(db, { records: true })) {
    entries += school.entries;
    if (school.broken || school.forgedHeads.length + school.badRecords.length > 0)
      found.push(bad(`${school.name}：账本对不上，详情见 npm run verify -- --records (chain)`));
  }
  return found.length > 0 ? found : [good(`账本逐笔核对过，${entries} 笔 (chain)`)];
}

/** A school's counters against its log: numbered without gaps, and the head is the last entry's hash. */
export function checkCounters(db: Kysely<Tables>, dialect: Dialect): Promise<Finding[]> {
  // In one snapshot: a server at work must not look like a broken one.
  const reading = db.transaction();
  return (dialect === 'postgres' ? reading.setIsolationLevel('repeatable read') : reading).execute(counters);
}

async function counters(db: Kysely<Tables>): Promise<Finding[]> {
  const rows = await db.selectFrom('school').select(['id', 'name', 'seq', 'log', 'head']).execute();
  // PostgreSQL's driver gives its big numbers as text unless told otherwise.
  const schools = rows.map((r) => ({ ...r, seq: Number(r.seq), log: Number(r.log) }));
  const found: Finding[] = [];
  let entries = 0;
  for (const school of schools) {
    const counted = await db
      .selectFrom('command')
      .select((e) => [e.fn.countAll().as('n'), e.fn.max('log').as('last')])
      .where('school', '=', school.id)
      .executeTakeFirstOrThrow();
    const head = await db
      .selectFrom('command')
      .select('hash')
      .where('school', '=', school.id)
      .where('log', '=', school.log)
      .executeTakeFirst();
    const feed = await db
      .selectFrom('record')
      .select((e) => e.fn.max('seq').as('last'))
      .where('school', '=', school.id)
      .executeTakeFirstOrThrow();
    entries += Number(counted.n);
    const gapless = Number(counted.n) === school.log && Number(counted.last ?? 0) === school.log;
    if (!gapless || (head?.hash ?? '') !== school.head || Number(feed.last ?? 0) > school.seq)
      found.push(
        bad(`${school.name}：操作记录的编号对不上（${school.log}/${counted.n}），请从备份恢复 (counters)`),
      );
  }
  return found.length > 0
    ? found
    : [good(`${schools.length} 所学校，${entries} 条操作记录，编号连续 (counters)`)];
}

/** A machine whose clock was set back judges deadlines wrongly. */
export async function checkClock(db: Kysely<Tables>, now: number): Promise<Finding[]> {
  const newest = async (table: 'heartbeat' | 'command', column: 'at' | 'received'): Promise<number> => {
    const row = await sql<{
      at: number | null;
    }>`select max(${sql.id(column)}) as at from ${sql.id(table)}`.execute(db);
    return Number(row.rows[0]?.at ?? 0);
  };
  const last = Math.max(await newest('heartbeat', 'at'), await newest('command', 'received'));
  if (last > now + 60_000)
    return [bad(`这台机器的时钟慢了 ${spanOf(last - now)}：请校时再启动 (clock behind the last record)`)];
  return [
    good(
      last === 0
        ? '时钟还没有可比的记录 (clock)'
        : `时钟正常，最近一次记录在 ${spanOf(now - last)}前 (clock)`,
    ),
  ];
}

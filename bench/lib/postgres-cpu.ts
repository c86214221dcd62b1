import { readdirSync, readFileSync } from 'node:fs';

/** Kernel clock ticks are 10 ms on every Linux that Node runs on. */
const TICK_US = 10_000;

/**
 * CPU time so far of PostgreSQL's processes that serve one database, µs; null where that cannot be seen (another machine, not
 * Linux). What its writers do in the background for all databases is not in it.
 */
export function postgresCpu(databaseUrl: string): number | null {
  const name = new URL(databaseUrl).pathname.slice(1);
  let total = 0;
  let seen = false;
  try {
    for (const pid of readdirSync('/proc')) {
      if (!/^\d+$/.test(pid)) continue;
      const title = read(`/proc/${pid}/cmdline`);
      if (!title.startsWith('postgres:') || !title.includes(` ${name} `)) continue;
      const fields = read(`/proc/${pid}/stat`).split(') ').pop()?.split(' ') ?? [];
      total += (Number(fields[11]) + Number(fields[12])) * TICK_US;
      seen = true;
    }
  } catch {
    return null;
  }
  return seen ? total : null;
}

/** Empty when the process is gone. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

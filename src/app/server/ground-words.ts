import { Refused } from '@kernel/server/ops/exit';
import { faultOf } from '@kernel/server/ops/store-faults';

/** What an operator is told of an error that concerns the ground a server stands on (disk, database server); '' for any other. */
export function groundWords(error: unknown): string {
  // Refused for a reason of its own, which says what to do.
  if (error instanceof Refused) return '';
  const fault = faultOf(error);
  if (fault === 'away') return '数据库连不上。The database cannot be reached: ';
  const { code } = error as { code?: unknown };
  // A database that cannot make its log beside it says only that it cannot be opened.
  const closed = typeof code === 'string' && code.startsWith('SQLITE_CANTOPEN');
  if (fault !== 'space' && fault !== 'readOnly' && !closed) return '';
  return (
    '磁盘写不进（满了、只读，或放不下新文件），数据没有动。' +
    'The disk takes nothing (full, read-only, or no room for new files); nothing was changed: '
  );
}

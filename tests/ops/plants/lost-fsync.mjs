/** A disk that cannot keep what it took: a commit fails with the error of a failed `fsync`, whether or not its bytes are there. */
import { createRequire } from 'node:module';

const Database = createRequire(import.meta.url)('better-sqlite3');
const at = Number(process.env.FSYNC_FAILS_AT);
const written = process.env.FSYNC_WRITTEN === '1';
const prepare = Database.prototype.prepare;
let commits = 0;
Database.prototype.prepare = function (source) {
  const statement = prepare.call(this, source);
  if (source !== 'commit') return statement;
  const run = statement.run.bind(statement);
  statement.run = () => {
    commits += 1;
    if (commits !== at) return run();
    if (written) run();
    throw new Database.SqliteError('disk I/O error', 'SQLITE_IOERR_FSYNC');
  };
  return statement;
};

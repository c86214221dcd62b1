/** Planted bug: a commit says it is done and is made a moment later, or when somebody else wants to write. */
import { createRequire } from 'node:module';

const { prototype } = createRequire(import.meta.url)('better-sqlite3');
const prepare = prototype.prepare;
let owed = null;
const pay = () => {
  const commit = owed;
  owed = null;
  commit?.();
};
prototype.prepare = function (source) {
  const statement = prepare.call(this, source);
  if (statement.reader) return statement;
  const run = statement.run.bind(statement);
  const inside = () => this.inTransaction;
  statement.run = (...args) => {
    if (source === 'commit') {
      owed = run;
      setTimeout(pay, 50);
      return { changes: 0, lastInsertRowid: 0 };
    }
    if (source.startsWith('begin') || !inside()) pay();
    return run(...args);
  };
  return statement;
};

/**
 * A disk whose end is where the file ends: on the message `full` no connection may grow the database, on `free` they may again.
 * On `readOnly` none may write at all, on `writable` they may again: what SQLite says then is what it says on a read-only disk.
 */
import { createRequire } from 'node:module';

const Database = createRequire(import.meta.url)('better-sqlite3');
const connections = new Set();
const pragma = Database.prototype.pragma;
Database.prototype.pragma = function (...args) {
  if (!this.readonly && this.name.endsWith('qing.sqlite')) connections.add(this);
  return pragma.apply(this, args);
};
process.on('message', (message) => {
  for (const db of connections) {
    if (!db.open) continue;
    if (message === 'readOnly' || message === 'writable')
      pragma.call(db, `query_only = ${message === 'readOnly' ? 1 : 0}`);
    const pages = message === 'full' ? pragma.call(db, 'page_count', { simple: true }) : 4_294_967_294;
    if (message === 'full' || message === 'free') pragma.call(db, `max_page_count = ${pages}`);
  }
  process.send({ did: message });
});
// Tried again sooner than in life, so that a run of many takes no hour. `PROBE_MS` leaves it alone when not given.
const every = Number(process.env.PROBE_MS ?? 10_000);
const real = globalThis.setInterval;
globalThis.setInterval = (work, ms, ...rest) => real(work, ms === 10_000 ? every : ms, ...rest);

import { profiles } from './engine/profile';
import { run } from './engine/run';
import v8 from 'node:v8';
(globalThis as any).__BUILD__ = 'x';
const n = Number(process.env.N ?? 12);
for (let s = 1; s <= n; s++) { await run(s, profiles.partitions); if (s % 3 === 0) { (globalThis as any).gc(); const m = process.memoryUsage(); console.log(s, 'heap', Math.round(m.heapUsed / 1e6), 'ext', Math.round(m.external / 1e6), 'ab', Math.round(m.arrayBuffers / 1e6), 'rss', Math.round(m.rss / 1e6)); } }
if (process.env.SNAP) v8.writeHeapSnapshot('/tmp/leak.heapsnapshot');

/**
 * `npm run bench [-- <name beginning>…] [--json] [--profile]`. Figures are ratios to a floor of the same run or for
 * information; a goal that is missed is printed and fails nothing. The exit code is 1 only when the bench itself broke.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Bench, BenchContext } from './lib/bench';
import { bundleChildren } from './lib/bundle';
import { scratch } from './lib/paths';
import { note, print } from './lib/report';
import { lighthouse } from './lighthouse';
import { list } from './list';
import { logFlat } from './log-flat';
import { nine } from './nine';
import { own } from './own';
import { pull } from './pull';
import { push } from './push';
import { sync } from './sync';
import { visit } from './visit';

const BENCHES: readonly Bench[] = [sync, nine, logFlat, pull, push, own, list, visit, lighthouse];

const options = process.argv.slice(2);
const json = options.includes('--json');
const prefixes = options.filter((o) => !o.startsWith('--'));
const wants = (name: string): boolean => prefixes.length === 0 || prefixes.some((p) => name.startsWith(p));
const profiles = options.includes('--profile') ? join(scratch, 'profiles') : null;
if (profiles !== null) mkdirSync(profiles, { recursive: true });

const chosen = BENCHES.filter((b) => b.names.some(wants));
if (chosen.length === 0) {
  process.stderr.write(`No figure begins so. There are: ${BENCHES.flatMap((b) => b.names).join(', ')}\n`);
  process.exit(1);
}
// A bench that hangs is broken; everything together takes about a quarter of an hour on an idle machine of two cores.
const MINUTES = process.env.LONG ? 120 : 40;
setTimeout(() => {
  note(`the bench took more than ${MINUTES} minutes and was ended`);
  process.exit(1);
}, MINUTES * 60_000).unref();
const bundle = await bundleChildren(['ours', 'bare', 'phones', 'crowd']);
const closing: (() => Promise<void>)[] = [];
const context: BenchContext = {
  bundle,
  wants,
  profiles,
  report: (f) => wants(f.name) && print(f, json),
  atEnd: (close) => void closing.push(close),
};
try {
  for (const bench of chosen) {
    try {
      await bench.run(context);
    } catch (error) {
      process.exitCode = 1;
      note(`${bench.names[0]}: the bench broke: ${error instanceof Error ? error.stack : String(error)}`);
    }
  }
} finally {
  for (const close of closing) await close();
  bundle.remove();
}

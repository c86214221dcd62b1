/** Both builds, made when their inputs changed and at no other time. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { BUILD_INPUTS, hashOf, readStamp, writeStamp } from './inputs.mjs';
import { run } from './run.mjs';
import { say, seconds } from './say.mjs';

/** Resolves to false when a build failed; its own message is then on the screen. */
export const ensureBuilt = async (root) => {
  const stampFile = join(root, 'dist/stamp.json');
  const inputs = hashOf(root, BUILD_INPUTS);
  const whole = ['server/main.js', 'server/supervise.js', 'server/cli.js', 'client/index.html'].every(
    (file) => existsSync(join(root, 'dist', file)),
  );
  if (whole && readStamp(stampFile)?.inputs === inputs) return true;

  const from = Date.now();
  say('Building…');
  // Void until both are whole: an interrupted build must not pass for a good one.
  writeStamp(stampFile, { inputs: null });
  const vite = join(root, 'node_modules/vite/bin/vite.js');
  for (const args of [['build'], ['build', '--ssr']]) {
    const env = { ...process.env, NODE_ENV: 'production' };
    const code = await run(process.execPath, [vite, ...args, '--logLevel', 'warn'], { cwd: root, env });
    if (code !== 0) return false;
  }
  writeStamp(stampFile, { inputs });
  say(`Built in ${seconds(from)}.`);
  return true;
};

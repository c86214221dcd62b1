/** `npm run screens`: a build when its inputs changed, a browser and a font when they are missing, then docs/screens anew. */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureBrowser } from '../../.ci/lib/browser.mjs';
import { ensureBuilt } from '../../.ci/lib/build.mjs';
import { ensureInstalled, requireNode } from '../../.ci/lib/install.mjs';
import { run } from '../../.ci/lib/run.mjs';
import { Stop, warn } from '../../.ci/lib/say.mjs';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

try {
  requireNode();
  await ensureInstalled(root);
  const env = {
    ...process.env,
    CHROMIUM_PATH: await ensureBrowser(),
    NODE_ENV: 'test',
    TZ: 'UTC',
    LC_ALL: 'C.UTF-8',
    LANG: 'C.UTF-8',
  };
  if (!process.env.DIST_FOLDER && !(await ensureBuilt(root)))
    throw new Stop('The build failed; its message is above.');
  const args = ['--tsconfig', join(root, 'tests/tsconfig.json'), join(root, 'tests/browser/make-screens.ts')];
  process.exitCode = await run(process.execPath, [join(root, 'node_modules/tsx/dist/cli.mjs'), ...args], {
    cwd: root,
    env,
  });
} catch (error) {
  warn(error instanceof Stop ? error.message : error.stack);
  process.exitCode = 1;
}

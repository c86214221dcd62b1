import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root, scratch } from './paths';

/** A copy of the client as `npm start` serves it, built when its inputs changed; a copy, so that no other build meets a bench. */
export async function builtClient(): Promise<{ folder: string; remove(): void }> {
  const helper = pathToFileURL(join(root, '.ci/lib/build.mjs')).href;
  const program = `import(${JSON.stringify(helper)}).then((m) => m.ensureBuilt(${JSON.stringify(root)})).then((ok) => process.exit(ok ? 0 : 1))`;
  const code = await new Promise<number | null>((resolve, reject) => {
    // What it says goes where notes go.
    const child = spawn(process.execPath, ['-e', program], { cwd: root, stdio: ['ignore', 2, 2] });
    child.once('error', reject);
    child.once('exit', resolve);
  });
  if (code !== 0) throw new Error('the client could not be built');
  mkdirSync(scratch, { recursive: true });
  const folder = mkdtempSync(join(scratch, 'client-'));
  cpSync(join(root, 'dist/client'), folder, { recursive: true });
  if (!existsSync(join(folder, 'index.html.br'))) throw new Error('the built client is not compressed');
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

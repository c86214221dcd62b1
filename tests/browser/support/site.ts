import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Clock } from '@kernel/shared/clock';
import type { serve as Serve, Served } from '@app/server/serve';

const root = fileURLToPath(new URL('../../../', import.meta.url));
/** Another folder than `dist` is for whoever must look at a build while the next one is being made. */
const built = process.env.DIST_FOLDER ?? join(root, 'dist');

/** The server as it is built, in this process: real files, real database, a clock that only the test winds. */
export interface Site {
  readonly url: string;
  readonly served: Served;
  /** What the server logged as an error: nobody planned one. */
  readonly errors: readonly unknown[];
  close(): Promise<void>;
}

export async function openSite(clock: Clock, port = 0): Promise<Site> {
  const main = join(built, 'server/main.js');
  if (!existsSync(main)) throw new Error(`${main} is missing: run \`npm run build\` first`);
  const { serve } = (await import(/* @vite-ignore */ pathToFileURL(main).href)) as { serve: typeof Serve };
  const dataDir = mkdtempSync(join(tmpdir(), 'qing-browser-'));
  const errors: unknown[] = [];
  const log = { error: (fields: Record<string, unknown>) => void errors.push(fields), info: () => undefined };
  const served = await serve(
    { port, host: '127.0.0.1', dataDir, databaseUrl: null, clientFolder: join(built, 'client') },
    { clock, log, startJobs: false },
  );
  return {
    url: `http://127.0.0.1:${served.port}`,
    served,
    errors,
    async close() {
      await served.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

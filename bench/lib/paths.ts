import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Where benches leave what may be thrown away: bundles, profiles, server data. Inside node_modules, so that imports resolve. */
export const scratch = join(root, 'node_modules/.cache/bench');

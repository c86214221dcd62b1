/**
 * Two builds from one file: `vite build` makes dist/client, `vite build --ssr …` makes dist/server. They never share
 * a folder, so no file of one can be served or started by mistake as the other.
 */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import vue from '@vitejs/plugin-vue';
import { defineConfig, type UserConfig } from 'vite';
import { aliasesFor } from './.ci/house/aliases.ts';
import { firstPage } from './.ci/house/first-page.ts';
import { release } from './.ci/house/release.ts';
import { roomGuard } from './.ci/house/room-guard.ts';
import { TARGETS } from './.ci/house/worker-bundle.ts';
import { buildName } from './.ci/lib/inputs.mjs';

const root = dirname(fileURLToPath(import.meta.url));
const build = buildName(root);
/** Its own for each run: two builds at once must not write into one folder. */
const staging = join(root, `dist/.client-${process.pid}`);

export default defineConfig(({ isSsrBuild }): UserConfig => ({
  root,
  ...(isSsrBuild ? server : client),
}));

const server: UserConfig = {
  publicDir: false,
  resolve: { alias: aliasesFor(root) },
  define: { __BUILD__: JSON.stringify(build) },
  plugins: [roomGuard({ root, side: 'server' })],
  build: {
    ssr: true,
    target: 'node20',
    outDir: 'dist/server',
    emptyOutDir: true,
    sourcemap: true,
    minify: false,
    rolldownOptions: {
      // What is started: the server, whoever watches it from outside, and the operator's commands.
      input: {
        main: join(root, 'src/app/server/main.ts'),
        supervise: join(root, 'src/app/server/supervise.ts'),
        cli: join(root, 'src/app/server/cli/main.ts'),
      },
      output: { entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' },
    },
  },
  // Libraries stay in node_modules: they hold native code, and a security fix must not need a rebuild.
  ssr: { external: true },
};

/** What every page stands on and what changes only with an upgrade. */
const libraries = {
  name: 'libs',
  priority: 3,
  test: (id: string): boolean =>
    /node_modules\/(@vue|vue|vue-router|dexie|valibot)\/|^\0rolldown\/runtime/.test(id),
};

const ours = (id: string): boolean => /\/src\//.test(id);
/** Today's list as everybody has it: the entry, its page and the cards of a teacher. Other pages come when asked for. */
const first = firstPage(
  /\/src\/(app\/client\/(main\.ts|pages\/TodayPage\.vue)|modules\/[^/]+\/client\/(cards\/(Assign|Rewrite)|SchoolDay)Card\.vue)$/,
);
const core = { name: 'core', priority: 2, test: (id: string): boolean => ours(id) && first.has(id) };
/** The other cards on it, for whoever signs or looks after classes: one file more for these few, none for the many. */
const others = firstPage(/\/src\/modules\/[^/]+\/client\/cards\/[^/]+\.vue$/);
const duties = {
  name: 'duties',
  priority: 1,
  test: (id: string): boolean => ours(id) && !first.has(id) && others.has(id),
};
/** What several other pages share comes in one file, with the first of them. */
const shared = {
  name: 'shared',
  minShareCount: 2,
  test: (id: string): boolean => ours(id) && !first.has(id) && !others.has(id),
};

const client: UserConfig = {
  // Dexie's own file and not the wrapper around its CommonJS form: smaller, and no helpers for CommonJS are needed.
  resolve: { alias: [...aliasesFor(root), { find: /^dexie$/, replacement: 'dexie/dist/modern/dexie.mjs' }] },
  // Read from the page (`release.ts` writes it there), so that the scripts of a build are named by what is in them alone.
  define: { __BUILD__: 'document.documentElement.dataset.build' },
  plugins: [
    roomGuard({ root, side: 'client' }),
    first.plugin,
    others.plugin,
    vue({ features: { optionsAPI: false } }),
    release({ root, build, staging, served: join(root, 'dist/client') }),
  ],
  build: {
    target: TARGETS,
    // Published into dist/client when it is whole, see release.ts.
    outDir: staging,
    emptyOutDir: true,
    sourcemap: false,
    assetsInlineLimit: 2048,
    reportCompressedSize: false,
    // A first visit asks for a dozen files, not fifty: on slow 4G each costs a round trip and its headers.
    rolldownOptions: { output: { codeSplitting: { groups: [libraries, core, duties, shared] } } },
  },
  server: { proxy: { '/api': 'http://127.0.0.1:3000', '/b': 'http://127.0.0.1:3000' } },
};

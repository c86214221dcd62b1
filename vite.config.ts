/**
 * Two builds from one file: `vite build` makes dist/client, `vite build --ssr …` makes dist/server. They never share
 * a folder, so no file of one can be served or started by mistake as the other.
 */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import vue from '@vitejs/plugin-vue';
import { defineConfig, type UserConfig } from 'vite';
import { VitePWA } from 'vite-plugin-pwa';
import { aliasesFor } from './.ci/house/aliases.ts';
import { precompress } from './.ci/house/precompress.ts';
import { roomGuard } from './.ci/house/room-guard.ts';
import { buildName } from './.ci/lib/inputs.mjs';

const root = dirname(fileURLToPath(import.meta.url));

export default defineConfig(({ isSsrBuild }): UserConfig => ({
  root,
  resolve: { alias: aliasesFor(root) },
  define: { __BUILD__: JSON.stringify(buildName(root)) },
  ...(isSsrBuild ? server : client),
}));

const server: UserConfig = {
  publicDir: false,
  plugins: [roomGuard({ root, side: 'server' })],
  build: {
    ssr: true,
    target: 'node20',
    outDir: 'dist/server',
    emptyOutDir: true,
    sourcemap: true,
    minify: false,
    rolldownOptions: {
      input: join(root, 'src/app/server/main.ts'),
      output: { entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' },
    },
  },
  // Libraries stay in node_modules: they hold native code, and a security fix must not need a rebuild.
  ssr: { external: true },
};

/** What every page stands on and what changes only with an upgrade. */
const libraries = {
  name: 'libs',
  priority: 2,
  test: (id: string): boolean => /node_modules\/(@vue|vue|vue-router|dexie|valibot)\//.test(id),
};

/** What today's list needs: the engine, the rules, the shell and the cards. Pages and what draws QR codes come when asked for. */
const core = {
  name: 'core',
  priority: 1,
  test: (id: string): boolean =>
    /\/src\/(kernel\/shared|modules\/[^/]+\/shared|app\/shared)\//.test(id) ||
    (/\/src\/kernel\/client\//.test(id) && !/QQr|QFile|OutboxSheet|OutboxEntryCard/.test(id)) ||
    /\/src\/app\/client\/(main|router|modules|App|pages\/(TodayPage|TaskList|today-groups))/.test(id) ||
    /\/src\/modules\/[^/]+\/client\/(index|texts|labels|words|cards\/|SchoolDayCard)/.test(id),
};

const client: UserConfig = {
  plugins: [
    roomGuard({ root, side: 'client' }),
    vue({ features: { optionsAPI: false } }),
    VitePWA({
      // Asked, never forced: nobody loses a half-written form to an update.
      registerType: 'prompt',
      injectRegister: false,
      strategies: 'generateSW',
      filename: 'sw.js',
      // The system fetches icons when someone installs; they are not part of opening the app.
      includeManifestIcons: false,
      workbox: {
        globPatterns: ['**/*.{html,js,css,svg,woff2}'],
        navigateFallback: '/index.html',
        navigateFallbackDenylist: [/^\/api\//, /^\/b\//, /^\/healthz/, /^\/readyz/, /^\/metrics/],
        skipWaiting: false,
        // The first visit is under the worker at once, so that going offline a minute later finds every page. An update
        // still waits for its prompt: the new worker takes nothing over before SKIP_WAITING.
        clientsClaim: true,
        cleanupOutdatedCaches: true,
        // Data has one truth on the phone, IndexedDB; the worker keeps the shell only.
        runtimeCaching: [],
        sourcemap: false,
      },
      manifest: {
        id: '/',
        name: '轻台账',
        short_name: '轻台账',
        description: '学校台账，随手记，一次就好。',
        lang: 'zh-CN',
        dir: 'ltr',
        start_url: '/',
        scope: '/',
        display: 'standalone',
        theme_color: '#1F6B66',
        background_color: '#FAF9F5',
        icons: [
          { src: '/icon-192.png', sizes: '192x192', type: 'image/png' },
          { src: '/icon-512.png', sizes: '512x512', type: 'image/png' },
          { src: '/icon-maskable-512.png', sizes: '512x512', type: 'image/png', purpose: 'maskable' },
          { src: '/icon.svg', sizes: 'any', type: 'image/svg+xml' },
        ],
      },
    }),
    precompress(join(root, 'dist/client')),
  ],
  build: {
    target: ['chrome87', 'safari14'],
    outDir: 'dist/client',
    emptyOutDir: true,
    sourcemap: false,
    assetsInlineLimit: 2048,
    reportCompressedSize: false,
    // A first visit asks for a dozen files, not fifty: on slow 4G each costs a round trip and its headers.
    rolldownOptions: { output: { codeSplitting: { groups: [libraries, core] } } },
  },
  server: { proxy: { '/api': 'http://127.0.0.1:3000', '/b': 'http://127.0.0.1:3000' } },
};

import { join } from 'node:path';
import { build, type Plugin, type Rollup } from 'vite';
import { afterEach, describe, expect, it } from 'vitest';
import { aliasesFor } from '../../.ci/house/aliases.ts';
import { roomGuard } from '../../.ci/house/room-guard.ts';
import { targetOf } from '../../.ci/house/rooms.ts';
import { buildHouse } from './fixture-house';
import { WRONG_IMPORTS } from './wrong-imports';

let tearDown = (): void => {};
afterEach(() => tearDown());

interface Planted {
  readonly files?: Record<string, string>;
  readonly plugins?: Plugin[];
  readonly entry?: string;
}

/** The real guard over a small house; resolves to the chunks, or rejects with the guard's words. */
async function buildSide(
  side: 'client' | 'server',
  { files, plugins = [], entry }: Planted = {},
): Promise<string[]> {
  const house = buildHouse(files);
  tearDown = house.tearDown;
  const result = (await build({
    configFile: false,
    root: house.root,
    logLevel: 'silent',
    resolve: { alias: aliasesFor(house.root) },
    plugins: [...plugins, roomGuard({ root: house.root, side })],
    ...(side === 'server' ? { ssr: { external: true } } : {}),
    build: {
      write: false,
      ssr: side === 'server',
      minify: false,
      rolldownOptions: { input: join(house.root, entry ?? `src/app/${side}/main.ts`) },
    },
  })) as Rollup.RollupOutput;
  return result.output.flatMap((chunk) => (chunk.type === 'chunk' ? Object.keys(chunk.modules) : []));
}

/** A plugin that leads a harmless-looking name to a file, past every wall at the door. */
const secretDoor = (name: string, to: string): Plugin => ({
  name: 'secret-door',
  enforce: 'pre',
  resolveId(source, importer) {
    return source === name ? join(importer?.split('/src/')[0] ?? '', to) : null;
  },
});

describe('the build guard at the door', () => {
  it.each(['client', 'server'] as const)('lets a sound house through (%s)', async (side) => {
    const modules = await buildSide(side);
    expect(modules.some((id) => id.endsWith(`modules/homework/${side}/index.ts`))).toBe(true);
  });

  it.each(WRONG_IMPORTS)('refuses $title', async ({ at, imports, why }) => {
    const side = at.includes('/server/') ? 'server' : 'client';
    const files = { [at]: `import '${imports}';\nexport const planted = 1;\n` };
    const broken = buildSide(side, { files, entry: at });
    await expect(broken).rejects.toThrow(`${at} may not import '${targetOf(at, imports)}`);
    await expect(broken).rejects.toThrow(why);
  });

  it('refuses a wrong import that is only loaded later', async () => {
    const files = { 'src/app/client/main.ts': `void import('../server/main');\n` };
    await expect(buildSide('client', { files })).rejects.toThrow(/can be downloaded by anyone/);
  });

  it('refuses a file that stands in no room', async () => {
    const files = {
      'src/app/client/main.ts': `import '../helpers';\n`,
      'src/app/helpers.ts': `export const helper = 1;\n`,
    };
    await expect(buildSide('client', { files })).rejects.toThrow(/stands in no room/);
  });
});

describe('the build guard inside the chunks', () => {
  it('finds a server file in the client bundle, however it came there', async () => {
    const files = {
      'src/app/client/main.ts': `import { store } from 'harmless';\ndocument.title = store;\n`,
    };
    const plugins = [secretDoor('harmless', 'src/kernel/server/store.ts')];
    await expect(buildSide('client', { files, plugins })).rejects.toThrow(
      /src\/kernel\/server\/store\.ts is a server file and would be downloaded.*brought by src\/app\/client\/main\.ts/,
    );
  });

  it('finds a Node builtin that a package brought into the client bundle', async () => {
    const files = {
      'src/app/client/main.ts': `import { home } from 'some-package';\ndocument.title = home;\n`,
      'vendor/some-package.ts': `import os from 'node:os';\nexport const home: string = os.homedir();\n`,
    };
    const plugins = [secretDoor('some-package', 'vendor/some-package.ts')];
    await expect(buildSide('client', { files, plugins })).rejects.toThrow(
      /Node builtin, which no browser has/,
    );
  });

  it('finds a client file in the server bundle', async () => {
    const files = {
      'src/app/server/main.ts': `import { outbox } from 'harmless';\nprocess.stdout.write(outbox);\n`,
    };
    const plugins = [secretDoor('harmless', 'src/kernel/client/outbox.ts')];
    await expect(buildSide('server', { files, plugins })).rejects.toThrow(
      /src\/kernel\/client\/outbox\.ts is a client file; the server has no screen/,
    );
  });

  it('finds a screen library among the things the server loads at start', async () => {
    const files = {
      'src/app/server/main.ts': `import { ref } from 'some-package';\nprocess.stdout.write(String(ref));\n`,
      'vendor/some-package.ts': `export { ref } from 'vue';\n`,
    };
    const plugins = [secretDoor('some-package', 'vendor/some-package.ts')];
    await expect(buildSide('server', { files, plugins })).rejects.toThrow(/imports 'vue'.*needs a screen/);
  });
});

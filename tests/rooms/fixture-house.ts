import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const REPOSITORY = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/**
 * A small house in a temporary folder, under the real house's own tsconfigs, so that a bad import can be planted
 * without standing in anybody's way. Two modules: homework (the one under test) and duty (the neighbour).
 */
export function buildHouse(planted: Record<string, string> = {}): { root: string; tearDown: () => void } {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'taizhang-rooms-')));
  for (const name of ['shared', 'client', 'server', 'base']) {
    copy(root, `src/tsconfig.${name}.json`);
  }
  copy(root, '.ci/house/env');
  symlinkSync(join(REPOSITORY, 'node_modules'), join(root, 'node_modules'));
  for (const [path, text] of Object.entries({ ...SOUND, ...planted })) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return { root, tearDown: () => rmSync(root, { recursive: true, force: true }) };
}

function copy(root: string, path: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  cpSync(join(REPOSITORY, path), join(root, path), { recursive: true });
}

/** Right imports in every allowed direction: the positive control of all three locks. */
export const SOUND: Record<string, string> = {
  'src/kernel/shared/refusal.ts': `import * as v from 'valibot';\nexport const code = v.string();\nexport const refusal: string = 'kernel.no';\n`,
  'src/kernel/client/outbox.ts': `import { refusal } from '@kernel/shared/refusal';\nexport const outbox: string = document.title + refusal;\n`,
  'src/kernel/server/store.ts': `import { readFileSync } from 'node:fs';\nimport { refusal } from '@kernel/shared/refusal';\nexport const store: string = refusal + readFileSync('x', 'utf8');\n`,
  'src/modules/duty/shared/index.ts': `import { refusal } from '@kernel/shared/refusal';\nexport const duty: string = refusal;\n`,
  'src/modules/duty/shared/inside.ts': `export const inside: string = 'inside';\n`,
  'src/modules/duty/client/index.ts': `export const dutyClient: string = location.href;\n`,
  'src/modules/homework/shared/index.ts': `import { duty } from '@modules/duty';\nexport const homework: string = duty;\n`,
  'src/modules/homework/client/index.ts': `import { outbox } from '@kernel/client/outbox';\nimport { duty } from '@modules/duty';\nimport { homework } from '../shared/index';\nexport const homeworkClient: string = outbox + homework + duty;\n`,
  'src/modules/homework/server/index.ts': `import { store } from '@kernel/server/store';\nimport { homework } from '../shared/index';\nexport const homeworkServer: string = store + homework;\n`,
  'src/app/shared/modules.ts': `import { duty } from '@modules/duty';\nimport { homework } from '@modules/homework';\nexport const modules: readonly string[] = [duty, homework];\n`,
  'src/app/client/modules.ts': `import { homeworkClient } from '@modules/homework/client/index';\nexport const clientModules: readonly string[] = [homeworkClient];\n`,
  'src/app/client/main.ts': `import { modules } from '../shared/modules';\nimport { clientModules } from './modules';\ndocument.title = [...modules, ...clientModules].join();\n`,
  'src/app/server/modules.ts': `import { homeworkServer } from '@modules/homework/server/index';\nexport const serverModules: readonly string[] = [homeworkServer];\n`,
  'src/app/server/main.ts': `import { modules } from '../shared/modules';\nimport { serverModules } from './modules';\nprocess.stdout.write([...modules, ...serverModules].join());\n`,
};

/**
 * The lock at the build. It asks twice, because each question misses what the other sees: at `resolveId` it judges
 * the import as written (with the importer to blame); at `generateBundle` it looks at what really lies in each chunk,
 * however it came there (a plugin, a symlink, a dependency's fallback).
 */
import { relative } from 'node:path';
import type { Plugin } from 'vite';
import { isNodeBuiltin, refuse, roomOf, targetOf } from './rooms.ts';

export interface RoomGuardOptions {
  readonly root: string;
  readonly side: 'client' | 'server';
}

export function roomGuard({ root, side }: RoomGuardOptions): Plugin {
  const fromRoot = (id: string): string => relative(root, id.replace(/[?#].*$/, '')).replaceAll('\\', '/');

  return {
    name: 'house:room-guard',
    enforce: 'pre',

    resolveId(source, importer) {
      if (!importer || importer.includes('/node_modules/') || importer.startsWith('\0')) return null;
      const from = fromRoot(importer);
      if (from.startsWith('..')) return null;
      const to = source.startsWith(`${root}/`) ? fromRoot(source) : targetOf(from, source);
      // A template or style block asks for its own file again.
      const reason = to === from ? null : refuse(from, to);
      if (reason) this.error(`Room guard: ${from} may not import '${to}'. ${reason}`);
      return null;
    },

    generateBundle(_options, bundle) {
      for (const chunk of Object.values(bundle)) {
        if (chunk.type !== 'chunk') continue;
        // Rooms first: a server file explains the builtins that came with it.
        const ids = Object.keys(chunk.modules).sort(
          (a, b) => Number(!roomOf(fromRoot(a))) - Number(!roomOf(fromRoot(b))),
        );
        for (const id of ids) {
          const reason = side === 'client' ? wrongInClient(fromRoot(id), id) : wrongInServer(fromRoot(id));
          if (!reason) continue;
          const importers = this.getModuleInfo(id)?.importers.map(fromRoot).join(', ') || 'an entry';
          this.error(`Room guard: ${reason} It lies in chunk ${chunk.fileName}, brought by ${importers}.`);
        }
        for (const external of [...chunk.imports, ...chunk.dynamicImports]) {
          if (external in bundle) continue;
          const reason = refuse(`src/app/${side}/${chunk.fileName}`, external);
          if (reason) this.error(`Room guard: chunk ${chunk.fileName} imports '${external}'. ${reason}`);
        }
      }
    },
  };
}

function wrongInClient(path: string, id: string): string | null {
  const room = roomOf(path);
  if (room?.side === 'server') return `${path} is a server file and would be downloaded by every phone.`;
  if (room?.house === 'outside') return `${path} is not meant to be shipped.`;
  if (id.includes('__vite-browser-external') || isNodeBuiltin(id))
    return `${id} stands for a Node builtin, which no browser has.`;
  return null;
}

function wrongInServer(path: string): string | null {
  const room = roomOf(path);
  if (room?.side === 'client' || room?.side === 'worker')
    return `${path} is a ${room.side} file; the server has no screen.`;
  if (room?.house === 'outside') return `${path} is not meant to be shipped.`;
  return null;
}

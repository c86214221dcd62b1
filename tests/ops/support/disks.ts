import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqlite } from '@kernel/server/store/sqlite';
import type { Place } from './places';
import { ServerProcess } from './server';

/** A disk that can be full. */
export interface Disk {
  readonly name: string;
  /** The server, on a copy of this place that lies on the disk. */
  start(place: Place, env: Record<string, string>): Promise<{ place: Place; server: ServerProcess }>;
  fill(server: ServerProcess, folder: string): Promise<void>;
  free(server: ServerProcess, folder: string): Promise<void>;
}

const mounted = new Set<string>();
/** For `afterEach`, also after a failure. */
export function removeDisks(): void {
  for (const folder of mounted) {
    spawnSync('umount', ['-l', folder]);
    rmSync(folder, { recursive: true, force: true });
  }
  mounted.clear();
}

/** Everywhere: a database that is told it may not grow. */
export const noMorePages: Disk = {
  name: 'a database that may not grow (max_page_count)',
  start: async (place, env) => ({
    place,
    server: await ServerProcess.start(place, { plant: 'full-disk', env }),
  }),
  fill: (server) => server.tell('full'),
  free: (server) => server.tell('free'),
};

const SIZE = 40_000_000;

/** A small file system in memory that is really full, where we may mount one. */
export function smallDisk(): Disk | null {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return null;
  const folder = mkdtempSync(join(tmpdir(), 'qing-disk-'));
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${SIZE},mode=700`, 'none', folder]);
  if (status !== 0) {
    rmSync(folder, { recursive: true });
    return null;
  }
  mounted.add(folder);
  const ballast = join(folder, 'ballast');
  return {
    name: 'a file system of 40 MB',
    async start(place, env) {
      cpSync(place.folder, folder, { recursive: true });
      let open: { close(): Promise<void> } | null = null;
      const file = join(folder, 'qing.sqlite');
      const there: Place = {
        ...place,
        folder,
        from: { file },
        into: { dataDir: folder },
        async open() {
          const store = await openSqlite(file);
          open = store;
          return store;
        },
        shut: async () => open?.close(),
      };
      return { place: there, server: await ServerProcess.start(there, { plant: 'full-disk', env }) };
    },
    fill() {
      // To the last page: what the database already has it keeps, and nothing more.
      for (let bytes = SIZE; bytes >= 4_096; bytes = Math.floor(bytes / 2)) {
        const { bavail, bsize } = statfsSync(folder);
        const most = Math.min(bytes, bavail * bsize);
        if (most === 0) break;
        try {
          writeFileSync(ballast, Buffer.alloc(most), { flag: 'a' });
        } catch {
          // Somebody else took it meanwhile.
        }
      }
      return Promise.resolve();
    },
    free() {
      rmSync(ballast, { force: true });
      return Promise.resolve();
    },
  };
}

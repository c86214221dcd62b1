import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, statfsSync, truncateSync, writeFileSync } from 'node:fs';
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
  fill(server: ServerProcess, folder: string): Promise<unknown>;
  free(server: ServerProcess, folder: string): Promise<unknown>;
}

/** A file system of our own, not yet used. */
export interface Mounted {
  readonly folder: string;
  /** Copies a place onto it. */
  takes(place: Place): Place;
  /** `mount -o remount,…`; answers whether the kernel did it (it does not while a file is open for writing). */
  remount(options: string): boolean;
}

const mounted = new Set<string>();
const images = new Set<string>();
/** For `afterEach`, also after a failure. */
export function removeDisks(): void {
  for (const folder of mounted) {
    spawnSync('umount', ['-l', folder]);
    rmSync(folder, { recursive: true, force: true });
  }
  for (const image of images) rmSync(image, { recursive: true, force: true });
  mounted.clear();
  images.clear();
}

const told = (name: string, words: readonly [string, string]): Disk => ({
  name,
  start: async (place, env) => ({
    place,
    server: await ServerProcess.start(place, { plant: 'full-disk', env }),
  }),
  fill: (server) => server.tell(words[0]),
  free: (server) => server.tell(words[1]),
});
/** Everywhere: a database that is told it may not grow. */
export const noMorePages = told('a database that may not grow (max_page_count)', ['full', 'free']);
/** Everywhere: a database that is told it may not write (SQLITE_READONLY). */
export const readOnlyDatabase = told('a database that may not write (query_only)', ['readOnly', 'writable']);

/** A file system in memory, where we may mount one (root on Linux); `options` are those of tmpfs. */
export const memoryDisk = (options: string): Mounted | null =>
  mount(['-t', 'tmpfs', '-o', `${options},mode=700`, 'none']);

/** An ext4 in a file of 64 MB, which can be broken off under an open file; `remake` mounts it once more after its server ended. */
export function breakableDisk(): (Mounted & { remake(): void }) | null {
  const image = join(mkdtempSync(join(tmpdir(), 'qing-image-')), 'ext4');
  images.add(join(image, '..'));
  writeFileSync(image, '');
  truncateSync(image, 64_000_000);
  if (spawnSync('mkfs.ext4', ['-q', '-F', image]).status !== 0) return null;
  const args = ['-t', 'ext4', '-o', 'loop', image];
  const made = mount(args);
  return (
    made && {
      ...made,
      remake() {
        const steps = [
          ['umount', made.folder],
          ['mount', ...args, made.folder],
        ] as const;
        for (const [command, ...rest] of steps) {
          const { status, stderr } = spawnSync(command, rest, { encoding: 'utf8' });
          if (status !== 0) throw new Error(`${command}: ${stderr}`);
        }
      },
    }
  );
}

function mount(args: readonly string[]): Mounted | null {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return null;
  const folder = mkdtempSync(join(tmpdir(), 'qing-disk-'));
  if (spawnSync('mount', [...args, folder]).status !== 0) {
    rmSync(folder, { recursive: true });
    return null;
  }
  mounted.add(folder);
  return {
    folder,
    remount: (options) => spawnSync('mount', ['-o', `remount,${options}`, folder]).status === 0,
    takes(place) {
      cpSync(place.folder, folder, { recursive: true });
      let open: { close(): Promise<void> } | null = null;
      const file = join(folder, 'qing.sqlite');
      return {
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
    },
  };
}

const SIZE = 40_000_000;

/** A small file system in memory that is really full, where we may mount one. */
export function smallDisk(): Disk | null {
  const disk = memoryDisk(`size=${SIZE}`);
  if (!disk) return null;
  const { folder } = disk;
  const ballast = join(folder, 'ballast');
  return {
    name: 'a file system of 40 MB',
    async start(place, env) {
      const there = disk.takes(place);
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

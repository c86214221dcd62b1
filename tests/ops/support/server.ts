import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Place } from './places';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const built = process.env.DIST_FOLDER ?? join(root, 'dist');
const PLANTS = new URL('../plants/', import.meta.url);

export type Entry = 'main' | 'supervise' | 'cli';
export type Plant = 'ack-before-commit' | 'lost-fsync' | 'full-disk' | 'block' | 'memory';

export interface StartOptions {
  readonly entry?: Entry;
  readonly args?: readonly string[];
  readonly plant?: Plant;
  readonly port?: number;
  readonly env?: Readonly<Record<string, string>>;
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

const running = new Set<ServerProcess>();
/** For `afterEach`: nothing a test started outlives it. */
export async function endAll(): Promise<void> {
  for (const server of [...running]) await server.kill('SIGKILL');
}

/** The built server (or what else is started) as a process of its own, on a place's database. */
export class ServerProcess {
  output = '';
  port = 0;
  readonly ended: Promise<Ended>;
  /** Resolves when it listens, or rejects with what it said when it ended before. */
  readonly listening: Promise<void>;
  private said: ((message: unknown) => void)[] = [];

  private constructor(readonly child: ChildProcess) {
    running.add(this);
    child.stdout!.on('data', (piece) => (this.output += String(piece)));
    child.stderr!.on('data', (piece) => (this.output += String(piece)));
    this.ended = new Promise((resolve) =>
      child.once('close', (code, signal) => {
        running.delete(this);
        resolve({ code, signal });
      }),
    );
    this.listening = new Promise((resolve, reject) => {
      child.on('message', (message: { listening?: { port: number } }) => {
        if (!message.listening) return;
        this.port = message.listening.port;
        resolve();
      });
      void this.ended.then(() => reject(new Error(`it ended before it listened: ${this.output}`)));
    });
    this.listening.catch(() => undefined);
    child.on('message', (message) => {
      for (const heard of this.said.splice(0)) heard(message);
    });
  }

  static launch(place: Place, options: StartOptions = {}): ServerProcess {
    const file = join(built, 'server', `${options.entry ?? 'main'}.js`);
    if (!existsSync(file)) throw new Error(`${file} is missing: run \`npm run build\` first`);
    const plant = options.plant ? ['--import', new URL(`${options.plant}.mjs`, PLANTS).href] : [];
    return new ServerProcess(
      spawn(process.execPath, [...plant, pathToFileURL(file).pathname, ...(options.args ?? [])], {
        env: {
          PATH: process.env.PATH,
          NODE_ENV: 'production',
          TZ: 'UTC',
          HOST: '127.0.0.1',
          PORT: String(options.port ?? 0),
          DATA_DIR: place.folder,
          BACKUP_OFF: '1',
          ...(place.databaseUrl === null ? {} : { DATABASE_URL: place.databaseUrl }),
          ...options.env,
        },
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      }),
    );
  }

  static async start(place: Place, options: StartOptions = {}): Promise<ServerProcess> {
    const server = ServerProcess.launch(place, options);
    await server.listening;
    return server;
  }

  /** Tells a plant something and waits for its answer. */
  tell(message: string): Promise<unknown> {
    const done = new Promise((resolve) => this.said.push(resolve));
    this.child.send(message);
    return done;
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  async kill(signal: NodeJS.Signals): Promise<Ended> {
    this.signal(signal);
    return this.ended;
  }
}

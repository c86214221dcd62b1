import { fork, type ChildProcess } from 'node:child_process';

/** A process of ours that answers questions over its IPC channel, one at a time or many at once. */
export class Child {
  private readonly waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  private last = 0;

  private constructor(private readonly process: ChildProcess) {
    process.on('message', (m: { id: number; value?: unknown; error?: string }) => {
      const asked = this.waiting.get(m.id);
      this.waiting.delete(m.id);
      if (m.error !== undefined) asked?.reject(new Error(m.error));
      else asked?.resolve(m.value);
    });
    process.on('exit', (code) => {
      for (const asked of this.waiting.values()) asked.reject(new Error(`bench child ended with ${code}`));
      this.waiting.clear();
    });
  }

  static start(file: string, env: Readonly<Record<string, string>> = {}): Child {
    return new Child(
      fork(file, [], {
        env: { ...process.env, NODE_ENV: 'production', ...env },
        serialization: 'advanced',
        execArgv: [],
        stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      }),
    );
  }

  ask<T>(what: string, args: unknown = null): Promise<T> {
    const id = ++this.last;
    return new Promise<T>((resolve, reject) => {
      this.waiting.set(id, { resolve: resolve as (value: unknown) => void, reject });
      this.process.send({ id, what, args }, (error) => {
        if (!error) return;
        this.waiting.delete(id);
        reject(error);
      });
    });
  }

  /** Asks it to stop, and insists after 10 s. */
  async stop(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const gone = new Promise<void>((resolve) => this.process.once('exit', () => resolve()));
    const insist = setTimeout(() => this.process.kill('SIGKILL'), 10_000);
    this.ask('stop').catch(() => undefined);
    await gone;
    clearTimeout(insist);
  }
}

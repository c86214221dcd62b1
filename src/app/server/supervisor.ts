import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { get } from 'node:http';
import { EXIT } from '@kernel/server/ops/exit';

export interface SupervisorOptions {
  /** The server's file and its arguments. */
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  log(fields: Record<string, unknown>, message: string): void;
  /** Called once, with the code this process should end with. */
  onEnd(code: number): void;
}

/** Asked this often, ms, and given up on after this long without any answer: within ten seconds (reliability.md rule 31). */
const ASK_EVERY = 1_000;
const PATIENCE = 9_000;
/** Waits between starts that ended in a crash, ms; the last one repeats. A server that lived this long starts anew. */
const WAITS = [200, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000];
const LONG_LIVED = 60_000;
/** A server that was asked to stop and does not is killed after this, ms; by itself it stops within ten seconds. */
const STOP_WITHIN = 11_000;

interface Door {
  readonly host: string;
  readonly port: number;
}

/**
 * Keeps one server running from outside: asks `/healthz`, kills (-9) and starts again a server that does not answer, starts again
 * one that crashed with growing waits, passes a stop on. A server whose event loop is blocked cannot help itself (D11).
 */
export class Supervisor {
  private child: ChildProcess | null = null;
  private door: Door | null = null;
  private timer: NodeJS.Timeout | undefined;
  private waiting: NodeJS.Timeout | undefined;
  private crashes = 0;
  private startedAt = 0;
  private answeredAt = 0;
  private askedAt = 0;
  private stopping = false;

  constructor(private readonly options: SupervisorOptions) {}

  start(): void {
    this.startedAt = performance.now();
    this.door = null;
    const child = spawn(process.execPath, [...this.options.args], {
      env: { ...process.env, ...this.options.env },
      stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    });
    this.child = child;
    child.on('message', (message: { listening?: Door }) => {
      if (!message.listening || this.child !== child) return;
      this.door = message.listening;
      this.answeredAt = this.askedAt = performance.now();
    });
    child.once('error', (error) => this.options.log({ err: error.message }, 'the server cannot be started'));
    child.once('close', (code, signal) => this.ended(code, signal));
    this.timer ??= setInterval(() => this.look(), ASK_EVERY);
  }

  /** Passes the stop on; a second one changes nothing. */
  stop(signal: NodeJS.Signals): void {
    if (this.stopping) return;
    this.stopping = true;
    clearTimeout(this.waiting);
    const { child } = this;
    if (!child) return this.end(0);
    child.kill(signal);
    setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN).unref();
  }

  /** The process that serves now. */
  get pid(): number | undefined {
    return this.child?.pid;
  }

  private look(): void {
    const now = performance.now();
    // Late ourselves: the machine slept or stood still, and the server with us.
    if (now - this.askedAt > 3 * ASK_EVERY) this.answeredAt = now;
    this.askedAt = now;
    const { child, door } = this;
    if (!child || !door || this.stopping) return;
    if (now - this.answeredAt > PATIENCE) {
      this.options.log({ pid: child.pid, ms: Math.round(now - this.answeredAt) }, 'no answer: killed');
      this.door = null;
      child.kill('SIGKILL');
      return;
    }
    this.ask(door, child);
  }

  /** Any answer is one, also "not ready": a database that is away does not come back by restarting its client. */
  private ask({ host, port }: Door, child: ChildProcess): void {
    const to = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
    const request = get({ host: to, port, path: '/healthz', timeout: PATIENCE, agent: false }, (answer) => {
      answer.resume();
      if (this.child === child) this.answeredAt = performance.now();
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => undefined);
  }

  private ended(code: number | null, signal: NodeJS.Signals | null): void {
    this.child = null;
    this.door = null;
    const lived = performance.now() - this.startedAt;
    if (this.stopping) return this.end(code ?? 1);
    if (code === 0 || code === EXIT.refused) return this.end(code);
    this.crashes = lived > LONG_LIVED ? 0 : this.crashes;
    const wait = WAITS[Math.min(this.crashes, WAITS.length - 1)]!;
    this.crashes += 1;
    this.options.log(
      { code, signal, livedMs: Math.round(lived), waitMs: wait },
      'the server ended: started again',
    );
    this.waiting = setTimeout(() => this.start(), wait);
  }

  private end(code: number): void {
    clearInterval(this.timer);
    this.options.onEnd(code);
  }
}

import { connect, type Socket } from 'node:net';

export interface Reply {
  readonly status: number;
  /** Compressed with brotli. */
  readonly packed: boolean;
  readonly body: Buffer;
}

const HEAD_END = Buffer.from('\r\n\r\n');

/**
 * One kept-alive connection that sends ready-made requests, one at a time, and reads just as much HTTP/1.1 as our servers speak:
 * a load generator that shares two cores with what it measures must cost next to nothing.
 */
export class Connection {
  private readonly socket: Socket;
  private got: Buffer | null = null;
  /** Of the answer under way: where its body begins and ends; 0 while the head is not there. */
  private from = 0;
  private to = 0;
  private status = 0;
  private packed = false;
  private done: ((reply: Reply) => void) | null = null;

  constructor(
    port: number,
    private readonly lost: (error: Error) => void,
  ) {
    this.socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.socket.on('data', (part) => this.read(part));
    this.socket.on('error', (error) => lost(error));
    this.socket.on('close', () => {
      if (this.done) lost(new Error('the server hung up in the middle of an answer'));
    });
  }

  opened(): Promise<void> {
    return new Promise((resolve) => this.socket.once('connect', resolve));
  }

  send(request: Buffer, done: (reply: Reply) => void): void {
    this.done = done;
    this.socket.write(request);
  }

  close(): void {
    this.done = null;
    this.socket.destroy();
  }

  private read(part: Buffer): void {
    const got = this.got ? Buffer.concat([this.got, part]) : part;
    this.got = got;
    if (this.to === 0 && !this.readHead(got)) return;
    if (got.length < this.to) return;
    const { done, status, packed } = this;
    const body = got.subarray(this.from, this.to);
    this.got = this.done = null;
    this.to = 0;
    done?.({ status, packed, body });
  }

  private readHead(got: Buffer): boolean {
    const end = got.indexOf(HEAD_END);
    if (end < 0) return false;
    const head = got.toString('latin1', 0, end);
    const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
    if (length === undefined) {
      this.lost(new Error(`an answer without its length: ${head.slice(0, 200)}`));
      return false;
    }
    this.status = Number(head.slice(9, 12));
    this.packed = /\r\ncontent-encoding: br/i.test(head);
    this.from = end + HEAD_END.length;
    this.to = this.from + Number(length);
    return true;
  }
}

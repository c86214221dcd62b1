import { connect, createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

/** Where the next connection is cut: after so many bytes towards the server, or back from it. */
export interface Cut {
  readonly side: 'request' | 'response';
  readonly after: number;
}

/** A wire between a phone and its server that breaks at an exact byte. What was before the break has arrived. */
export class CuttingProxy {
  cut: Cut | null = null;
  /** Bytes that went each way over the last connection that was not cut. */
  seen = { request: 0, response: 0 };
  private readonly server: Server;
  private readonly open = new Set<Socket>();

  private constructor(private readonly target: number) {
    this.server = createServer((phone) => this.joins(phone));
  }

  static async before(target: number): Promise<CuttingProxy> {
    const proxy = new CuttingProxy(target);
    await new Promise<void>((done) => proxy.server.listen(0, '127.0.0.1', done));
    return proxy;
  }
  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  private joins(phone: Socket): void {
    const { cut } = this;
    const server = connect(this.target, '127.0.0.1');
    const seen = { request: 0, response: 0 };
    const ends = (): void => {
      phone.destroy();
      server.destroy();
    };
    for (const socket of [phone, server]) {
      this.open.add(socket);
      socket.setNoDelay(true);
      socket.on('error', ends);
      socket.on('close', () => {
        this.open.delete(socket);
        if (!cut) this.seen = seen;
      });
    }
    const pass = (side: Cut['side'], from: Socket, to: Socket): void => {
      from.on('data', (chunk: Buffer) => {
        const left = cut?.side === side ? cut.after - seen[side] : Infinity;
        seen[side] += chunk.length;
        if (chunk.length <= left) {
          to.write(chunk);
          return;
        }
        // The last bytes get there, and then there is nothing: neither end is told why.
        if (left > 0) to.write(chunk.subarray(0, left), () => setTimeout(ends, 1));
        else ends();
        from.pause();
      });
      from.on('end', () => to.end());
    };
    pass('request', phone, server);
    pass('response', server, phone);
  }

  async end(): Promise<void> {
    for (const socket of this.open) socket.destroy();
    await new Promise((done) => this.server.close(done));
  }
}

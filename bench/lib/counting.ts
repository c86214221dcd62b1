import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A wire on loopback that counts every byte that goes over it, whoever asked: pages, workers, preloads. */
export interface CountingWire {
  readonly port: number;
  /** Bytes that came from the browser so far. */
  up(): number;
  /** Bytes that went to the browser so far. */
  down(): number;
  close(): Promise<void>;
}

export async function countingWire(to: number): Promise<CountingWire> {
  let up = 0;
  let down = 0;
  const open = new Set<Socket>();
  const server = createServer((browser) => {
    const upstream = connect(to, '127.0.0.1');
    for (const [one, other] of [
      [browser, upstream],
      [upstream, browser],
    ] as const) {
      open.add(one);
      one.setNoDelay(true);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        open.delete(one);
        other.destroy();
      });
    }
    browser.on('data', (part: Buffer) => (up += part.length));
    upstream.on('data', (part: Buffer) => (down += part.length));
    browser.pipe(upstream);
    upstream.pipe(browser);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    up: () => up,
    down: () => down,
    async close() {
      for (const socket of open) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

const AGAIN_MS = 60_000;

/** Loads a part that the first page does without; where that fails, again when the network is back, and now and then. */
export async function whenReachable<T>(load: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await load();
    } catch {
      await new Promise<void>((done) => {
        addEventListener('online', () => done(), { once: true });
        setTimeout(done, AGAIN_MS);
      });
    }
  }
}

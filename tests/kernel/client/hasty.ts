/** Every wait of the page is so many times shorter until the answer is called. For suites that would only sit and wait. */
export function hasty(times: number): () => void {
  const { setTimeout: real } = globalThis;
  const quick = (work: (...a: unknown[]) => void, ms = 0, ...rest: unknown[]): unknown =>
    real(work, ms / times, ...rest);
  globalThis.setTimeout = Object.assign(quick, real) as unknown as typeof setTimeout;
  return () => {
    globalThis.setTimeout = real;
  };
}

import type { Phone } from '../support/phone';

/**
 * A phone whose clock stands at `now`, and on which nothing counts down: the same screen gives the same bytes. Whatever waits for
 * a second to pass has to be asked for with a tap or a reload.
 */
export async function freeze(phone: Phone, now: number): Promise<void> {
  await phone.context.addInitScript((at) => {
    const Real = Date;
    globalThis.Date = new Proxy(Real, {
      construct: (_, args: [number]) => (args.length > 0 ? new Real(...args) : new Real(at)),
      get: (target, key) => (key === 'now' ? () => at : (Reflect.get(target, key) as unknown)),
    });
    const real = globalThis.setInterval;
    const never = ((run: () => void, ms?: number) => (ms === 1000 ? 0 : real(run, ms))) as typeof setInterval;
    globalThis.setInterval = never;
  }, now);
}

/** An expected failure: a value with a stable code, never a throw. Codes are `module.reason` and are never reused. */
export interface Refusal {
  readonly refused: true;
  readonly code: string;
  /** JSON-safe facts the interface needs to explain the refusal and offer a way out. */
  readonly details: Readonly<Record<string, unknown>>;
}

export function refuse(code: string, details: Record<string, unknown> = {}): Refusal {
  return { refused: true, code, details };
}

export function isRefusal(value: unknown): value is Refusal {
  return typeof value === 'object' && value !== null && (value as { refused?: unknown }).refused === true;
}

/** Foreign and absent look the same, by design (reliability.md rule 36). */
export const notFound = (): Refusal => refuse('kernel.notFound');
export const notAllowed = (): Refusal => refuse('kernel.notAllowed');

/** A defect: our own mistake. Thrown, logged, and the command that met it is parked as `stuck`. */
export function assert(condition: unknown, why: string): asserts condition {
  if (!condition) throw new Error(`defect: ${why}`);
}

export function must<T>(value: T | null | undefined, why: string): T {
  assert(value !== null && value !== undefined, why);
  return value;
}

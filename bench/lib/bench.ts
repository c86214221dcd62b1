import type { Figure } from './report';
import type { Bundle } from './bundle';

/** What every bench is given. */
export interface BenchContext {
  /** Child processes, bundled. */
  readonly bundle: Bundle;
  /** Figures are printed as soon as they are known. */
  report(figure: Figure): void;
  /** Does the person want this figure? Names are asked by their beginning. */
  wants(name: string): boolean;
  /** Runs when all benches are done, also after a failure. */
  atEnd(close: () => Promise<void>): void;
  /** Write CPU profiles of the servers into this folder, or null. */
  readonly profiles: string | null;
}

export interface Bench {
  /** Names of the figures it makes. */
  readonly names: readonly string[];
  run(context: BenchContext): Promise<void>;
}

/** One result. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  /** `×` is a ratio to a floor measured in the same run. */
  readonly unit: '×' | 'ms' | 'bytes' | 'points' | 'MB';
  /** What it should be; null when it is for information. */
  readonly goal: { readonly least: number } | { readonly most: number } | null;
  /** Everything one needs to judge it: absolute numbers, spread, sizes. */
  readonly detail?: Readonly<Record<string, unknown>>;
}

const met = (f: Figure): boolean | null =>
  f.goal === null ? null : 'least' in f.goal ? f.value >= f.goal.least : f.value <= f.goal.most;

const goalText = (f: Figure): string =>
  f.goal === null ? '' : 'least' in f.goal ? `goal ≥ ${f.goal.least}` : `goal ≤ ${f.goal.most}`;

/** Three figures are as many as a shared machine can mean; bytes and points are exact. */
export function round(value: number): number {
  if (!Number.isFinite(value) || value === 0 || Math.abs(value) >= 1000) return Math.round(value);
  return Number(value.toPrecision(3));
}

/** Prints a figure as it comes: for people, or one JSON object a line. */
export function print(figure: Figure, json: boolean): void {
  const f = { ...figure, value: round(figure.value) };
  if (json) {
    process.stdout.write(`${JSON.stringify({ ...f, met: met(f) })}\n`);
    return;
  }
  const mark = { true: '✓', false: '✗', null: '·' }[String(met(f)) as 'true'];
  const value = f.unit === 'bytes' ? f.value.toLocaleString('en') : String(f.value);
  process.stdout.write(`${mark} ${f.name.padEnd(34)} ${`${value} ${f.unit}`.padEnd(16)} ${goalText(f)}\n`);
  for (const [key, detail] of Object.entries(f.detail ?? {}))
    process.stdout.write(`    ${key}: ${typeof detail === 'string' ? detail : JSON.stringify(detail)}\n`);
}

/** What is going on, for people only: never in the way of the figures. */
export const note = (text: string): void => void process.stderr.write(`  ${text}\n`);

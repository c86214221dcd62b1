/** What happened, in order: one number that two runs of the same seed must share, and on request every line of it. */
export class Trace {
  private state = 2166136261;
  private count = 0;
  /** Filled only when asked for (`SIM_TRACE=1`). */
  readonly lines: string[] = [];

  constructor(private readonly keep = process.env['SIM_TRACE'] === '1') {}

  /** @param detail for the reader only: made when lines are kept */
  add(line: string, detail?: () => string): void {
    this.state = hashText(line, this.state);
    this.count++;
    if (this.keep) this.lines.push(detail ? `${line}  ${detail()}` : line);
  }
  get hash(): string {
    return `${(this.state >>> 0).toString(16).padStart(8, '0')}-${this.count}`;
  }
}

/** FNV-1a, 32 bits. */
export function hashText(text: string, from = 2166136261): number {
  let h = from;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 16777619);
  return h;
}

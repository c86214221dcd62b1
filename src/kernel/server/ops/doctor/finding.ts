/** One line of `doctor`: what was looked at, and whether somebody should do something about it. */
export interface Finding {
  readonly ok: boolean;
  /** In words of the operator, Chinese first. */
  readonly text: string;
}

export const good = (text: string): Finding => ({ ok: true, text });
export const bad = (text: string): Finding => ({ ok: false, text });

/** A check that could not be made is a finding too. */
export async function checked(what: string, check: () => Finding[] | Promise<Finding[]>): Promise<Finding[]> {
  try {
    return await check();
  } catch (error) {
    return [bad(`${what}：没法检查，${(error as Error).message} (could not be checked)`)];
  }
}

export function spanOf(ms: number): string {
  const hours = ms / 3_600_000;
  if (hours < 1) return `${Math.round(ms / 60_000)} 分钟`;
  return hours < 48 ? `${Math.round(hours)} 小时` : `${Math.round(hours / 24)} 天`;
}

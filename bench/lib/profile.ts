import { readFileSync } from 'node:fs';

interface Profile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
    readonly children?: readonly number[];
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

type Node = Profile['nodes'][number];

/**
 * Where a process's time went, idle time left out: percent, name, place. By a function's own time, then by the time until it
 * returned (of a function that calls itself only the outermost call counts).
 */
export function topOf(file: string, count: { own: number; all: number } = { own: 30, all: 0 }): string {
  const { nodes, samples, timeDeltas } = JSON.parse(readFileSync(file, 'utf8')) as Profile;
  const byId = new Map(nodes.map((n) => [n.id, n]));
  const parents = new Map(nodes.flatMap((n) => (n.children ?? []).map((c) => [c, n] as const)));
  const own = new Map<string, number>();
  const all = new Map<string, number>();
  let busy = 0;
  samples.forEach((id, i) => {
    const node = byId.get(id);
    // `dispatch` is the profiler's own start.
    if (!node || node.callFrame.functionName === '(idle)' || node.callFrame.functionName === 'dispatch')
      return;
    const time = timeDeltas[i] ?? 0;
    busy += time;
    add(own, nameOf(node), time);
    if (count.all === 0) return;
    const stack = new Set<string>();
    for (let at: Node | undefined = node; at; at = parents.get(at.id)) stack.add(nameOf(at));
    for (const name of stack) add(all, name, time);
  });
  const list = (times: ReadonlyMap<string, number>, most: number): string[] =>
    [...times]
      .sort(([, a], [, b]) => b - a)
      .slice(0, most)
      .map(([name, time]) => `${((time / busy) * 100).toFixed(1).padStart(5)} %  ${name}`);
  const lines = list(own, count.own);
  if (count.all > 0) lines.push('with what they call:', ...list(all, count.all));
  return lines.join('\n');
}

const add = (times: Map<string, number>, name: string, time: number): void =>
  void times.set(name, (times.get(name) ?? 0) + time);

function nameOf({ callFrame: { functionName, url, lineNumber } }: Node): string {
  const place = url.replace(/^.*\/(?=node_modules|children-)/, '').replace(/^node_modules\//, '');
  return `${functionName || '(anonymous)'} ${place}:${lineNumber + 1}`;
}

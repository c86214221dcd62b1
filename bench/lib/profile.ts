import { readFileSync } from 'node:fs';

interface Profile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** The functions a process spent its own time in, idle time left out: percent, name, place. */
export function topOf(file: string, count = 30): string {
  const profile = JSON.parse(readFileSync(file, 'utf8')) as Profile;
  const frames = new Map(profile.nodes.map((n) => [n.id, n.callFrame]));
  const self = new Map<string, number>();
  let busy = 0;
  profile.samples.forEach((id, i) => {
    const frame = frames.get(id);
    // `dispatch` is the profiler's own start.
    if (!frame || frame.functionName === '(idle)' || frame.functionName === 'dispatch') return;
    const time = profile.timeDeltas[i] ?? 0;
    const place = frame.url.replace(/^.*\/(?=node_modules|children-)/, '').replace(/^node_modules\//, '');
    const name = `${frame.functionName || '(anonymous)'} ${place}:${frame.lineNumber + 1}`;
    busy += time;
    self.set(name, (self.get(name) ?? 0) + time);
  });
  return [...self]
    .sort(([, a], [, b]) => b - a)
    .slice(0, count)
    .map(([name, time]) => `${((time / busy) * 100).toFixed(1).padStart(5)} %  ${name}`)
    .join('\n');
}

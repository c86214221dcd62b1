import { randomBytes } from 'node:crypto';
import type { SchoolRow } from '@kernel/server/store/store';
import { uuidv7 } from '@kernel/shared/ids';
import { running } from './server';

export interface Said {
  readonly id?: string;
  readonly actor: string;
  readonly name: string;
  readonly args: unknown;
}

let numbered = 0;

/** Commands of people, said in the process itself; throws unless all are accepted. */
export async function say(school: SchoolRow, said: readonly Said[]): Promise<void> {
  const { kernel } = running();
  const now = kernel.clock.now();
  const results = await kernel.push(
    school,
    said.map(({ id, actor, name, args }) => ({
      id: id ?? uuidv7(now, randomBytes(10)),
      device: 'bench',
      deviceSeq: ++numbered,
      actor,
      name,
      args,
      argsText: JSON.stringify(args),
      at: now,
      time: { earliest: now, latest: now },
    })),
  );
  const at = results.findIndex((r) => r.outcome !== 'accepted');
  const bad = results[at];
  if (bad)
    throw new Error(`${said[at]?.name} was ${bad.outcome}: ${bad.code} ${JSON.stringify(bad.details)}`);
}

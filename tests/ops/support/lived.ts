import { randomBytes, randomUUID } from 'node:crypto';
import type { Kernel } from '@kernel/server/kernel';
import { uuidv7 } from '@kernel/shared/ids';
import type { CommandResult } from '@kernel/shared/protocol';
import type { Said, Town } from './town';
import { TEACHERS, TIERS } from './town';

/** Teachers at work without a network: they assign on every day in both classes and withdraw every third of it. */
export async function live(kernel: Kernel, town: Town, rounds = 1): Promise<Said[]> {
  const school = (await kernel.school(town.school))!;
  const said: Said[] = [];
  let seq = 0;
  const device = randomUUID();
  const push = async (actor: string, name: string, args: unknown): Promise<CommandResult> => {
    const now = kernel.clock.now();
    const command = {
      id: uuidv7(now, new Uint8Array(randomBytes(10))),
      device,
      deviceSeq: ++seq,
      actor,
      name,
      args,
      argsText: JSON.stringify(args),
      at: now,
      time: { earliest: now, latest: now },
    };
    const [result] = await kernel.push(school, [command]);
    said.push({ id: result!.id, outcome: result!.outcome, seq: result!.seq });
    return result!;
  };
  for (let round = 0; round < rounds; round++)
    for (const date of town.days)
      for (const { who, subject } of TEACHERS)
        for (const one of ['c-2026-1', 'c-2026-2']) {
          const args = { classes: [one], subject, date, form: 'written', tiers: TIERS, copiedFrom: null };
          const made = await push(who, 'homework.v1.assign', args);
          if (round + 1 < rounds || seq % 3 === 0) await push(who, 'homework.v1.withdraw', { item: made.id });
        }
  return said;
}

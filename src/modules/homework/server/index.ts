import type { SchoolView, ServerModule, SystemCommand } from '@kernel/server/module';
import { homework } from '../shared';
import { closeDays } from './close-days';
import { closeDay } from './commands/close-day';
import { openDay } from './commands/open-day';
import { readInputs } from './inputs';
import type { Memory } from './memory';
import { newMemory } from './memory';
import { openDays } from './open-days';

/** A server room with a memory of its own: one per process. */
export function makeHomeworkServer(): ServerModule {
  const memories = new Map<string, Memory>();
  return {
    module: homework,
    commands: [openDay, closeDay],
    async jobs(view: SchoolView): Promise<readonly SystemCommand[]> {
      const inputs = await readInputs(view);
      if (!inputs) return [];
      const memory = memories.get(view.id) ?? newMemory();
      memories.set(view.id, memory);
      // Opening first: a day that was called off this minute must lose what it expected before its board is judged.
      return [...(await openDays(view, inputs, memory)), ...(await closeDays(view, inputs, memory))];
    },
  };
}

export const homeworkServer: ServerModule = makeHomeworkServer();

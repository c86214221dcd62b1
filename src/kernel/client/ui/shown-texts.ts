import type { Refusal } from '@kernel/shared/refusal';
import type { RefusalText } from '../client-module';
import type { Texts } from '../texts';
import { makeTexts } from '../texts';

/** The words of all modules, set once at the start of the app so that any component can say a refusal. */
let texts: Texts = makeTexts([]);

export function showTexts(all: Texts): void {
  texts = all;
}

/** Our own words for a code come first; for a code this build does not know, what the server said with it. */
export function refusalTextOf(refusal: Pick<Refusal, 'code' | 'details'>): RefusalText {
  const own = texts.refusal(refusal.code, refusal.details);
  const { title, detail } = refusal.details;
  if (own.title !== texts.refusal('').title || typeof title !== 'string') return own;
  return { title, kept: '', todo: typeof detail === 'string' ? detail : '' };
}

export const commandWords = (name: string, args: unknown): string => texts.command(name, args);

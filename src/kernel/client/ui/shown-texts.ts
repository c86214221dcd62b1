import type { Refusal } from '@kernel/shared/refusal';
import type { RefusalText } from '../client-module';
import type { Texts } from '../texts';
import { makeTexts } from '../texts';

/** The words of all modules, set once at the start of the app so that any component can say a refusal. */
let texts: Texts = makeTexts([]);

export function showTexts(all: Texts): void {
  texts = all;
}
export const refusalTextOf = (refusal: Pick<Refusal, 'code' | 'details'>): RefusalText =>
  texts.refusal(refusal.code, refusal.details);

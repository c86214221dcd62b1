import type { ServerDraft } from '@kernel/shared/draft-wire';
import { printOf } from '@kernel/shared/draft-wire';
import type { Instant } from '@kernel/shared/time';

/** A text that is not on the screen and that only its author may throw away. */
export interface Other {
  readonly json: unknown;
  readonly text: string;
  readonly at: Instant | null;
}

/** What this phone knows of one draft's copy on the server. */
export interface Known {
  /** The server's version that the text here grew from; 0 = none. */
  base: number;
  /** JSON of the server's text at `base`; null = it has none. */
  sent: string | null;
  /** When the server last had the text from here or gave it, server time. */
  savedAt: Instant | null;
  /** Number of this device's last save. */
  edit: number;
  /** JSON of the form before anybody typed: nothing to keep, and no reason to ask which one. */
  blank: string | null;
  others: readonly Other[];
  /** Its author is done with it, and the server has not heard so yet. */
  done: boolean;
}

export const UNKNOWN: Known = {
  ...{ base: 0, sent: null, savedAt: null, edit: 0, blank: null, others: [], done: false },
};

/** What stands in the form. */
export interface Here {
  readonly json: unknown;
  readonly text: string;
  readonly at: Instant | null;
  /** Somebody wrote something of it; it is not the form as it opens. */
  readonly words: boolean;
  /** Written on this screen since it was opened: it stays under the writer's hands. */
  readonly typed: boolean;
}

export interface Meeting {
  readonly known: Known;
  /** What the form is to show from now on; absent = what it shows. `null` = the form as it opens. */
  readonly show?: { readonly json: unknown } | null;
}

/**
 * The text here meets the one on the server. The server's version says which is newer: what grew from the server's latest
 * goes on, and what did not gives way to it — unless it is being written on just now. Whatever gives way and is not known to
 * the server is kept as another one and offered; nothing a person wrote is ever replaced in silence.
 */
export function meet(known: Known, here: Here, server: ServerDraft | null, device: string): Meeting {
  if (server === null) return { known: { ...known, base: 0, sent: null, savedAt: null } };
  const there = server.body === null ? null : JSON.stringify(server.body);
  const next: Known = {
    ...known,
    base: server.version,
    sent: there,
    savedAt: there === null ? null : server.updatedAt,
    edit: server.device === device ? Math.max(known.edit, server.edit) : known.edit,
  };
  // Or it is what was sent while the page was left: nobody here heard the answer, but the server's text has grown from it.
  const told = here.text === known.sent || printOf(here.text) === server.prints[device];
  const untouched = !here.words || (told && !here.typed);
  if (server.version === known.base || there === here.text) return { known: next };
  // Its author finished it on another device.
  if (there === null) return untouched && here.words ? { known: next, show: null } : { known: next };
  // An earlier save from here whose answer was lost.
  if (server.device === device && here.words) return { known: next };
  const theirs: Other = { json: server.body, text: there, at: server.updatedAt };
  if (here.typed && !untouched) return { known: withOther(next, theirs) };
  const shown = { known: without(next, there), show: { json: server.body } };
  if (untouched) return shown;
  const ours: Other = { json: here.json, text: here.text, at: here.at };
  return { ...shown, known: withOther(shown.known, ours) };
}

export const without = (known: Known, text: string): Known => ({
  ...known,
  others: known.others.filter((o) => o.text !== text),
});

export const withOther = (known: Known, other: Other): Known => ({
  ...known,
  others: [other, ...without(known, other.text).others],
});

/** Characters of JSON from which on a text is worth a second place. */
export const LONG = 200;

/** Should the server hear of the text? Not while the only place of another one is where this one would go. */
export function owes(known: Known, here: Pick<Here, 'text' | 'words'>): boolean {
  if (known.done) return true;
  if (here.text === known.sent || known.others.some((o) => o.text === known.sent)) return false;
  return known.sent !== null || (here.words && here.text.length >= LONG);
}

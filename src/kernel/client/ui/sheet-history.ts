/**
 * The back button closes a sheet: opening one adds a history entry that carries its name, closing by hand takes the
 * entry away again. A navigation made from inside a sheet leaves such an entry behind; walking back over it skips it.
 */
const open: { name: string; close: () => void }[] = [];
let count = 0;

export interface SheetEntry {
  /** Closed by its own button: take the entry off the history. */
  dismiss(): void;
  /** The page under it was left: forget the entry, leave the history alone. */
  abandon(): void;
}

export function enterSheet(close: () => void): SheetEntry {
  const name = `sheet-${Date.now()}-${++count}`;
  const entry = { name, close };
  open.push(entry);
  hold();
  history.pushState({ ...(history.state as object | null), sheet: name }, '');
  const forget = (): boolean => {
    const at = open.indexOf(entry);
    if (at >= 0) open.splice(at, 1);
    hold();
    return at >= 0;
  };
  return {
    dismiss() {
      if (forget() && sheetOf(history.state) === name) history.back();
    },
    abandon: () => void forget(),
  };
}

/** The page under a sheet does not scroll, and is not read aloud. */
function hold(): void {
  const held = open.length > 0;
  document.documentElement.classList.toggle('sheet-open', held);
  const page = document.getElementById('app');
  if (held) page?.setAttribute('aria-hidden', 'true');
  else page?.removeAttribute('aria-hidden');
}

const sheetOf = (state: unknown): string | undefined => (state as { sheet?: string } | null)?.sheet;

if (typeof addEventListener === 'function')
  addEventListener('popstate', (event) => {
    const now = sheetOf(event.state);
    const top = open[open.length - 1];
    if (top && top.name !== now) {
      open.pop();
      hold();
      top.close();
    } else if (!top && now) history.back();
  });

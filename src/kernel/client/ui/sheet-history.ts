/**
 * The back button closes a sheet: opening one adds a history entry that carries its name, closing by hand takes the
 * entry away again. A navigation made from inside a sheet leaves such an entry behind; walking back over it skips it.
 */
interface Open {
  name: string;
  close: () => void;
  /** Whether the history has an entry for it: not yet, when it opened while another was being taken off. */
  entered: boolean;
}

const open: Open[] = [];
/** `history.back()` arrives later. What is added to the history before that would be what it goes back over. */
let goingBack = false;
let count = 0;

export interface SheetEntry {
  /** Closed by its own button: take the entry off the history. */
  dismiss(): void;
  /** The page under it was left: forget the entry, leave the history alone. */
  abandon(): void;
}

export function enterSheet(close: () => void): SheetEntry {
  const entry: Open = { name: `sheet-${Date.now()}-${++count}`, close, entered: false };
  open.push(entry);
  hold();
  if (!goingBack) add(entry);
  const forget = (): boolean => {
    const at = open.indexOf(entry);
    if (at >= 0) open.splice(at, 1);
    hold();
    return at >= 0;
  };
  return {
    dismiss() {
      if (forget() && !goingBack && sheetOf(history.state) === entry.name) goBack();
    },
    abandon: () => void forget(),
  };
}

function add(entry: Open): void {
  entry.entered = true;
  history.pushState({ ...(history.state as object | null), sheet: entry.name }, '');
}

function goBack(): void {
  goingBack = true;
  history.back();
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
    goingBack = false;
    const now = sheetOf(event.state);
    const entered = open.filter((entry) => entry.entered);
    const top = entered[entered.length - 1];
    // An entry that was left behind: one further, and who waits goes on waiting.
    if (!top && now) return goBack();
    if (top && top.name !== now) {
      open.splice(open.indexOf(top), 1);
      hold();
      top.close();
    }
    for (const entry of open) if (!entry.entered) add(entry);
  });

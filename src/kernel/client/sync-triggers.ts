import type { DeviceClock } from './clock';
import { systemClock } from './clock';
import type { Sync } from './sync';

const EVERY_MS = 45_000;

export interface SyncTriggers {
  stop(): void;
}

/**
 * All the moments that may mean "the server can be reached now" (reliability.md rule 47). None of them is trusted:
 * a needless round is cheap, a missed one is not. `wake` runs before a round on return from the background.
 */
export function startTriggers(
  sync: Sync,
  wake: () => Promise<unknown>,
  clock: Pick<DeviceClock, 'mono'> = systemClock,
): SyncTriggers {
  if (typeof window === 'undefined') return { stop: () => undefined };
  const poke = new Poke(sync);
  const visible = (): boolean => document.visibilityState !== 'hidden';
  let last = -Infinity;
  const round = (): void => {
    // Coming back fires three of these events at once. Not by the wall clock: set back, it would silence them for days.
    if (clock.mono() - last < 1_000) return;
    last = clock.mono();
    void (async () => {
      await wake().catch(() => undefined);
      await sync.now();
      poke.adjust(visible());
    })();
  };
  const onVisibility = (): void => {
    // On hiding too: iOS may never run this page again, so what waits goes now.
    round();
    if (!visible()) poke.adjust(false);
  };
  let timer: ReturnType<typeof setTimeout>;
  const tick = (): void => {
    timer = setTimeout(
      () => {
        tick();
        if (!visible()) return;
        void sync.now('timer').then(() => poke.adjust(visible()));
      },
      EVERY_MS * (0.8 + Math.random() * 0.4),
    );
  };
  const windowEvents = ['pageshow', 'online', 'focus'] as const;
  document.addEventListener('visibilitychange', onVisibility);
  for (const name of windowEvents) window.addEventListener(name, round);
  tick();
  round();
  return {
    stop() {
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', onVisibility);
      for (const name of windowEvents) window.removeEventListener(name, round);
      poke.adjust(false);
    },
  };
}

/** The server's tap on the shoulder. Optional in every way: it is only opened after a round that worked, and dropped on any error. */
class Poke {
  private source: EventSource | null = null;

  constructor(private readonly sync: Sync) {}

  adjust(wanted: boolean): void {
    const open = wanted && this.sync.status.phase === 'ok' && typeof EventSource !== 'undefined';
    if (!open) {
      this.source?.close();
      this.source = null;
      return;
    }
    if (this.source) return;
    try {
      const source = new EventSource('/api/poke');
      // One commit taps every open phone of the school; they should not all turn round in the same instant.
      source.onmessage = () => setTimeout(() => void this.sync.now('poke'), Math.random() * 1_500);
      source.onerror = () => {
        source.close();
        if (this.source === source) this.source = null;
      };
      this.source = source;
    } catch {
      this.source = null;
    }
  }
}

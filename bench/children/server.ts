import { serve, type Served } from '@app/server/serve';
import { PROTOCOL } from '@kernel/shared/protocol';
import { instantOf, type Day } from '@kernel/shared/time';
import { ZONE } from './school';

/** The server under test, as this process runs it. */
let served: Served | undefined;
/** What the server's clock is ahead of the real one, ms: a bench lives through a school year. */
let ahead = 0;
const logged: unknown[] = [];

export const running = (): Served => {
  if (!served) throw new Error('the server is not open');
  return served;
};

/** Opens the whole server on a free loopback port; what was open before is closed first. */
export async function open(options: {
  dataDir: string;
  databaseUrl: string | null;
  clientFolder: string | null;
}): Promise<{ port: number; protocol: number }> {
  await served?.close();
  served = await serve(
    { ...options, port: 0, host: '127.0.0.1' },
    {
      clock: { now: () => Date.now() + ahead },
      log: { error: (fields, message) => void logged.push([message, fields]), info: () => undefined },
      startJobs: false,
    },
  );
  return { port: served.port, protocol: PROTOCOL };
}

/** Winds the server's clock to a moment of the school's day; from there it goes on by itself. */
export const setClock = (day: Day, time: string): void =>
  void (ahead = instantOf(day, time, ZONE) - Date.now());

/** What the server logged as errors since it was opened. */
export const errors = (): string[] =>
  logged.map((e) => String(JSON.stringify(e, (_k, v: unknown) => (v instanceof Error ? v.stack : v))));

export const close = async (): Promise<void> => served?.close();

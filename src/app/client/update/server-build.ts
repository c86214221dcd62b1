import { call } from '@kernel/client/wire';

/** What the server says of itself in `/version.json`. */
export interface ServerBuild {
  readonly build: string;
  /** Clients of an older version must update. */
  readonly minBuild: string;
  /** False: this server wants no service worker on any phone (`SW_KILL=1`). */
  readonly worker: boolean;
}

const DEADLINE_MS = 8_000;

/** Null when the server cannot be reached, or when somebody else answers in its place. */
export async function serverBuild(): Promise<ServerBuild | null> {
  const reply = await call((path, init) => fetch(path, init), '/version.json', {
    method: 'GET',
    deadlineMs: DEADLINE_MS,
  });
  const said = reply.kind === 'answer' ? (reply.body as Partial<ServerBuild> | null) : null;
  if (typeof said?.build !== 'string') return null;
  return { build: said.build, minBuild: said.minBuild ?? '', worker: said.worker !== false };
}

import { safeParse } from 'valibot';
import type { Problem } from '@kernel/shared/protocol';
import { problemSchema } from '@kernel/shared/protocol';

export type Fetch = (path: string, init: RequestInit) => Promise<Response>;

/** Longer than any honest answer on one bar of signal, shorter than a person's patience (reliability.md rule 22). */
export const DEADLINE_MS = 20_000;

export type Reply =
  | { readonly kind: 'answer'; readonly body: unknown }
  /** Refused by somebody; `problem` only when it was certainly our server. */
  | {
      readonly kind: 'problem';
      readonly status: number;
      readonly problem: Problem | null;
      readonly retryAfterMs: number | null;
    }
  | { readonly kind: 'lost'; readonly why: 'network' | 'deadline' | 'notOurs' };

/** One request with a deadline that also covers reading the body, and that holds even when `fetch` ignores the abort. */
export async function call(
  fetcher: Fetch,
  path: string,
  request: {
    readonly method: string;
    readonly body?: unknown;
    readonly deadlineMs?: number;
    /** Gives up early, e.g. at sign-out. */
    readonly signal?: AbortSignal;
  },
): Promise<Reply> {
  const abort = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let giveUp = (): void => undefined;
  const late = new Promise<Reply>((done) => {
    giveUp = () => {
      abort.abort();
      done({ kind: 'lost', why: 'deadline' });
    };
    timer = setTimeout(giveUp, request.deadlineMs ?? DEADLINE_MS);
    request.signal?.addEventListener('abort', giveUp);
    if (request.signal?.aborted) giveUp();
  });
  try {
    return await Promise.race([exchange(fetcher, path, request, abort.signal), late]);
  } finally {
    clearTimeout(timer);
    request.signal?.removeEventListener('abort', giveUp);
  }
}

async function exchange(
  fetcher: Fetch,
  path: string,
  request: { readonly method: string; readonly body?: unknown },
  signal: AbortSignal,
): Promise<Reply> {
  try {
    const init: RequestInit = {
      method: request.method,
      headers: { accept: 'application/json', 'content-type': 'application/json', 'x-qing': '1' },
      credentials: 'same-origin',
      cache: 'no-store',
      // A captive portal answers with a redirect; following it would bring back its page with status 200.
      redirect: 'error',
      signal,
    };
    if (request.body !== undefined) init.body = JSON.stringify(request.body);
    const response = await fetcher(path, init);
    const text = await response.text();
    const body = parsed(text);
    if (!response.ok) {
      const problem = safeParse(problemSchema, body);
      return {
        kind: 'problem',
        status: response.status,
        problem: problem.success ? problem.output : null,
        retryAfterMs: retryAfter(response),
      };
    }
    return body === NOT_JSON ? { kind: 'lost', why: 'notOurs' } : { kind: 'answer', body };
  } catch {
    return { kind: 'lost', why: 'network' };
  }
}

const NOT_JSON = Symbol('not json');
function parsed(text: string): unknown {
  if (text === '') return null;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return NOT_JSON;
  }
}

function retryAfter(response: Response): number | null {
  const seconds = Number(response.headers.get('retry-after') ?? NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? Math.min(seconds, 3600) * 1000 : null;
}

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
    /** Goes on when the page is closed; at most 64 KiB. */
    readonly keepalive?: boolean;
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
  request: { readonly method: string; readonly body?: unknown; readonly keepalive?: boolean },
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
    if (request.keepalive) init.keepalive = true;
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

/** Whoever asks for more patience than this does not know whom he asks, ms. */
const LONGEST_MS = 5 * 60_000;

/** Seconds or an HTTP date; a date counts from the answer's own, because this phone's clock may be wrong. */
function retryAfter({ headers }: Response): number | null {
  const text = headers.get('retry-after')?.trim() ?? '';
  if (text === '') return null;
  const ms = /^\d+$/.test(text)
    ? Number(text) * 1000
    : Date.parse(text) - Date.parse(headers.get('date') ?? '');
  return Number.isFinite(ms) && ms >= 0 ? Math.min(ms, LONGEST_MS) : null;
}

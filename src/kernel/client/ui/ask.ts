import type { GenericSchema, InferOutput } from 'valibot';
import { safeParse } from 'valibot';
import type { RefusalText } from '../client-module';
import type { Reply } from '../wire';
import { call } from '../wire';

/** A page's own question to the server, outside the outbox: setting up, codes, the example. Needs a connection. */
export type Answer<T> =
  | { readonly ok: true; readonly body: T }
  | { readonly ok: false; readonly status: number; readonly code: string; readonly text: RefusalText };

/** Imports and the example school take longer than a sync. */
const PATIENCE_MS = 120_000;

export async function ask<S extends GenericSchema>(
  schema: S,
  path: string,
  request: {
    method?: string;
    body?: unknown;
    form?: FormData;
    headers?: Record<string, string>;
    signal?: AbortSignal;
  } = {},
): Promise<Answer<InferOutput<S>>> {
  const method = request.method ?? (request.body || request.form ? 'POST' : 'GET');
  const withMore = (init: RequestInit): RequestInit => ({
    ...init,
    headers: { ...(init.headers as Record<string, string>), ...request.headers },
  });
  const send = (at: string, init: RequestInit): Promise<Response> =>
    fetch(at, request.form ? multipart(withMore(init), request.form) : withMore(init));
  const reply = await Promise.race([
    call(send, path, { method, body: request.form ? undefined : request.body, deadlineMs: PATIENCE_MS }),
    aborted(request.signal),
  ]);
  if (reply.kind !== 'answer') return failure(reply);
  const parsed = safeParse(schema, reply.body);
  return parsed.success ? { ok: true, body: parsed.output } : failure({ kind: 'lost', why: 'notOurs' });
}

/** The browser writes the boundary itself, so our JSON content type has to go. */
function multipart(init: RequestInit, form: FormData): RequestInit {
  const { 'content-type': _json, ...headers } = init.headers as Record<string, string>;
  return { ...init, headers, body: form };
}

/** Given up by the person. The request may still arrive, so only questions and repeatable requests are cancellable. */
function aborted(signal: AbortSignal | undefined): Promise<Reply> {
  return new Promise((done) => {
    signal?.addEventListener('abort', () => done({ kind: 'lost', why: 'network' }));
  });
}

function failure(reply: Exclude<Reply, { kind: 'answer' }>): Extract<Answer<never>, { ok: false }> {
  if (reply.kind === 'problem' && reply.problem)
    return {
      ok: false,
      status: reply.status,
      code: reply.problem.code,
      text: { title: reply.problem.title, kept: '', todo: reply.problem.detail ?? '' },
    };
  if (reply.kind === 'problem')
    return {
      ok: false,
      status: reply.status,
      code: 'kernel.unavailable',
      text: {
        title: '服务器暂时没有应答',
        kept: '这个页面上填的内容都还在。',
        todo: '请过一会儿再点一次。',
      },
    };
  const foreign = reply.why === 'notOurs';
  return {
    ok: false,
    status: 0,
    code: 'kernel.offline',
    text: {
      title: foreign ? '收到的不是学校服务器的回答' : '现在连不上学校服务器',
      kept: '这个页面上填的内容都还在。',
      todo: foreign ? '如果连着公共无线网，请先完成它的登录，或改用手机流量。' : '请检查网络后再点一次。',
    },
  };
}

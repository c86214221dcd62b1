import type { Problem } from '@kernel/shared/protocol';

/** An answer that is not 2xx, thrown by routes: becomes an RFC 9457 body. Never carries SQL, stack or a foreign thing's name. */
export class ProblemError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly title: string,
    readonly detail?: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(`${status} ${code}`);
  }
  body(): Problem {
    return {
      type: 'about:blank',
      title: this.title,
      status: this.status,
      code: this.code,
      ...(this.detail === undefined ? {} : { detail: this.detail }),
    };
  }
}

export const badRequest = (code: string, detail?: string): ProblemError =>
  new ProblemError(400, code, '请求无法理解，没有保存任何内容', detail);
export const signedOut = (): ProblemError =>
  new ProblemError(401, 'kernel.signedOut', '请重新登录，本机内容都还在');
export const forbidden = (): ProblemError => new ProblemError(403, 'kernel.notAllowed', '没有这项权限');
export const missing = (): ProblemError => new ProblemError(404, 'kernel.notFound', '没有找到');
/** The database cannot answer just now; asking again is right. */
export const notReady = (): ProblemError =>
  new ProblemError(503, 'kernel.notReady', '服务暂时不可用', undefined, { 'retry-after': '5' });
/** No writing for now: no space, or a disk or database that was made read-only. What phones hold they send again by themselves. */
export const readOnly = (cause: 'space' | 'readOnly'): ProblemError =>
  new ProblemError(
    507,
    'kernel.readOnly',
    cause === 'space'
      ? '服务器空间满了，暂时只能看，已写的都在手机上，会自动再送'
      : '服务器暂时只能看，已写的都在手机上，会自动再送',
    undefined,
    { 'retry-after': '15' },
  );

import { gunzipSync } from 'node:zlib';
import type { FastifyRequest } from 'fastify';
import { LIMITS } from '@kernel/shared/protocol';
import { badRequest, ProblemError } from './problem';

/** The one door behind which packed bodies are understood: only there do phones send much. */
const PACKED_ROUTE = '/api/sync';
/** One output block for an ordinary push; a bomb ends at the first block beyond the limit. */
const BLOCK = 65_536;

/**
 * The text of a JSON body, unpacked when it came as gzip. The limit holds while unpacking, so a bomb never becomes more than
 * `LIMITS.bodyBytes` (and one block) of memory or a millisecond or two of time; that is also why one call on the stack is right here: a
 * thread would cost every phone more than it saves. Throws 413 (unpacks to too much), 400 `kernel.badPacking` (not gzip, cut
 * off, damaged), 415 (another encoding, or another route).
 */
export function bodyText(request: FastifyRequest, body: Buffer): string {
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (encoding === 'identity') return body.toString('utf8');
  if (encoding !== 'gzip' || request.routeOptions.url !== PACKED_ROUTE)
    throw new ProblemError(415, 'kernel.wrongType', '请求无法理解，没有保存任何内容');
  try {
    return gunzipSync(body, { maxOutputLength: LIMITS.bodyBytes, chunkSize: BLOCK }).toString('utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE')
      throw new ProblemError(413, 'kernel.tooLarge', '一次上传的内容太多，没有保存任何内容');
    throw badRequest('kernel.badPacking');
  }
}

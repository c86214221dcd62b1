import { timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { must } from '@kernel/shared/refusal';
import type { Kernel } from './kernel';
import { codeHash, codeWords, newCode } from './one-time-code';
import { ProblemError } from './problem';

const KEY = 'setUpCode';
export const SET_UP_HEADER = 'x-setup-code';

/**
 * 建校口令: printed in the window the server was started in, and asked of whoever sets the school up, so that a fresh server in a
 * network belongs to its operator and not to whoever comes first. The same for all processes of one database; null once a school
 * stands and the door is shut for good.
 */
export async function setUpCode(kernel: Kernel): Promise<string | null> {
  const { db } = kernel.store;
  if ((await kernel.store.schools()).some((s) => !s.example)) return null;
  const read = () => db.selectFrom('meta').select('value').where('key', '=', KEY).executeTakeFirst();
  let row = await read();
  if (!row) {
    await db
      .insertInto('meta')
      .values({ key: KEY, value: newCode() })
      .onConflict((c) => c.column('key').doNothing())
      .execute();
    row = await read();
  }
  return codeWords(must(row, 'it was just stored').value);
}

/** Throws 403 unless the request says the code. Nothing of the body has been read by then. */
export async function mustKnowCode(kernel: Kernel, request: FastifyRequest): Promise<void> {
  const said = request.headers[SET_UP_HEADER];
  const code = await setUpCode(kernel);
  const same =
    code !== null &&
    typeof said === 'string' &&
    timingSafeEqual(Buffer.from(codeHash('set-up', said)), Buffer.from(codeHash('set-up', code)));
  if (!same)
    throw new ProblemError(
      403,
      'kernel.wrongSetUpCode',
      '建校口令不对，没有读也没有存任何内容',
      '口令写在启动服务器的窗口里；不是您启动的，请向他要。',
    );
}

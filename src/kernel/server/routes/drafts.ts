import type { FastifyInstance, FastifyRequest } from 'fastify';
import { accessRecord } from '@kernel/shared/kernel-records';
import { askDraftSchema, saveDraftSchema } from '@kernel/shared/draft-wire';
import { HOUR } from '@kernel/shared/time';
import { forgetOldDrafts, readDraft, saveDraft } from '../drafts';
import { memberOf } from '../door';
import type { Kernel } from '../kernel';
import { ProblemError, signedOut } from '../problem';
import { take } from '../take';

/**
 * Half-written texts of the person who asks. Not part of the sync call: a command is logged and chained for ever and a record
 * has readers, while a draft is nobody else's business and is to be forgotten.
 */
export function draftRoutes(http: FastifyInstance, kernel: Kernel): void {
  const { store, clock } = kernel;
  let swept = -Infinity;

  /** The session's person, if it is who the phone thinks it is: a half-written text must not end up with somebody else. */
  const authorOf = async (request: FastifyRequest, person: string) => {
    const member = memberOf(request);
    if (person !== member.person)
      throw new ProblemError(409, 'kernel.otherPerson', '这台手机上登录的是另一位老师，草稿没有上传');
    const school = await kernel.school(member.school);
    if (!school || !(await kernel.view(school).get(accessRecord, member.person))) throw signedOut();
    return { school: school.id, person: member.person };
  };

  http.get('/api/drafts', async (request) => {
    const { person, key } = take(askDraftSchema, request.query);
    const author = await authorOf(request, person);
    return { draft: await readDraft(store.db, author, key, clock.now()) };
  });

  http.put('/api/drafts', async (request) => {
    const save = take(saveDraftSchema, request.body);
    const author = await authorOf(request, save.person);
    const now = clock.now();
    if (now - swept >= HOUR) {
      swept = now;
      await forgetOldDrafts(store.db, now);
    }
    return saveDraft(store.db, author, save, now);
  });
}

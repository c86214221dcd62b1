import { applyAnswer } from '@kernel/client/apply-answer';
import type { OpenPerson } from '@kernel/client/open-person';
import type { CommandResult, Envelope, SyncRequest, SyncResponse } from '@kernel/shared/protocol';
import type { Mutant } from './mutants';
import type { Page } from './phone';
import type { Kind } from './profile';
import type { Reply } from './server';
import type { Seams } from './world';

/** A mutant that shows best in one kind of schedule. */
export const withKind = (kind: Kind, mutant: () => Seams): Mutant => Object.assign(mutant, { kind });

export const accepted = ({ id }: { id: string }): CommandResult => ({
  ...{ id, outcome: 'accepted', seq: 1, code: null, details: null },
});

/** The answer is stored as something else. */
export const onApply = (change: (answer: SyncResponse) => SyncResponse): Seams => ({
  phone: {
    apply: (db, registry, session, exchange) =>
      applyAnswer(db, registry, session, { ...exchange, answer: change(exchange.answer) }),
  },
});

/** Something is done to a person's engine as soon as it is open. */
export const onOutbox = (change: (engine: OpenPerson) => unknown): Seams => ({
  phone: { open: (engine) => void change(engine) },
});

interface Passing {
  /** Null on the way out. */
  readonly reply: { readonly status: number } | null;
  readonly request: { commands: Envelope[]; readonly person: string };
  readonly answer: SyncResponse | null;
  readonly page: Page;
}
/** Looks at every sync request and at its answer on the phone's side, and may change both. */
export const onSync = (change: (passing: Passing) => unknown): Seams => ({
  phone: {
    fetch: (honest, page) => async (path, init) => {
      if (path !== '/api/sync') return honest(path, init);
      const request = JSON.parse(init.body as string) as SyncRequest;
      const answered = honest(path, { ...init, body: JSON.stringify(await changed(request)) });
      const response = await answered;
      const text = await response.text();
      let answer: SyncResponse | null = null;
      try {
        answer = JSON.parse(text) as SyncResponse;
      } catch {
        // Somebody else's page.
      }
      await change({ reply: response, request, answer, page });
      const { ok, status, headers } = response;
      return {
        ok,
        status,
        headers,
        text: () => Promise.resolve(answer ? JSON.stringify(answer) : text),
      } as Response;

      async function changed(asked: SyncRequest): Promise<SyncRequest> {
        await change({ reply: null, request: asked, answer: null, page });
        return asked;
      }
    },
  },
});

type Parsed = SyncResponse & { results: CommandResult[] };
/** The server's answer as it leaves. */
export const onAnswer = (change: (answer: Parsed, request: SyncRequest) => void): Seams => ({
  server: {
    answer(reply: Reply, request) {
      if (reply.status !== 200) return reply;
      const answer = JSON.parse(reply.body) as Parsed;
      change(answer, request as unknown as SyncRequest);
      return { ...reply, body: JSON.stringify(answer) };
    },
  },
});

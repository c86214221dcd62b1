import { describe, expect, test } from 'vitest';
import { UNSENT } from '@kernel/client/person-db';
import type { SyncRequest, SyncResponse } from '@kernel/shared/protocol';
import { Dice } from './engine/dice';
import { responseOf } from './engine/network';
import { inWorld, keeps, on, outboxOf } from './engine/on-page';
import type { PhoneSeams } from './engine/phone';
import { count, FIRST_SEED } from './engine/report';
import { write } from './engine/school';
import type { Reply } from './engine/server';

const json = (body: unknown, type = 'application/json', status = 200): Reply => ({
  status,
  headers: { 'content-type': type },
  body: typeof body === 'string' ? body : JSON.stringify(body),
});
const SCRIPT = '<script src="http://10.0.0.1/ad.js"></script>';

/** Things that stand between a phone and its server and answer in its place. Given the request and an honest old answer. */
const FORGERIES: Record<string, (dice: Dice, request: SyncRequest, old: SyncResponse) => Reply | 'redirect'> =
  {
    'a sign-in page': () => json('<!doctype html><title>校园网</title>', 'text/html'),
    'a sign-in page that says it is JSON': () => json('<html></html>'),
    'an empty page': () => json(''),
    'a redirect': () => 'redirect',
    'its own JSON': (dice) =>
      json(dice.pick([{ ok: true }, {}, [], null, 1, 'ok', { code: 0, msg: 'success', data: [] }])),
    'an old answer': (_d, _r, old) => json(old),
    'an old answer with a script in front': (_d, _r, old) => json(SCRIPT + JSON.stringify(old)),
    'an old answer with a script behind': (_d, _r, old) => json(JSON.stringify(old) + SCRIPT, 'text/html'),
    'a good answer cut off': (dice, r, old) => {
      const whole = JSON.stringify(answering(r, old));
      return json(whole.slice(0, dice.int(0, whole.length - 1)));
    },
    'a good answer to somebody else': (_d, r, old) => {
      const good = answering(r, old);
      return json({
        ...good,
        results: good.results.map((x, i) => ({ ...x, id: `01890000-0000-7000-8000-00000000000${i}` })),
      });
    },
    'one result twice': (_d, r, old) => {
      const good = answering(r, old);
      return json({ ...good, results: [good.results[0], good.results[0], ...good.results.slice(2)] });
    },
    'no results at all': (_d, r, old) => json({ ...answering(r, old), results: [] }),
    'outcomes of its own': (_d, r, old) => {
      const good = answering(r, old);
      return json({ ...good, results: good.results.map((x) => ({ ...x, outcome: 'ok' })) });
    },
    'another protocol': (_d, r, old) => json({ ...answering(r, old), protocol: 99 }),
    'a field missing': (dice, r, old) => {
      const good = answering(r, old) as Partial<SyncResponse>;
      delete good[
        dice.pick([
          'cursor',
          'changes',
          'serverTime',
          'beacon',
          'results',
          'more',
          'measures',
          'protocol',
        ] as const)
      ];
      return json(good);
    },
    'the right words with the wrong status': (dice, r, old) =>
      json(answering(r, old), 'application/json', dice.pick([301, 304, 400, 403, 404, 407, 500, 502, 511])),
  };

/** What our server would say if it had accepted everything. */
function answering({ commands }: SyncRequest, old: SyncResponse): SyncResponse {
  const results = commands.map(({ id }, i) => ({
    id,
    outcome: 'accepted' as const,
    seq: i + 1,
    code: null,
    details: null,
  }));
  return { ...old, results };
}

/** Whatever is between, three acts wait. Answers which forgeries made the phone believe that they were delivered. */
function believed(rounds: number, seed: number, seams: PhoneSeams = {}): Promise<string[]> {
  const dice = new Dice(seed, 'N2');
  let forge: ((r: SyncRequest) => Reply | 'redirect') | null = null;
  let old: SyncResponse | null = null;
  const fetch: PhoneSeams['fetch'] = (honest) => async (path, init) => {
    if (path !== '/api/sync') return honest(path, init);
    if (!forge) {
      const response = await honest(path, init);
      const text = await response.text();
      if (response.ok) old = JSON.parse(text) as SyncResponse;
      return responseOf(json(text, 'application/json', response.status));
    }
    const forged = forge(JSON.parse(init.body as string) as SyncRequest);
    if (forged === 'redirect') throw new TypeError('redirected');
    return responseOf(forged);
  };
  return inWorld(
    seed,
    async (world) => {
      const page = world.phones[0]!.pages[0]!;
      await on(world, page, () => page.engine!.sync.now());
      forge = () => 'redirect';
      for (let i = 0; i < 3; i++) await keeps(world, page, write, { n: `a${i}`, team: 'red', text: 'x' });
      const wrong: string[] = [];
      const kinds = Object.keys(FORGERIES);
      for (let round = 0; round < rounds; round++) {
        const kind = kinds[round % kinds.length]!;
        forge = (request) => FORGERIES[kind]!(dice, request, old!);
        await on(world, page, () => page.engine!.sync.resume());
        if (!outboxOf(page).every((e) => UNSENT.includes(e.state))) wrong.push(`${kind}, round ${round}`);
        if (wrong.length > 3) break;
      }
      forge = null;
      await on(world, page, () => page.engine!.sync.resume());
      await world.scheduler.runFor(60_000);
      await on(world, page, () => page.engine!.sync.resume());
      if (!outboxOf(page).every((e) => e.state === 'accepted'))
        wrong.push('in the end they were not delivered');
      return wrong;
    },
    { phone: { ...seams, fetch } },
  );
}

describe('N2: whoever answers in the server’s place', () => {
  const rounds = count('SIM_PORTALS', 1_000);
  test(`${rounds} answers that are not ours acknowledge nothing`, { timeout: 300_000 }, async () => {
    expect(await believed(rounds, FIRST_SEED)).toEqual([]);
  });

  test(
    'the test bites: a phone that takes any JSON for an answer believes them',
    { timeout: 300_000 },
    async () => {
      const check: PhoneSeams['check'] = (_request, body) =>
        Array.isArray((body as SyncResponse | null)?.results) ? (body as SyncResponse) : null;
      // It may also go round in circles with what it believes; that is seen as well.
      const seen = await believed(32, FIRST_SEED, { check }).catch((error: unknown) => [String(error)]);
      expect(seen).not.toEqual([]);
    },
  );
});

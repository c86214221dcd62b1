import type { Dice } from './dice';
import type { Reply } from './server';

/** What happens to one request on its way there and back. */
export type Fate =
  | 'fine'
  | 'late'
  | 'refused'
  | 'lost'
  | 'answerLost'
  | 'doubled'
  | 'cut'
  | 'broken'
  | 'endless'
  | 'vanishes'
  | 'portal'
  | 'stale'
  | 'foreign'
  | 'ours401'
  | 'ours403'
  | 'ours409'
  | 'ours426'
  | 'ours429'
  | 'ours500'
  | 'ours503';

/** How a phone's connection is for a while. */
export type Weather = 'fair' | 'patchy' | 'awful' | 'off' | 'hole' | 'outOnly' | 'portal' | 'silent';

const PATCHY: Partial<Record<Fate, number>> = {
  fine: 60,
  late: 5,
  refused: 3,
  lost: 5,
  answerLost: 8,
  doubled: 6,
  cut: 2,
  broken: 2,
  endless: 1,
  portal: 2,
  stale: 1,
  foreign: 3,
  ours401: 0.4,
  ours403: 0.7,
  ours409: 0.3,
  ours426: 0.3,
  ours429: 0.7,
  ours500: 0.7,
  ours503: 1,
};
export const FATES: Readonly<Record<Weather, Partial<Record<Fate, number>>>> = {
  fair: { fine: 1 },
  patchy: PATCHY,
  awful: { ...PATCHY, fine: 15 },
  off: { refused: 1 },
  hole: { lost: 1 },
  outOnly: { answerLost: 1 },
  portal: { portal: 1 },
  /** Connections that open and never say anything, or never end. */
  silent: { endless: 1, vanishes: 2 },
};

const problem = (status: number, code: string, headers: Record<string, string> = {}): Reply => ({
  status,
  headers: { 'content-type': 'application/problem+json; charset=utf-8', ...headers },
  body: JSON.stringify({ type: 'about:blank', title: '演习', status, code }),
});
const page = (status: number, body: string): Reply => ({
  status,
  headers: { 'content-type': 'text/html' },
  body,
});

/** An answer that somebody else gives in the server's place; null when the server itself is asked. */
export function foreignAnswer(fate: Fate, dice: Dice, stale: Reply | null): Reply | 'redirect' | null {
  switch (fate) {
    case 'portal':
      return dice.pick([
        page(200, '<!doctype html><title>校园网</title>请先登录'),
        page(200, ''),
        { status: 200, headers: { 'content-type': 'application/json' }, body: '{"ok":true}' },
        { status: 200, headers: { 'content-type': 'application/json' }, body: 'null' },
        'redirect',
      ]);
    case 'stale':
      return stale;
    case 'foreign':
      return page(dice.pick([401, 403, 404, 407, 409, 413, 426, 429, 500, 502, 503, 504]), '<h1>nginx</h1>');
    case 'ours401':
      return problem(401, 'kernel.signedOut');
    case 'ours403':
      return problem(403, 'kernel.foreignOrigin');
    case 'ours409':
      return problem(409, 'kernel.otherPerson');
    case 'ours426':
      return problem(426, 'kernel.upgrade');
    case 'ours429':
      return problem(429, 'kernel.slowDown', { 'retry-after': String(dice.int(1, 20)) });
    case 'ours500':
      return problem(500, 'kernel.defect');
    case 'ours503':
      return problem(503, 'kernel.busy', dice.chance(0.5) ? { 'retry-after': String(dice.int(1, 30)) } : {});
    default:
      return null;
  }
}

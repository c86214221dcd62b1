import type { Fetch } from './wire';

/** The one door that unpacks (`server/inflate.ts`). */
const PATH = '/api/sync';
/**
 * Characters from which on packing pays. The ordinary push of a few acts stays plain: packing would save it some hundredths of
 * a second of air, and at nine o'clock the server would unpack it for every phone at once.
 */
const WORTH = 2_000;

/** Safari before 16.4 cannot pack; its pushes are smaller instead (`outbox.ts`), and no library is loaded for it. */
export const canPack = typeof CompressionStream === 'function';

/** Packed requests that were lost one after the other before every second one goes plain. */
const LOST = 3;

/**
 * Sends large pushes as gzip. Whoever does not understand them — an older server, a proxy that inspects — answers 400, 415 or
 * a refusal that is not our server's: then the same request goes again at once as plain text, and so does everything after it
 * while this page lives. Something on the way that swallows them in silence is got round by turns. Nothing hangs on either: a
 * request may arrive twice, its ids make that harmless.
 */
export function packingFetch(fetcher: Fetch): Fetch {
  let pack = canPack;
  let lost = 0;
  return async (path, init) => {
    const { body } = init;
    const large = path === PATH && typeof body === 'string' && body.length >= WORTH;
    const turn = lost >= LOST && lost % 2 === 1;
    const packed = pack && large && !turn ? await gzip(body) : null;
    try {
      let response = await fetcher(path, packed ? withBody(init, packed) : init);
      if (packed && refusesPacking(response)) {
        pack = false;
        response = await fetcher(path, init);
      }
      lost = 0;
      return response;
    } catch (error) {
      // Without a network everything is lost and nothing is learnt.
      if (large && globalThis.navigator?.onLine !== false) lost++;
      throw error;
    }
  };
}

const withBody = (init: RequestInit, body: Blob): RequestInit => ({
  ...init,
  headers: { ...(init.headers as Record<string, string>), 'content-encoding': 'gzip' },
  body,
});

/** 401, 409, 413, 426, 429 and 5xx of our own server speak of something else. */
function refusesPacking(response: Response): boolean {
  if (response.status === 400 || response.status === 415) return true;
  const ours = response.headers.get('content-type')?.startsWith('application/problem+json') ?? false;
  return !ours && ((response.status > 400 && response.status < 500) || response.status === 501);
}

async function gzip(text: string): Promise<Blob | null> {
  try {
    return await new Response(new Blob([text]).stream().pipeThrough(new CompressionStream('gzip'))).blob();
  } catch {
    return null;
  }
}

import { isDeepStrictEqual } from 'node:util';

/** Both ways: what is too much here is as wrong as what is missing. */
export function differences(
  who: string,
  here: ReadonlyMap<string, unknown>,
  there: ReadonlyMap<string, unknown>,
): string[] {
  const out: string[] = [];
  for (const [key, body] of there)
    if (!here.has(key)) out.push(`${who} no ${key}`);
    else if (!isDeepStrictEqual(here.get(key), body))
      out.push(`${who} ${key} as ${JSON.stringify(here.get(key))} instead of ${JSON.stringify(body)}`);
  for (const key of here.keys()) if (!there.has(key)) out.push(`${who} ${key}, which should not be there`);
  return out;
}

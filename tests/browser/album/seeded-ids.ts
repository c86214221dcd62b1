import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';

/**
 * From here on `randomUUID` counts instead of rolling dice, in this process and so in the server it runs. Where two people of the
 * example are equally good for a role the one with the smaller id is chosen: it should be the same one in every picture.
 */
export function seedIds(): void {
  let serial = 0;
  const seeded = (): ReturnType<typeof crypto.randomUUID> => {
    serial += 1;
    const hex = crypto.createHash('sha256').update(`screens ${serial}`).digest('hex');
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
  };
  Object.assign(crypto, { randomUUID: seeded });
  syncBuiltinESMExports();
}

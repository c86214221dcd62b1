import { Dexie } from 'dexie';

/** The page dies at the n-th write to IndexedDB from now; `null` = it lives. */
export const armed: { left: number | null } = { left: null };

export class Crash extends Error {
  override readonly name = 'CrashError';
}

// Every database made from now on passes its writes through here.
Dexie.addons.push((db) => {
  db.use({
    stack: 'dbcore',
    name: 'crash',
    create: (core) => ({
      ...core,
      table(name) {
        const table = core.table(name);
        return {
          ...table,
          mutate(request) {
            if (armed.left !== null && --armed.left < 0) return Promise.reject(new Crash(`at ${name}`));
            return table.mutate(request);
          },
        };
      },
    }),
  });
});

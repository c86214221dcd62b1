/**
 * What the first page needs, asked of the bundler instead of listed by hand: everything that is imported, directly or not,
 * by the entry and by the parts that are named as belonging to the first page although they are loaded by name.
 */
import type { Plugin } from 'vite';

export interface FirstPage {
  readonly plugin: Plugin;
  /** To be asked when chunks are made, after the last module was read. */
  has(id: string): boolean;
}

/** @param begins matches the ids of the entry and of what is shown on the first page */
export function firstPage(begins: RegExp): FirstPage {
  const needed = new Set<string>();
  return {
    has: (id) => needed.has(id),
    plugin: {
      name: 'house:first-page',
      apply: 'build',
      buildEnd() {
        needed.clear();
        const next = [...this.getModuleIds()].filter((id) => begins.test(id));
        for (let id = next.pop(); id !== undefined; id = next.pop()) {
          if (needed.has(id)) continue;
          needed.add(id);
          next.push(...(this.getModuleInfo(id)?.importedIds ?? []));
        }
      },
    },
  };
}

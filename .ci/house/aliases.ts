/** The aliases of the tsconfigs, for Vite and Vitest. A module's bare name is its front door. */
export const aliasesFor = (root: string): { find: RegExp; replacement: string }[] => [
  { find: /^@kernel\//, replacement: `${root}/src/kernel/` },
  { find: /^@modules\/([^/]+)$/, replacement: `${root}/src/modules/$1/shared/index.ts` },
  { find: /^@modules\/(?=[^/]+\/)/, replacement: `${root}/src/modules/` },
  { find: /^@app\//, replacement: `${root}/src/app/` },
];

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(__dirname, '../../../src');

/** Every stylesheet and style block of the client. */
function* styles(folder: string): Generator<{ file: string; css: string }> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* styles(path);
    else if (entry.name.endsWith('.css')) yield { file: path, css: readFileSync(path, 'utf8') };
    else if (entry.name.endsWith('.vue'))
      for (const block of readFileSync(path, 'utf8').matchAll(/<style[^>]*>([\s\S]*?)<\/style>/g))
        yield { file: path, css: block[1] ?? '' };
  }
}

/** What Chromium 87 or Safari 14 drop, and what it would do there. */
const MISSING: readonly (readonly [RegExp, string])[] = [
  [/:(has|is|where)\(/, 'the whole rule is dropped'],
  [/(^|[\s;{])inset:/m, 'the box loses its place'],
  [/aspect-ratio:/, 'the box collapses'],
  [/@container|container-type/, 'the rule is dropped'],
  [/@layer/, 'everything in it is dropped'],
  [/color-mix\(|oklch\(/, 'the colour is dropped'],
  [/\b\d+(dvh|svh|lvh|dvw)\b/, 'the size is dropped'],
  [/(^|[\s;{])gap:(?![^}]*grid)/m, 'children of a flex box touch: use grid-gap or margins'],
];

describe('styles', () => {
  const found = [...styles(root)];

  it.each(MISSING)('do without %s', (pattern, why) => {
    const hits = found.filter(({ css }) => pattern.test(css)).map(({ file }) => file.slice(root.length + 1));
    expect(hits, why).toEqual([]);
  });
});

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const css = readFileSync(new URL('../../../src/kernel/client/ui/tokens.css', import.meta.url), 'utf8');
type Colours = Readonly<Record<string, string>>;

function block(selector: string): Colours {
  const at = css.indexOf(`${selector} {`);
  expect(at, `tokens.css has a block ${selector}`).toBeGreaterThan(-1);
  const body = css.slice(at, css.indexOf('}', at));
  return Object.fromEntries([...body.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6})\b/g)].map((m) => [m[1], m[2]]));
}

function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5].map((i) => {
    const c = parseInt(hex.slice(i, i + 2), 16) / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(one: string, other: string): number {
  const [dark, light] = [luminance(one), luminance(other)].sort((x, y) => x - y) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

const pairs = [...css.matchAll(/@pair(-large)? ([\w-]+) ([\w-]+)/g)].map((m) => ({
  text: m[2] as string,
  ground: m[3] as string,
  least: m[1] ? 3 : 4.5,
}));
const light = block(':root');
const dark = block(":root[data-theme='dark']");

describe('the palette', () => {
  it('declares the pairs it is used in', () => {
    expect(pairs.length).toBeGreaterThan(40);
    const named = new Set(pairs.flatMap((p) => [p.text, p.ground]));
    const unused = Object.keys(light).filter((name) => !named.has(name) && name !== 'line');
    expect(unused, 'colours without a checked pair').toEqual([]);
  });

  it('is the same dark by the system and dark by choice', () => {
    expect(block(":root:not([data-theme='light'])")).toEqual(dark);
    expect(Object.keys(dark)).toEqual(Object.keys(light));
  });

  describe.each([
    ['light', light],
    ['dark', dark],
  ])('in %s', (_name, colours) => {
    it.each(pairs)('$text on $ground can be read', ({ text, ground, least }) => {
      expect(contrast(colours[text] ?? text, colours[ground] ?? ground)).toBeGreaterThanOrEqual(least);
    });
  });
});

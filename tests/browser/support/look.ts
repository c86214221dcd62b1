import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';
import { settled } from './settled';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

export type Looks = 'light' | 'dark' | 'elder';

/** Puts on a look the way 我的 does, without leaving the page as it stands. */
export async function wear(page: Page, looks: Looks): Promise<void> {
  await page.evaluate((to) => {
    const root = document.documentElement;
    root.toggleAttribute('data-elder', to === 'elder');
    root.setAttribute('data-theme', to === 'dark' ? 'dark' : 'light');
  }, looks);
  await settled(page);
}

/** What axe objects to, one line each: the rule and where. */
export async function barriers(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(
    (tags) =>
      (window as unknown as { axe: { run(at: Document, o: object): Promise<AxeResults> } }).axe.run(
        document,
        {
          runOnly: tags,
          resultTypes: ['violations'],
        },
      ),
    RULES,
  );
  return violations.flatMap((v) =>
    v.nodes
      .slice(0, 4)
      .map(
        (n) =>
          `${v.id}: ${n.target.join(' ')} ${n.any[0]?.message ?? n.all[0]?.message ?? n.none[0]?.message ?? ''}`,
      ),
  );
}

/** What sticks out of the screen to the right, or is cut off; empty when everything fits. */
export function overflow(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    const name = (el: Element): string =>
      `${el.tagName.toLowerCase()}.${[...el.classList].join('.')} “${(el.textContent ?? '').trim().slice(0, 24)}”`;
    const style = (el: Element): CSSStyleDeclaration => getComputedStyle(el);
    const scrolls = (el: Element | null): boolean =>
      el !== null &&
      el !== document.body &&
      (/auto|scroll/.test(style(el).overflowX) || scrolls(el.parentElement));
    const hidden = (el: Element): boolean => {
      const s = style(el);
      const r = el.getBoundingClientRect();
      return (
        s.visibility === 'hidden' ||
        r.width < 2 ||
        r.height < 2 ||
        el.closest('.sr, .skip') !== null ||
        s.clip !== 'auto'
      );
    };
    const found: string[] = [];
    const page = document.scrollingElement ?? document.documentElement;
    if (page.scrollWidth > width) found.push(`the page is ${page.scrollWidth} wide on ${width}`);
    for (const el of document.querySelectorAll('body *')) {
      if (hidden(el) || scrolls(el.parentElement)) continue;
      const r = el.getBoundingClientRect();
      if (r.right > width + 1 || r.left < -1)
        found.push(`${name(el)} reaches from ${Math.round(r.left)} to ${Math.round(r.right)}`);
      else if (/hidden|clip/.test(style(el).overflowX) && el.scrollWidth > el.clientWidth + 1)
        found.push(`${name(el)} is cut at its side`);
    }
    return found.slice(0, 6);
  });
}

/** What is too small for a thumb; words inside a sentence are exempt by WCAG 2.5.8, and seven days of a week share a screen's width. */
export function smallTargets(page: Page, least: number): Promise<string[]> {
  return page.evaluate((min) => {
    const found: string[] = [];
    const seen = new Set<Element>();
    for (const el of document.querySelectorAll(
      'a[href], button, input, select, textarea, summary, [role="button"], [role="switch"]',
    )) {
      // A control hidden behind its label is touched by the label.
      const target = el.matches('input') ? (el.closest('label') ?? el) : el;
      if (seen.has(target)) continue;
      seen.add(target);
      const s = getComputedStyle(target);
      const r = target.getBoundingClientRect();
      if (r.width < 2 || r.height < 2 || s.visibility === 'hidden' || target.closest('.skip, .sr, [hidden]'))
        continue;
      if (s.display === 'inline' || target.closest('p a')) continue;
      if (r.height < min - 0.5 || (r.width < min - 0.5 && !target.matches('.grid .day')))
        found.push(
          `${target.tagName.toLowerCase()}.${[...target.classList].join('.')} “${(target.textContent ?? '').trim().slice(0, 20)}” is ${Math.round(r.width)} × ${Math.round(r.height)}`,
        );
    }
    return found.slice(0, 8);
  }, least);
}

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import type { Looks } from '../support/look';
import { wear } from '../support/look';
import { settled } from '../support/settled';
import { alike } from './alike';

const MOST_BYTES = 80_000;
const PHONE = { width: 390, height: 844 };
export const DESK = { width: 1440, height: 900 };

interface Picture {
  readonly file: string;
  readonly words: string;
}
interface Chapter {
  readonly title: string;
  readonly pictures: Picture[];
}

/** The folder of screens: named by journey and order, written only where something changed, with a list by journey. */
export class Album {
  private readonly chapters: Chapter[] = [];
  private written = 0;

  constructor(private readonly folder: string) {
    mkdirSync(folder, { recursive: true });
  }

  chapter(title: string): void {
    this.chapters.push({ title, pictures: [] });
  }

  /** Takes a picture of what the page shows now. */
  async take(page: Page, name: string, words: string, looks: Looks | 'desk' = 'light'): Promise<void> {
    await page.setViewportSize(looks === 'desk' ? DESK : PHONE);
    await wear(page, looks === 'desk' ? 'light' : looks);
    await page.evaluate(makeAlike);
    await settled(page);
    const [bytes, kind] = await shot(page);
    const file = `${name}${looks === 'light' ? '' : `-${looks}`}.${kind}`;
    const path = join(this.folder, file);
    if (!existsSync(path) || !(await alike(page, readFileSync(path), bytes))) this.put(file, bytes);
    this.chapters[this.chapters.length - 1]!.pictures.push({ file, words: `${words}${LOOK_WORDS[looks]}` });
    await wear(page, 'light');
    await page.setViewportSize(PHONE);
  }

  /** Writes the list and removes what is in no chapter any more. Answers how many files changed. */
  finish(): number {
    const lines = this.chapters.map(({ title, pictures }) =>
      [`## ${title}`, '', ...pictures.map((p) => `- [${p.file}](${p.file}): ${p.words}`)].join('\n'),
    );
    this.put('README.md', Buffer.from(`${HEAD}\n\n${lines.join('\n\n')}\n`));
    const kept = new Set(['README.md', ...this.chapters.flatMap((c) => c.pictures.map((p) => p.file))]);
    for (const file of readdirSync(this.folder)) if (!kept.has(file)) rmSync(join(this.folder, file));
    return this.written;
  }
  get size(): number {
    return this.chapters.reduce((sum, c) => sum + c.pictures.length, 0);
  }

  private put(file: string, bytes: Buffer): void {
    const path = join(this.folder, file);
    if (existsSync(path) && readFileSync(path).equals(bytes)) return;
    writeFileSync(path, bytes);
    this.written += 1;
  }
}

const LOOK_WORDS: Readonly<Record<Looks | 'desk', string>> = {
  light: '',
  dark: ' (dark)',
  elder: ' (长者模式)',
  desk: ' (desktop)',
};

const HEAD = `# Screens

Made by \`npm run screens\` from the built app and the built server, on a clock that stands still: an unchanged screen keeps its bytes.
Phone pictures are 390 × 844, desktop ones 1440 × 900. Journeys J1–J12 are those of the interaction budget. Nobody in them is real.`;

/** A drawing of few colours is smallest as PNG; a full one as JPEG. */
async function shot(page: Page): Promise<[Buffer, 'png' | 'jpg']> {
  const still = { animations: 'disabled', caret: 'hide', scale: 'css' } as const;
  const png = await page.screenshot({ ...still, type: 'png' });
  if (png.length <= MOST_BYTES) return [png, 'png'];
  for (const quality of [70, 55, 40]) {
    const jpg = await page.screenshot({ ...still, type: 'jpeg', quality });
    if (jpg.length <= MOST_BYTES || quality === 40) return [jpg, 'jpg'];
  }
  throw new Error('unreachable');
}

/** Takes out what differs from run to run and says nothing about the design: the build’s name, bytes on this disk, the port. */
function makeAlike(): void {
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    const words = node.nodeValue ?? '';
    const alike = words
      .replace(/\d+\.\d+\.\d+\+[0-9a-f]{10}/, '0.1.0')
      .replace(/占 [\d.]+ [KM]B/, '占 1.2 MB')
      .replace(/http:\/\/127\.0\.0\.1:\d+/, 'https://taizhang.example');
    if (alike !== words) node.nodeValue = alike;
  }
}

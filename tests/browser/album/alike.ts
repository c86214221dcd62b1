import type { Page } from 'playwright-core';

/** Round corners are drawn in tiles and come out a shade different now and then; a letter that changed is far from that. */
const SHADE = 20;

/** Do two pictures show the same? Compared by the browser, in a page of its own. */
export async function alike(page: Page, before: Buffer, after: Buffer): Promise<boolean> {
  if (before.equals(after)) return true;
  const table = await page.context().newPage();
  try {
    return await table.evaluate(
      async ({ pictures, shade }) => {
        // No function in here may have a name: the runner of TypeScript would wrap it in a helper that pages do not have.
        const dots: ImageData[] = [];
        for (const base64 of pictures) {
          const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
          const picture = await createImageBitmap(new Blob([bytes]));
          const paper = new OffscreenCanvas(picture.width, picture.height).getContext('2d')!;
          paper.drawImage(picture, 0, 0);
          dots.push(paper.getImageData(0, 0, picture.width, picture.height));
        }
        const [one, two] = dots as [ImageData, ImageData];
        if (one.width !== two.width || one.height !== two.height) return false;
        return one.data.every((value, i) => Math.abs(value - two.data[i]!) <= shade);
      },
      { pictures: [before.toString('base64'), after.toString('base64')], shade: SHADE },
    );
  } finally {
    await table.close();
  }
}

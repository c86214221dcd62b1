/** `npm run screens`: looks at every journey in a real browser and writes docs/screens. */
import { fileURLToPath } from 'node:url';
import { HandClock } from '../support/clock';
import { Album } from './album/album';
import { exampleScreens } from './album/example-screens';
import { firstVisitScreens } from './album/first-visit-screens';
import { releaseScreens } from './album/release-screens';
import { seedIds } from './album/seeded-ids';
import { smallSchoolScreens } from './album/small-school-screens';
import { openBrowser } from './support/browser';
import { openSite } from './support/site';

/** The same address every time: it is in the picture of a QR code. */
const PORT = 48_317;

seedIds();
const album = new Album(fileURLToPath(new URL('../../docs/screens', import.meta.url)));
const clock = new HandClock('2026-11-26', '14:10');
const [site, browser] = await Promise.all([openSite(clock, PORT), openBrowser()]);
try {
  await firstVisitScreens(album, site, browser, clock.now());
  await exampleScreens(album, site, browser, clock.now());
} finally {
  await browser.close();
  await site.close();
}
await smallSchoolScreens(album, PORT);
await releaseScreens(album);
const changed = album.finish();
process.stdout.write(`${album.size} screens in docs/screens, ${changed} files changed\n`);

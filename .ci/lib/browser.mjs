/** A Chromium and a Chinese font: found, or installed where we may (Debian, root), or asked for in plain words. */
import { ask, isExecutable, isRoot, onPath, run } from './run.mjs';
import { say, Stop } from './say.mjs';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];
const PLACES = [
  '/usr/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

/** The path of a browser; throws Stop when there is none and none could be installed. */
export const ensureBrowser = async () => {
  let browser = findBrowser();
  const missing = [
    ...(browser ? [] : ['chromium']),
    ...(hasChineseFont() ? [] : ['fonts-noto-cjk', 'fontconfig']),
  ];
  if (missing.length === 0) return browser;

  if (isRoot() && onPath('apt-get')) {
    say(`Installing ${missing.join(' and ')} (apt-get)…`);
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    const quiet = { env, stdio: ['ignore', 'ignore', 'inherit'] };
    await run('apt-get', ['update', '-qq'], quiet);
    await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...missing], quiet);
    browser = findBrowser();
  }
  if (!browser) {
    throw new Stop(
      'No Chromium found for the browser tests. Install one (Debian: apt-get install chromium; elsewhere Google Chrome), ' +
        'or set CHROMIUM_PATH to an executable, then run the same command again.',
    );
  }
  if (!hasChineseFont()) {
    throw new Stop(
      'No Chinese font found: every screenshot would show boxes. Install one (Debian: apt-get install fonts-noto-cjk) and run the same command again.',
    );
  }
  return browser;
};

const findBrowser = () => {
  const named = process.env.CHROMIUM_PATH;
  if (named) {
    if (isExecutable(named)) return named;
    throw new Stop(`CHROMIUM_PATH is set to ${named}, but nothing there can be run.`);
  }
  return onPath(...NAMES) ?? PLACES.find(isExecutable) ?? null;
};

/** Only Linux can lack one. fc-list comes with fontconfig, which a bare Debian does not have either. */
const hasChineseFont = () => {
  if (process.platform !== 'linux') return true;
  return Boolean(onPath('fc-list') && ask('fc-list', [':lang=zh-cn', 'family']));
};

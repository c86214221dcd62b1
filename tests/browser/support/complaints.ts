import type { Page } from 'playwright-core';

/** What a page complains of: errors on its console and errors nobody caught. Only without a network some are expected. */
export function watchFor(page: Page, complaints: string[], online: () => boolean): void {
  page.on('pageerror', (error) => complaints.push(`not caught: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() !== 'error') return;
    const { url } = message.location();
    const words = message.text();
    // A request that began before the network went may end just after it is back.
    if (/ERR_INTERNET_DISCONNECTED|ERR_NETWORK_CHANGED/.test(words)) return;
    if (!online() && /Failed to (fetch|load)|net::ERR_/.test(words)) return;
    complaints.push(`${words} (${url})`);
  });
}

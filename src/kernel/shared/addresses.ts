/**
 * Which addresses are pages of the app. The server answers them with index.html, the service worker with the copy it
 * keeps; both ask here, so that neither ever answers an API call or a missing file with a page (reliability.md W5).
 */

/** What the server answers itself, with everything below it. `b` are the pages for families, made on the server. */
const SERVER_OWN = ['api', 'assets', 'b', 'healthz', 'readyz', 'metrics'];

/** @param path of a URL, as sent: may hold percent escapes, holds no query */
export function isAppPage(path: string): boolean {
  let plain: string;
  try {
    plain = decodeURIComponent(path);
  } catch {
    return false;
  }
  const parts = plain.toLowerCase().split('/').filter(Boolean);
  // An ending asks for a file; whoever asks for a file that is not there wants to hear so.
  return !SERVER_OWN.includes(parts[0] ?? '') && !/\.\w+$/.test(parts[parts.length - 1] ?? '');
}

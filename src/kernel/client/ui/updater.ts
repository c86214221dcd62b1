/** How this app changes to its new version; the app says so at its start, the shell only knows when it is needed. */
let change: () => Promise<unknown> = () => Promise.reject(new Error('not told'));

export function howToUpdate(way: () => Promise<unknown>): void {
  change = way;
}

/** Ends with a reload, also where the app's own way fails. */
export async function changeVersion(): Promise<void> {
  try {
    await change();
  } catch {
    location.reload();
  }
}

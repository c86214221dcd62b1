import { putAway } from '@kernel/client/unsaved';

/**
 * Other tabs are never reloaded from here: they go on with the files of their own build, which are kept. But a new build
 * may change the database under them, so what is half written there is put into its draft first.
 */
const NAME = 'qing-update';
const ANSWER_MS = 400;

const channel = typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel(NAME);

channel?.addEventListener('message', () => void putAway());

/** Resolves when the others have had time to save; a frozen tab has saved when it was hidden. */
export async function tellTabs(): Promise<void> {
  if (!channel) return;
  channel.postMessage('saving');
  await new Promise((done) => setTimeout(done, ANSWER_MS));
}

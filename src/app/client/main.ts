import '@kernel/client/ui/tokens.css';
import '@kernel/client/ui/base.css';
import { createApp } from 'vue';
import { registry } from '@app/shared/modules';
import { provideDevice } from '@kernel/client/app-context';
import { applyPrefs } from '@kernel/client/ui/prefs';
import { showModules } from '@kernel/client/ui/shell-modules';
import { howToUpdate } from '@kernel/client/ui/updater';
import App from './App.vue';
import { clientModules } from './modules';
import { makeRouter } from './router';
import { watchMissingFiles } from './update/missing-files';

applyPrefs();
showModules(clientModules, registry.policy);
howToUpdate(async () => (await import('./update/updates')).update());

const app = createApp(App);
const phone = provideDevice(app, { registry });
const router = makeRouter(clientModules, phone);
watchMissingFiles(router, phone.device.build);
app.use(router);

// Mounted when the first page is known, so that the still page of index.html is replaced once and nothing jumps.
void router.isReady().then(
  () => app.mount('#app'),
  () => app.mount('#app'),
);

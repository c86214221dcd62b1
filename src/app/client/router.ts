import { nextTick } from 'vue';
import type { Router } from 'vue-router';
import { createRouter, createWebHistory } from 'vue-router';
import { announce } from '@kernel/client/ui/announce';
import type { ClientModule } from '@kernel/client/client-module';
import type { DeviceContext } from '@kernel/client/app-context';
import { actorNow } from '@kernel/client/judge';
import { mayDo } from '@kernel/shared/policy';
import { assert } from '@kernel/shared/refusal';

/**
 * Route meta: `title` the page's name · `public` needs nobody signed in and has no tabs · `open` either · `form` holds
 * something being written: no update prompt there · `edits` commands it can open again as `?entry=<outbox id>`.
 */
export function makeRouter(modules: readonly ClientModule[], phone: DeviceContext): Router {
  const { policy } = phone.device.registry;
  const router = createRouter({
    history: createWebHistory(),
    routes: [
      { path: '/', component: () => import('./pages/TodayPage.vue'), meta: { title: '今日' } },
      { path: '/me', component: () => import('./pages/MePage.vue'), meta: { title: '我的' } },
      {
        path: '/account',
        component: () => import('./pages/AccountPage.vue'),
        meta: { title: '账号和登录的设备' },
      },
      { path: '/ledger', component: () => import('./pages/LedgerPage.vue'), meta: { title: '账本指纹' } },
      {
        path: '/refusals',
        component: () => import('./pages/RefusalsPage.vue'),
        meta: { title: '本产品拒绝做的事', open: true },
      },
      {
        path: '/welcome',
        component: () => import('./pages/WelcomePage.vue'),
        meta: { title: '欢迎', public: true },
      },
      {
        path: '/sign-in',
        component: () => import('./pages/SignInPage.vue'),
        meta: { title: '登录', public: true },
      },
      {
        path: '/activate',
        component: () => import('./pages/ActivatePage.vue'),
        meta: { title: '开通账号', public: true },
      },
      {
        path: '/example',
        component: () => import('./pages/ExamplePage.vue'),
        meta: { title: '示例学校', public: true },
      },
      ...modules.flatMap((m) => m.routes),
      {
        path: '/:rest(.*)*',
        name: 'missing',
        component: () => import('./pages/NotFoundPage.vue'),
        meta: { title: '没有这个页面', open: true },
      },
    ],
    scrollBehavior(to, from, saved) {
      // A sheet's own history entry is the same page: stay where the thumb is.
      if (to.path === from.path) return saved ?? false;
      return saved ?? { top: 0 };
    },
  });

  for (const { path } of router.getRoutes())
    assert(policy.has(`page ${path}`), `policy: no row for page ${path}`);

  router.beforeEach(async (to) => {
    if (to.meta['public'] || to.meta['open']) return true;
    // Somebody kept on this phone is opened without the network; a new phone does not wait for a slow answer.
    await Promise.race([phone.ready, new Promise((done) => setTimeout(done, 1500))]);
    const person = phone.device.person.value;
    if (!person) return { path: '/welcome', replace: true };
    // Before the first sync nobody knows what a person may; a page that shows nothing of the school's yet may stay.
    const { db, session } = person;
    const actor = await actorNow(db, session, phone.device.now()).catch(() => null);
    const allowed = !actor || mayDo(policy, actor, `page ${to.matched[0]?.path ?? ''}`);
    return allowed ? true : { name: 'missing', params: { rest: to.path.slice(1).split('/') }, replace: true };
  });

  router.afterEach((to, from, failure) => {
    if (failure) return;
    const title = typeof to.meta['title'] === 'string' ? to.meta['title'] : '';
    document.title = title ? `${title} · 轻台账` : '轻台账';
    if (from.matched.length === 0 || to.path === from.path) return;
    announce(title);
    void nextTick(() => document.getElementById('main')?.focus({ preventScroll: true }));
  });

  return router;
}

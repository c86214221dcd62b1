import { defineClientModule } from '@kernel/client/client-module';
import type { Actor } from '@kernel/shared/scope';

const leads = (actor: Actor): boolean => actor.oversees.some((s) => s.split('/').length < 3);
const leadsOnlyClasses = (actor: Actor): boolean => actor.oversees.length > 0 && !leads(actor);

const tab = { title: '本周', path: '/week', route: '/week/:monday?', icon: 'week' };

/** 本周 on the phone: for whoever looks after a school, a grade or a class. */
export const overviewClient = defineClientModule({
  id: 'overview',
  routes: [
    { path: '/week/:monday?', component: () => import('./pages/WeekPage.vue'), meta: { title: '本周' } },
  ],
  tabs: [
    { ...tab, id: 'week', order: 15, visible: leads },
    // A head teacher's own board comes before the week.
    { ...tab, id: 'week-class', order: 35, visible: leadsOnlyClasses },
  ],
  todayCards: [
    {
      order: 40,
      operation: 'page /week/:monday?',
      visible: leads,
      component: () => import('./cards/WeekCard.vue'),
    },
  ],
  texts: { refusals: {}, commands: {} },
});

import { defineClientModule } from '@kernel/client/client-module';
import { texts } from './texts';

/** 学校、人员、校历 on the phone. */
export const orgClient = defineClientModule({
  id: 'org',
  routes: [
    {
      path: '/setup',
      component: () => import('./setup/SetupPage.vue'),
      meta: { title: '建立我的学校', public: true, form: true },
    },
    { path: '/people', component: () => import('./people/PeoplePage.vue'), meta: { title: '人员' } },
    { path: '/classes', component: () => import('./ClassesPage.vue'), meta: { title: '班级名册' } },
    { path: '/calendar', component: () => import('./calendar/CalendarPage.vue'), meta: { title: '校历' } },
    { path: '/duty-table', component: () => import('./DutyTablePage.vue'), meta: { title: '护学岗值班表' } },
  ],
  tabs: [
    {
      id: 'org.people',
      title: '人员',
      path: '/people',
      icon: 'people',
      order: 60,
    },
    {
      id: 'org.classes',
      title: '班级名册',
      path: '/classes',
      icon: 'school',
      order: 210,
    },
    {
      id: 'org.calendar',
      title: '校历',
      path: '/calendar',
      icon: 'calendar',
      order: 220,
    },
    {
      id: 'org.dutyTable',
      title: '护学岗值班表',
      path: '/duty-table',
      icon: 'duty',
      order: 230,
    },
  ],
  todayCards: [
    { order: 1, operation: 'page /calendar', component: () => import('./SchoolDayCard.vue') },
    {
      order: 90,
      operation: 'org.v1.setDay',
      component: () => import('./calendar/CalendarGapCard.vue'),
    },
  ],
  texts,
});

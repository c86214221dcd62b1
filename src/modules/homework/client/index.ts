import { defineClientModule } from '@kernel/client/client-module';
import { holds, isHere } from '@kernel/shared/scope';
import {
  assign,
  correct,
  excuse,
  returnItem,
  revise,
  sign,
  withdraw,
  ASSIGN_TASK,
  REWRITE_TASK,
} from '../shared';
import { overseesMany } from './board/scopes';
import { homeworkTexts } from './texts';
import { useSignBadge } from './sign/use-sign-badge';

const ACTS = [assign, revise, withdraw, sign, returnItem, correct, excuse].map((c) => c.name);

/** 作业 on the phone. */
export const homeworkClient = defineClientModule({
  id: 'homework',
  routes: [
    {
      path: '/homework/new',
      component: () => import('./pages/NewPage.vue'),
      meta: { title: '新作业', form: true },
    },
    {
      path: '/homework/edit',
      component: () => import('./pages/EditPage.vue'),
      meta: { title: '改好再交', form: true, edits: ACTS },
    },
    {
      path: '/homework/edit/:commandId',
      component: () => import('./pages/EditPage.vue'),
      meta: { title: '改好再交', form: true },
    },
    { path: '/homework/mine', component: () => import('./pages/MinePage.vue'), meta: { title: '我的作业' } },
    { path: '/homework/item/:id', component: () => import('./pages/ItemPage.vue'), meta: { title: '作业' } },
    {
      path: '/homework/item/:id/revise',
      component: () => import('./pages/ItemEditPage.vue'),
      props: { mode: 'revise' },
      meta: { title: '改好再交', form: true },
    },
    {
      path: '/homework/item/:id/correct',
      component: () => import('./pages/ItemEditPage.vue'),
      props: { mode: 'correct' },
      meta: { title: '更正', form: true },
    },
    { path: '/homework/sign', component: () => import('./pages/SignPage.vue'), meta: { title: '审签' } },
    { path: '/homework/board', component: () => import('./pages/BoardPage.vue'), meta: { title: '班级' } },
    {
      path: '/homework/board/:class/:day?',
      component: () => import('./pages/BoardPage.vue'),
      meta: { title: '公示栏' },
    },
    {
      path: '/homework/boards/:day?',
      component: () => import('./pages/BoardsPage.vue'),
      meta: { title: '各班公示栏' },
    },
    {
      path: '/homework/behind/:what',
      component: () => import('./pages/BehindPage.vue'),
      meta: { title: '数字背后的记录' },
    },
  ],
  tabs: [
    {
      id: 'sign',
      title: '审签',
      path: '/homework/sign',
      icon: 'sign',
      order: 10,
      badge: useSignBadge,
    },
    { id: 'class', title: '班级', path: '/homework/board', icon: 'board', order: 20 },
    {
      id: 'mine',
      title: '作业',
      path: '/homework/mine',
      icon: 'homework',
      order: 50,
      // Who has left the school has nothing else to open.
      visible: (actor) => holds(actor, 'teacher') || !isHere(actor),
    },
  ],
  todayCards: [
    { order: 10, operation: 'page /homework/sign', component: () => import('./cards/SignCard.vue') },
    { order: 20, operation: 'page /homework/board', component: () => import('./cards/BoardCard.vue') },
    {
      order: 30,
      operation: 'page /homework/boards/:day?',
      visible: overseesMany,
      component: () => import('./cards/BoardsCard.vue'),
    },
  ],
  taskCards: {
    [ASSIGN_TASK]: () => import('./cards/AssignCard.vue'),
    [REWRITE_TASK]: () => import('./cards/RewriteCard.vue'),
  },
  texts: homeworkTexts,
});

import type { Component } from 'vue';
import { defineAsyncComponent } from 'vue';
import type { Policy } from '@kernel/shared/policy';
import { mayDo } from '@kernel/shared/policy';
import type { Actor } from '@kernel/shared/scope';
import type { ClientModule, LazyComponent, TabEntry, TodayCard } from '../client-module';
import { makeTexts } from '../texts';
import QSkeleton from './QSkeleton.vue';
import { showTexts } from './shown-texts';

/** What the modules of this build add to the shell. Set once by the app, before the first render. */
let modules: readonly ClientModule[] = [];
let policy: Policy = new Map();

export function showModules(all: readonly ClientModule[], table: Policy): void {
  modules = all;
  policy = table;
  showTexts(makeTexts(all));
}

const byOrder = (a: { order: number }, b: { order: number }): number => a.order - b.order;

export const tabsFor = (actor: Actor): TabEntry[] =>
  modules
    .flatMap((m) => m.tabs ?? [])
    .filter((t) => mayDo(policy, actor, `page ${t.route ?? t.path}`) && (t.visible?.(actor) ?? true))
    .sort(byOrder);

export const allTabs = (): TabEntry[] => modules.flatMap((m) => m.tabs ?? []).sort(byOrder);

export const todayCardsFor = (actor: Actor): TodayCard[] =>
  modules
    .flatMap((m) => m.todayCards ?? [])
    .filter((c) => mayDo(policy, actor, c.operation) && (c.visible?.(actor) ?? true))
    .sort(byOrder);

export function taskCard(type: string): Component | null {
  for (const m of modules) {
    const found = m.taskCards?.[type];
    if (found) return lazy(found);
  }
  return null;
}

const made = new Map<LazyComponent, Component>();

/** One wrapper per loader, and space kept while its file is on the way. */
export function lazy(loader: LazyComponent): Component {
  let component = made.get(loader);
  if (!component) {
    component = defineAsyncComponent({
      loader: async () => {
        const loaded = await loader();
        return 'default' in loaded ? loaded.default : loaded;
      },
      loadingComponent: QSkeleton,
      delay: 0,
    });
    made.set(loader, component);
  }
  return component;
}

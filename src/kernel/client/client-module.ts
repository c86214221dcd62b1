import type { Component, ComputedRef, Ref } from 'vue';
import type { RouteRecordRaw } from 'vue-router';
import type { BodyOf } from '@kernel/shared/record';
import type { taskRecord } from '@kernel/shared/kernel-records';
import type { Actor } from '@kernel/shared/scope';

/** Loaded when first shown: `() => import('./assign-card.vue')`. */
export type LazyComponent = () => Promise<{ readonly default: Component }>;

export interface TabEntry {
  readonly id: string;
  readonly title: string;
  readonly path: string;
  /** The route it leads to, as the policy names it. @default `path` */
  readonly route?: string;
  /** Name of an inline icon of the shell's one set. */
  readonly icon: string;
  /** Lower comes first. */
  readonly order: number;
  /** Beyond the policy: who needs it at hand. @default everybody who may open the page */
  visible?(actor: Actor): boolean;
  /** A composable, called once in the shell's setup. 0 or undefined shows no number. */
  readonly badge?: () => Ref<number | undefined> | ComputedRef<number | undefined>;
}

export interface TodayCard {
  readonly order: number;
  /** The operation it is about: shown to whom the policy opens it. */
  readonly operation: string;
  /** Beyond the policy: who needs it at hand. @default everybody the policy names */
  visible?(actor: Actor): boolean;
  readonly component: LazyComponent;
}

/** What a task card is given: `defineProps<TaskCardProps>()`. */
export interface TaskCardProps {
  readonly task: { readonly id: string; readonly body: BodyOf<typeof taskRecord> };
}

/** A refusal in words a person can use: what happened, what is kept, what to do. */
export interface RefusalText {
  readonly title: string;
  readonly kept: string;
  readonly todo: string;
}

export interface ModuleTexts {
  /** Refusal code → its words. */
  readonly refusals: Readonly<Record<string, (details: Readonly<Record<string, unknown>>) => RefusalText>>;
  /** Command name → what the person did, for the queue: "布置 七(3)班 数学作业". */
  readonly commands: Readonly<Record<string, (args: never) => string>>;
}

/** What a module adds to the phone. The shell reads this and knows no module by name. */
export interface ClientModule {
  readonly id: string;
  readonly routes: readonly RouteRecordRaw[];
  readonly tabs?: readonly TabEntry[];
  readonly todayCards?: readonly TodayCard[];
  /** Task type (`homework.assign`) → the card that shows and does it; takes `TaskCardProps`. */
  readonly taskCards?: Readonly<Record<string, LazyComponent>>;
  readonly texts: ModuleTexts;
}

export const defineClientModule = (module: ClientModule): ClientModule => module;

/** The phone's engine: what screens and modules may use. Everything else in this folder is its inside. */
export { provideDevice, useDevice } from './app-context';
export type { DeviceContext } from './app-context';
export type { DeviceOptions, SessionState } from './device';
export { defineClientModule } from './client-module';
export type {
  ClientModule,
  LazyComponent,
  ModuleTexts,
  RefusalText,
  TabEntry,
  TaskCardProps,
  TodayCard,
} from './client-module';
export { makeTexts } from './texts';
export type { Texts } from './texts';
export { useActor } from './use-actor';
export { useCommand } from './use-command';
export type { UseCommandReturn } from './use-command';
export { useDelivery } from './use-delivery';
export type { Delivery } from './use-delivery';
export { useDraft } from './use-draft';
export type { UseDraftReturn } from './use-draft';
export { useList } from './use-list';
export { useShared } from './shared-live';
export { readMeasures, sumMeasure, useMeasures } from './use-measures';
export type { MeasureQuestion } from './use-measures';
export { useNow, useToday } from './use-now';
export { useOutbox } from './use-outbox';
export type { UseOutboxReturn } from './use-outbox';
export { useRecord } from './use-record';
export { useRecords } from './use-records';
export { useUnsaved } from './unsaved';
export { useTurnedDown } from './use-turned-down';
export { useSession } from './use-session';
export type { UseSessionReturn } from './use-session';
export { getRow, getRows, listRows } from './row';
export type { KeyQuestion, Row } from './row';
export type { Kept } from './outbox';
export type { Unkept } from './unkept';
export type { TroubleKind } from './trouble';
export type { EntryState, MeasureValue, OutboxEntry, PersonDb } from './person-db';
export type { KnownPerson } from './device-db';

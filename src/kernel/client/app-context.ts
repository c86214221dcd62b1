import type { App, InjectionKey } from 'vue';
import { hasInjectionContext, inject } from 'vue';
import { must } from '@kernel/shared/refusal';
import type { DeviceOptions } from './device';
import { Device } from './device';
import { Sessions } from './session';

export interface DeviceContext {
  readonly device: Device;
  readonly sessions: Sessions;
  /** Settles when the phone knows whom to open for: a router guard may wait for it. Never waits for the network when someone is kept. */
  readonly ready: Promise<void>;
}

const KEY: InjectionKey<DeviceContext> = Symbol('device');
let current: DeviceContext | null = null;

/** Starts the phone's engine, once, and gives it to the app. */
export function provideDevice(app: Pick<App, 'provide'>, options: DeviceOptions): DeviceContext {
  const device = new Device(options);
  const sessions = new Sessions(device);
  const context: DeviceContext = { device, sessions, ready: sessions.start() };
  current = context;
  app.provide(KEY, context);
  return context;
}

/** The engine, inside components and, for router guards, outside. */
export function useDevice(): DeviceContext {
  const found = hasInjectionContext() ? inject(KEY, null) : null;
  return must(found ?? current, 'provideDevice was not called');
}

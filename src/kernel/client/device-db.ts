import type { Table } from 'dexie';
import type { Session } from '@kernel/shared/protocol';
import type { Instant } from '@kernel/shared/time';
import { GuardedDb } from './guarded-db';
import { steady } from './steady';

/** Somebody who has used this phone. Their own database may still hold work that was not sent. */
export interface KnownPerson {
  readonly school: string;
  readonly person: string;
  readonly name: string;
  readonly schoolName: string;
  readonly account: string;
  readonly lastAt: Instant;
  /** Unsent commands when they were last here. */
  readonly unsent: number;
  /** Their readable copy was cleared when they left; `false` while it may still lie here. */
  readonly sealed: boolean;
}

interface DeviceMeta {
  /** Names this phone to the sign-in throttle, so that a known phone is not slowed by strangers' guesses. */
  deviceId: string;
  /** Who the app opens for, also offline. Kept after a 401: losing the right to sync is not losing the queue. */
  session: Session | null;
  /** Signed out here while the server could not be told; the cookie must not bring them back. */
  leaving: boolean;
}

/** What belongs to the phone and to nobody on it. Everything personal lives in that person's own `PersonDb`. */
export class DeviceDb extends GuardedDb {
  private readonly meta!: Table<{ key: string; value: unknown }, string>;
  readonly persons!: Table<KnownPerson, [string, string]>;

  constructor(name = 'qing-device') {
    super(name);
    this.version(1).stores({ meta: 'key', persons: '[school+person]' });
  }

  async read<K extends keyof DeviceMeta>(key: K): Promise<DeviceMeta[K] | undefined> {
    return (await steady(this, () => this.meta.get(key)))?.value as DeviceMeta[K] | undefined;
  }
  async write<K extends keyof DeviceMeta>(key: K, value: DeviceMeta[K]): Promise<void> {
    await steady(this, () => this.meta.put({ key, value }));
  }
}

import type { ComputedRef, Ref } from 'vue';
import { computed } from 'vue';
import type { Session } from '@kernel/shared/protocol';
import type { Refusal } from '@kernel/shared/refusal';
import { useDevice } from './app-context';
import type { SessionState } from './device';
import type { KnownPerson } from './device-db';

export interface UseSessionReturn {
  /** Whose copy is open, also when the server wants a new sign-in (`state` is then `out`). */
  readonly session: ComputedRef<Session | null>;
  readonly state: Readonly<Ref<SessionState>>;
  signIn(account: string, password: string): Promise<Session | Refusal>;
  /** Any other door that answers with a session, e.g. `/api/activation/redeem`. */
  enter(path: string, body: unknown): Promise<Session | Refusal>;
  /** Ask first when `useDelivery().value.waiting > 0`; unsent work stays on the phone either way. */
  signOut(): Promise<void>;
  refresh(): Promise<void>;
  known(): Promise<KnownPerson[]>;
}

export function useSession(): UseSessionReturn {
  const { device, sessions } = useDevice();
  return {
    session: computed(() => device.person.value?.session ?? null),
    state: device.state,
    signIn: (account, password) => sessions.signIn(account, password),
    enter: (path, body) => sessions.enter(path, body),
    signOut: () => sessions.signOut(),
    refresh: () => sessions.refresh(),
    known: () => sessions.known(),
  };
}

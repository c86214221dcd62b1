import { IDBFactory, IDBKeyRange } from 'fake-indexeddb';
import { Dexie } from 'dexie';
import type { EffectScope } from 'vue';
import { effectScope } from 'vue';
import type { SyncRequest } from '@kernel/shared/protocol';
import type { DeviceContext } from '@kernel/client/app-context';
import { provideDevice } from '@kernel/client/app-context';
import type { Fetch } from '@kernel/client/wire';
import type { FakeServer } from './fake-server';
import { problem } from './fake-server';
import { notesRegistry } from './notes-registry';
import { json } from './phone';

/** One phone's browser: a storage, a cookie jar, and the app that is loaded into it again and again. */
export class Browser {
  private readonly factory = new IDBFactory();
  cookie: string | null = null;
  online = true;
  app!: DeviceContext;
  private scope: EffectScope = effectScope();

  constructor(readonly server: FakeServer) {}

  /** Loads the app; the page before is gone. */
  async loads(): Promise<DeviceContext> {
    this.scope.stop();
    this.scope = effectScope();
    if (this.app) await this.app.device.close();
    Dexie.dependencies.indexedDB = this.factory;
    Dexie.dependencies.IDBKeyRange = IDBKeyRange;
    const clock = {
      now: () => this.server.now,
      mono: () => 0,
      random: (n: number) => crypto.getRandomValues(new Uint8Array(n)),
    };
    this.app = provideDevice(
      { provide: () => undefined as never },
      { registry: notesRegistry, build: 'test', fetch: this.fetch, clock, locks: undefined, live: false },
    );
    await this.app.ready;
    return this.app;
  }

  /** Calls composables as a component's setup would. */
  uses<T>(setup: () => T): T {
    return this.scope.run(setup)!;
  }
  leavesScreen(): void {
    this.scope.stop();
    this.scope = effectScope();
  }

  readonly fetch: Fetch = async (path, init) => {
    if (!this.online) throw new TypeError('offline');
    const body = init.body === undefined ? null : (JSON.parse(init.body as string) as Record<string, string>);
    if (path === '/api/sync') {
      const answer = this.server.answer(this.cookie, body as unknown as SyncRequest);
      return json(answer.status, answer.body);
    }
    if (path === '/api/session' && init.method === 'DELETE') {
      this.cookie = null;
      return new Response(null, { status: 204 });
    }
    if (init.method === 'POST') {
      if (path === '/api/session' && body!.password !== 'right') {
        const wrong = problem(401, 'kernel.wrongPassword');
        return json(wrong.status, wrong.body);
      }
      this.cookie = body!.account ?? body!.person ?? null;
    }
    // As the server does: asking who one is without a cookie is no error, anything else is.
    if (this.cookie === null)
      return path === '/api/session' ? json(200, null) : json(401, problem(401, 'kernel.signedOut').body);
    return json(200, this.server.session(this.cookie));
  };
}

/** Waits until live queries have said so; they answer in their own time. */
export async function until(condition: () => boolean, why: string): Promise<void> {
  for (let i = 0; i < 200; i++) {
    if (condition()) return;
    await new Promise((done) => setTimeout(done, 5));
  }
  throw new Error(`never: ${why}`);
}

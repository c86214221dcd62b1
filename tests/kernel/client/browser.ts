import { IDBFactory, IDBKeyRange } from 'fake-indexeddb';
import { Dexie } from 'dexie';
import type { EffectScope } from 'vue';
import { effectScope } from 'vue';
import type { SyncRequest } from '@kernel/shared/protocol';
import type { DeviceContext } from '@kernel/client/app-context';
import type { DeviceOptions } from '@kernel/client/device';
import { provideDevice } from '@kernel/client/app-context';
import type { Fetch } from '@kernel/client/wire';
import type { FakeServer } from './fake-server';
import { problem } from './fake-server';
import { notesRegistry } from './notes-registry';
import { json } from './phone';

/** One phone's browser: a storage, a cookie jar, and the app that is loaded into it again and again. */
export class Browser {
  /** Everything this browser has stored; a new one is an emptied browser. */
  factory = new IDBFactory();
  jar: { cookie: string | null } = { cookie: null };
  get cookie(): string | null {
    return this.jar.cookie;
  }
  set cookie(value: string | null) {
    this.jar.cookie = value;
  }
  online = true;
  app!: DeviceContext;
  private scope: EffectScope = effectScope();

  constructor(
    readonly server: FakeServer,
    private readonly options: Partial<DeviceOptions> = {},
  ) {}

  /** Another window of the same browser; the first one stays open. */
  window(): Browser {
    const other = new Browser(this.server, this.options);
    other.factory = this.factory;
    other.jar = this.jar;
    return other;
  }
  /** The browser clears what sites have stored; cookies of the server's making outlive it (webkit.org/blog/14403). */
  emptied(): void {
    this.factory = new IDBFactory();
  }

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
      {
        ...{
          registry: notesRegistry,
          build: 'test',
          fetch: this.fetch,
          clock,
          locks: undefined,
          live: false,
        },
        ...this.options,
      },
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
    if (path === '/api/devices') return json(200, this.server.heldBy(this.cookie));
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

import { builtClient } from './client';
import type { BenchContext } from './bench';
import { Child } from './child';
import { openDatabases } from './databases';
import { note } from './report';

/** The real server with the built client and the example school, and a teacher of it who is signed in. */
export interface ExampleServer {
  readonly port: number;
  readonly cookie: string;
  readonly server: Child;
  close(): Promise<void>;
}

const HEADERS = { 'content-type': 'application/json', 'x-qing': '1' } as const;

export async function exampleServer(context: BenchContext): Promise<ExampleServer> {
  const client = await builtClient();
  const databases = await openDatabases('sqlite');
  const data = await databases.fresh();
  const server = Child.start(context.bundle.file('ours'));
  const close = async (): Promise<void> => {
    await server.stop();
    client.remove();
    await data.drop();
    await databases.close();
  };
  try {
    const { port } = await server.ask<{ port: number }>('open', {
      ...data.place,
      clientFolder: client.folder,
    });
    const api = async (path: string, body: unknown): Promise<Response> => {
      const response = await fetch(`http://127.0.0.1:${port}${path}`, {
        method: 'POST',
        headers: HEADERS,
        body: JSON.stringify(body),
      });
      if (!response.ok)
        throw new Error(`${path} answered ${response.status}: ${(await response.text()).slice(0, 300)}`);
      return response;
    };
    const from = performance.now();
    const made = (await (await api('/api/example', {})).json()) as {
      roles: { person: string; role: string; name: string }[];
    };
    note(`the example school was made in ${((performance.now() - from) / 1000).toFixed(1)} s`);
    const teacher = made.roles.find((r) => r.role === 'teacher');
    if (!teacher) throw new Error('the example school has no teacher');
    const entered = await api('/api/example/session', { person: teacher.person });
    const cookie = entered.headers
      .getSetCookie()
      .map((c) => c.split(';')[0]!)
      .join('; ');
    return { port, cookie, server, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A card or a word that there is nothing to do: the teacher's list is on the screen. */
export const LIST_SHOWN = 'main :is(ul.stack > li, .empty)';

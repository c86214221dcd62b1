/**
 * The walls of the house, as one pure function. Two locks turn on it: the ESLint rule (at the desk) and the Vite
 * plugin (at the build). The tsconfig projects are the third lock and know only which files a room may see.
 *
 *            imports →   shared   client   server   Node   another module        app
 *   shared                 ✓        ·        ·       ·     its shared/index       ·
 *   client                 ✓        ✓        ·       ·     its shared/index       ·
 *   server                 ✓        ·        ✓       ✓     its shared/index       ·
 *   (kernel: the same columns, but no module at all; app: its side of everything, modules only in modules.ts)
 */

export type Side = 'shared' | 'client' | 'server' | 'worker';

export type Room =
  | { readonly house: 'kernel' | 'app'; readonly side: Side; readonly module: null }
  | { readonly house: 'module'; readonly side: Side; readonly module: string }
  /** Tests, benches and tooling: outside the rooms, may look into all of them, and no room may look back. */
  | { readonly house: 'outside'; readonly side: null; readonly module: null };

/** Everything the pure rooms may import from npm. Adding a name here is a decision: it must be pure and small. */
export const SHARED_PACKAGES: readonly string[] = ['valibot'];

/** Packages that need a screen. */
export const CLIENT_PACKAGES: readonly string[] = [
  'vue',
  'vue-router',
  'pinia',
  'vant',
  'dexie',
  'better-auth/vue',
  'better-auth/client',
];

/** Packages that need a lock, a secret or a disk. */
export const SERVER_PACKAGES: readonly string[] = [
  'fastify',
  '@fastify',
  'better-sqlite3',
  'pg',
  'kysely',
  'pino',
  'better-auth',
];

/** Without the `node:` prefix they still are Node. */
const NODE_BUILTINS: readonly string[] = (
  'assert async_hooks buffer child_process cluster console constants crypto dgram diagnostics_channel dns domain events fs ' +
  'http http2 https inspector module net os path perf_hooks process punycode querystring readline repl stream ' +
  'string_decoder sys timers tls trace_events tty url util v8 vm wasi worker_threads zlib'
).split(' ');

const SIDES: readonly string[] = ['shared', 'client', 'server', 'worker'];
const OUTSIDE: Room = { house: 'outside', side: null, module: null };

/** The room of a path relative to the repository root; `null` for what belongs to nobody (a package, a stray file). */
export function roomOf(path: string): Room | null {
  const [top, house, third, fourth] = path.split('/');
  if (top === 'tests' || top === 'bench' || top === '.ci') return OUTSIDE;
  if (top !== 'src') return null;
  if ((house === 'kernel' || house === 'app') && isSide(third)) return { house, side: third, module: null };
  if (house === 'modules' && third && isSide(fourth)) return { house: 'module', side: fourth, module: third };
  return null;
}

/**
 * What an import means: a path from the repository root (no extension added or removed), or a package as written.
 * Pure on purpose: aliases and relative paths need no disk to be judged.
 */
export function targetOf(fromPath: string, specifier: string): string {
  const bare = specifier.replace(/[?#].*$/, '');
  if (bare.startsWith('.')) return normalise(`${fromPath.slice(0, fromPath.lastIndexOf('/'))}/${bare}`);
  if (/^\/?(src|tests|bench|\.ci)\//.test(bare)) return bare.replace(/^\//, '');
  const alias = /^@(kernel|modules|app)\/(.*)$/.exec(bare);
  if (!alias) return bare;
  const [, house, rest = ''] = alias;
  if (house === 'modules' && !rest.includes('/')) return `src/modules/${rest}/shared/index`;
  return `src/${house}/${rest}`;
}

/** Why `from` may not import `to` (a path from the root, or a package), or `null` when it may. */
export function refuse(from: string, to: string): string | null {
  const here = roomOf(from);
  if (!here) {
    return /^src\//.test(from)
      ? `${from} stands in no room. Put it in shared, client, server or worker of kernel, a module or app.`
      : null;
  }
  if (here.house === 'outside') return null;
  return isPath(to) ? refusePath(from, here, to) : refusePackage(here, to);
}

/** A relative import that leaves its own tree hides which room it enters; the alias names it. */
export function refuseStyle(from: string, specifier: string): string | null {
  if (!specifier.startsWith('.') || !/^src\//.test(from)) return null;
  const own = treeOf(from);
  return treeOf(targetOf(from, specifier)) === own
    ? null
    : `'${specifier}' climbs out of ${own}. Across trees use the alias (@kernel/…, @modules/<id>, @app/…), so that the line says whose room it enters.`;
}

function refusePath(from: string, here: Room, to: string): string | null {
  const there = roomOf(to);
  if (!there) {
    return /^src\//.test(to)
      ? `${to} stands in no room, so nobody can say where it may run. Put it in shared, client, server or worker.`
      : null;
  }
  if (there.house === 'outside')
    return 'Tests, benches and tooling are not shipped; code in src must not need them.';
  return refuseHouse(from, here, to, there) ?? refuseSide(here.side, there.side);
}

function refuseHouse(from: string, here: Room, to: string, there: Room): string | null {
  if (there.house === 'app' && here.house !== 'app') {
    return 'Only app knows the whole program. What two houses need belongs in the kernel.';
  }
  if (there.house !== 'module') return null;
  if (here.house === 'kernel') {
    return `The kernel carries any module's data unread and knows no module by name (${there.module}). Let the module register what the kernel needs.`;
  }
  if (here.house === 'app') {
    return mayNameModules(from)
      ? null
      : `Module names stand only in src/app/{shared,client,server}/modules.ts. Read ${there.module} from that list instead.`;
  }
  if (here.module !== there.module && !/^src\/modules\/[^/]+\/shared(\/index(\.ts)?)?$/.test(to)) {
    return `Another module is entered only by its front door: import from '@modules/${there.module}' (its shared/index.ts).`;
  }
  return null;
}

function refuseSide(here: Side | null, there: Side | null): string | null {
  if (there === 'shared' || here === there) return null;
  if (here === 'shared') {
    return `shared is pure and public: it runs on phone and server alike, so it cannot need ${there}. Pass the value in, or move this file to ${there}.`;
  }
  if (here === 'server')
    return 'The server has no screen and no phone database. What both need belongs in shared.';
  if (there === 'server') {
    return 'Everything the client imports can be downloaded by anyone; the server holds secrets and other people’s data. Ask over the wire, or move the rule to shared.';
  }
  return `${here} and ${there} run in different places. What both need belongs in shared.`;
}

function refusePackage(here: Room, spec: string): string | null {
  if (/^(virtual:|\0|data:)/.test(spec)) {
    return here.side === 'client' || here.side === 'worker'
      ? null
      : `'${spec}' exists only in the client build.`;
  }
  const node = isNodeBuiltin(spec);
  if (here.side === 'shared') {
    if (node)
      return `shared is true on paper: no disk, network or process ('${spec}'). Pass the value in, or move this file to server.`;
    return among(SHARED_PACKAGES, spec)
      ? null
      : `shared may import only ${SHARED_PACKAGES.join(', ')} from npm, not '${spec}': everything else must first be shown pure and small (.ci/house/rooms.ts).`;
  }
  if (here.side === 'server') {
    return among(CLIENT_PACKAGES, spec) ? `'${spec}' needs a screen. The server has none.` : null;
  }
  if (node) return `'${spec}' is Node. A browser has no Node; ask the server over the wire.`;
  if (among(SERVER_PACKAGES, spec) && !among(CLIENT_PACKAGES, spec)) {
    return `'${spec}' belongs on the server. Everything the client imports can be downloaded by anyone.`;
  }
  return null;
}

export function isNodeBuiltin(spec: string): boolean {
  return spec.startsWith('node:') || NODE_BUILTINS.includes(spec.split('/')[0] ?? '');
}

/** The three lists, and the example school: a story told across modules cannot be told without their names. */
export function mayNameModules(path: string): boolean {
  return (
    /^src\/app\/(shared|client|server)\/modules\.ts$/.test(path) || path.startsWith('src/app/server/example/')
  );
}

function isPath(target: string): boolean {
  return /^(src|tests|bench|\.ci)\//.test(target);
}

function isSide(word: string | undefined): word is Side {
  return word !== undefined && SIDES.includes(word);
}

function among(list: readonly string[], spec: string): boolean {
  return list.some((name) => spec === name || spec.startsWith(`${name}/`));
}

/** kernel, app, or one module: the trees inside which a relative import is the short way. */
function treeOf(path: string): string {
  const [top, house, module] = path.split('/');
  if (top !== 'src') return top ?? '';
  return house === 'modules' ? `src/modules/${module}` : `src/${house}`;
}

function normalise(path: string): string {
  const out: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') out.pop();
    else if (part !== '.' && part !== '') out.push(part);
  }
  return out.join('/');
}

/** One wrong import for every direction a wall stands in, and the words by which each lock must explain itself. */
export interface WrongImport {
  readonly title: string;
  readonly at: string;
  readonly imports: string;
  readonly why: RegExp;
  /** The compiler holds this wall too (not every wall is about files). */
  readonly types?: RegExp;
}

const OTHER_ROOM = /TS6307|TS2307/;

export const WRONG_IMPORTS: readonly WrongImport[] = [
  {
    title: 'shared reaching into its own client',
    at: 'src/modules/homework/shared/planted.ts',
    imports: '../client/index',
    why: /shared is pure and public/,
    types: OTHER_ROOM,
  },
  {
    title: 'kernel shared reaching into the kernel client',
    at: 'src/kernel/shared/planted.ts',
    imports: '@kernel/client/outbox',
    why: /shared is pure and public/,
    types: OTHER_ROOM,
  },
  {
    title: 'shared reaching into the server',
    at: 'src/modules/homework/shared/planted.ts',
    imports: '@kernel/server/store',
    why: /shared is pure and public.*server/,
    types: OTHER_ROOM,
  },
  {
    title: 'shared opening a file with a Node builtin',
    at: 'src/kernel/shared/planted.ts',
    imports: 'node:fs',
    why: /shared is true on paper/,
    types: /TS2307|TS2591|TS2882/,
  },
  {
    title: 'shared taking a package that nobody has shown to be pure',
    at: 'src/kernel/shared/planted.ts',
    imports: 'pinyin-pro',
    why: /shared may import only valibot/,
  },
  {
    title: 'client reaching into its own server',
    at: 'src/modules/homework/client/planted.ts',
    imports: '../server/index',
    why: /can be downloaded by anyone/,
    types: OTHER_ROOM,
  },
  {
    title: 'client using Node',
    at: 'src/kernel/client/planted.ts',
    imports: 'node:crypto',
    why: /A browser has no Node/,
    types: /TS2307|TS2591|TS2882/,
  },
  {
    title: 'client carrying a database driver',
    at: 'src/kernel/client/planted.ts',
    imports: 'better-sqlite3',
    why: /belongs on the server/,
  },
  {
    title: 'server reaching into the client',
    at: 'src/modules/homework/server/planted.ts',
    imports: '../client/index',
    why: /The server has no screen/,
    types: OTHER_ROOM,
  },
  {
    title: 'server using Vue',
    at: 'src/kernel/server/planted.ts',
    imports: 'vue',
    why: /needs a screen/,
  },
  {
    title: 'kernel knowing a module',
    at: 'src/kernel/shared/planted.ts',
    imports: '@modules/homework',
    why: /knows no module by name/,
  },
  {
    title: 'kernel knowing the app',
    at: 'src/kernel/client/planted.ts',
    imports: '@app/client/main',
    why: /Only app knows the whole program/,
  },
  {
    title: 'a module entering another through the window',
    at: 'src/modules/homework/shared/planted.ts',
    imports: '@modules/duty/shared/inside',
    why: /only by its front door/,
    types: OTHER_ROOM,
  },
  {
    title: 'a module borrowing a screen of another',
    at: 'src/modules/homework/client/planted.ts',
    imports: '@modules/duty/client/index',
    why: /only by its front door/,
  },
  {
    title: 'a module climbing into another by a relative path',
    at: 'src/modules/homework/client/planted.ts',
    imports: '../../duty/client/index',
    why: /only by its front door/,
  },
  {
    title: 'app naming a module outside its lists',
    at: 'src/app/client/planted.ts',
    imports: '@modules/homework/client/index',
    why: /Module names stand only in/,
  },
  {
    title: 'shipped code needing a test helper',
    at: 'src/kernel/shared/planted.ts',
    imports: '../../../tests/support/world',
    why: /not shipped/,
  },
];

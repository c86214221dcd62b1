import { describe, expect, it } from 'vitest';
import { refuse, roomOf, targetOf } from '../../.ci/house/rooms.ts';

describe('the room of a file', () => {
  it.each([
    ['src/kernel/shared/ids.ts', { house: 'kernel', side: 'shared', module: null }],
    ['src/modules/duty/client/DutyPage.vue', { house: 'module', side: 'client', module: 'duty' }],
    ['src/app/server/main.ts', { house: 'app', side: 'server', module: null }],
    ['tests/support/world.ts', { house: 'outside', side: null, module: null }],
    ['src/helpers.ts', null],
    ['vue', null],
  ])('%s', (path, room) => {
    expect(roomOf(path)).toEqual(room);
  });
});

describe('what an import means', () => {
  it.each([
    ['src/modules/duty/client/a.ts', '../shared/index', 'src/modules/duty/shared/index'],
    ['src/modules/duty/client/a.ts', '@modules/org', 'src/modules/org/shared/index'],
    ['src/app/client/modules.ts', '@modules/org/client/index', 'src/modules/org/client/index'],
    ['src/kernel/client/a.ts', '@kernel/shared/ids', 'src/kernel/shared/ids'],
    ['src/kernel/client/a.ts', './b.vue?vue&type=style', 'src/kernel/client/b.vue'],
    ['src/kernel/client/a.ts', '@fastify/static', '@fastify/static'],
  ])('%s: %s', (from, specifier, target) => {
    expect(targetOf(from, specifier)).toBe(target);
  });
});

describe('packages of two sides', () => {
  it('let the client take the client half of the sign-in library and nothing else of it', () => {
    expect(refuse('src/kernel/client/session.ts', 'better-auth/client')).toBeNull();
    expect(refuse('src/kernel/client/session.ts', 'better-auth')).toMatch(/belongs on the server/);
    expect(refuse('src/kernel/server/auth.ts', 'better-auth')).toBeNull();
  });

  it('let tests look everywhere', () => {
    expect(refuse('tests/support/world.ts', 'src/kernel/server/store')).toBeNull();
    expect(refuse('bench/push.ts', 'node:fs')).toBeNull();
  });
});

import { describe, expect, test } from 'vitest';
import { cacheOf, outdated } from '@app/worker/shell';
import { isAppPage } from '@kernel/shared/addresses';
import { isTooOld } from '@kernel/shared/builds';

describe('addresses', () => {
  test.each([
    '/',
    '/me',
    '/homework/item/0190-abc',
    '/week/2026-11-23',
    '/board',
    '/boards/x',
    '/nowhere',
    '/版本',
  ])('%s is a page of the app', (path) => expect(isAppPage(path)).toBe(true));
  test.each([
    '/api',
    '/api/',
    '/api/sync',
    '/API/sync',
    '//api/sync',
    '/%61pi/sync',
    '/assets',
    '/assets/x',
    '/b/7-1',
    '/healthz',
    '/readyz',
    '/metrics',
    '/sw.js',
    '/icon.svg',
    '/me/x.png',
    '/%E0%A4%A',
  ])('%s is not', (path) => expect(isAppPage(path)).toBe(false));
});

describe('what the worker clears away', () => {
  test('every build but its own and the one before', () => {
    const names = ['a', 'b', 'c'].map(cacheOf);
    expect(outdated(names, 'c')).toEqual([cacheOf('a')]);
    // Gone back to an earlier build: the order of making is not the order of releases.
    expect(outdated(names, 'a')).toEqual([cacheOf('b')]);
    expect(outdated([cacheOf('c')], 'c')).toEqual([]);
  });
  test('what the workers of the first builds left, and nothing of anybody else', () => {
    expect(outdated(['workbox-precache-v2-x', 'other', cacheOf('a')], 'a')).toEqual([
      'workbox-precache-v2-x',
    ]);
  });
});

describe('a build that is too old', () => {
  test.each([
    ['0.1.0+abc', '0.1.1', true],
    ['0.1.10+abc', '0.1.9', false],
    ['0.9.0+abc', '1.0.0', true],
    ['1.0.0+abc', '1.0.0', false],
    ['2.0.0+abc', '1.9.9', false],
    ['dev', '1.0.0', false],
    ['0.1.0+abc', '', false],
  ])('%s against %s: %s', (build, least, old) => expect(isTooOld(build, least)).toBe(old));
});

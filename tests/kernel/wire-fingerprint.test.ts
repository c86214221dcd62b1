import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { toJsonSchema } from '@valibot/to-json-schema';
import type { GenericSchema } from 'valibot';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { registry } from '@app/server/modules';
import {
  askDraftSchema,
  draftAnswerSchema,
  savedDraftSchema,
  saveDraftSchema,
} from '@kernel/shared/draft-wire';
import {
  PROTOCOL,
  syncRequestSchema,
  syncResponseSchema,
  problemSchema,
  sessionSchema,
} from '@kernel/shared/protocol';

/**
 * The wire is a promise to phones we cannot reach. Every schema that travels is hashed into wire.json. When this test fails:
 * - a record changed: raise its `version` and give it an `upcast` that reads the old one;
 * - a command changed: keep the old one, add `module.v<N+1>.name`;
 * - protocol.ts changed: raise PROTOCOL and add a line to its history.
 * Then run it once with UPDATE_WIRE=1: it writes only what carries a new version or name.
 */
const FILE = join(__dirname, 'wire.json');
type Print = Record<string, { version: number; hash: string }>;

export function hashOf(schema: GenericSchema): string {
  const json = toJsonSchema(schema as never, { errorMode: 'ignore', typeMode: 'input' });
  return createHash('sha256')
    .update(JSON.stringify(sorted(json)))
    .digest('hex')
    .slice(0, 16);
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([k, x]) => [k, sorted(x)]),
  );
}

function now(): Print {
  const print: Print = {};
  for (const kind of registry.kinds) {
    const def = registry.record(kind)!;
    print[`record ${kind}`] = { version: def.version, hash: hashOf(def.schema) };
  }
  for (const name of registry.commandNames)
    print[`command ${name}`] = {
      version: Number(/\.v(\d+)\./.exec(name)![1]),
      hash: hashOf(registry.command(name)!.args),
    };
  for (const [name, schema] of Object.entries({
    syncRequestSchema,
    syncResponseSchema,
    problemSchema,
    sessionSchema,
    askDraftSchema,
    draftAnswerSchema,
    saveDraftSchema,
    savedDraftSchema,
  }))
    print[`protocol ${name}`] = { version: PROTOCOL, hash: hashOf(schema) };
  return print;
}

/** Names whose schema differs under an unchanged version, or that are gone. */
export function broken(kept: Print, found: Print): string[] {
  return Object.entries(kept)
    .filter(([name, k]) => {
      const f = found[name];
      return f ? f.hash !== k.hash && f.version <= k.version : name.startsWith('command ');
    })
    .map(([name]) => name);
}

describe('the wire', () => {
  test('has not changed under an unchanged version', () => {
    const found = now();
    const kept: Print = existsSync(FILE) ? (JSON.parse(readFileSync(FILE, 'utf8')) as Print) : {};
    expect(broken(kept, found)).toEqual([]);
    if (process.env.UPDATE_WIRE) writeFileSync(FILE, `${JSON.stringify(found, null, 2)}\n`);
    expect(found).toEqual(process.env.UPDATE_WIRE ? found : kept);
  });

  test('a changed field, a changed limit and a dropped command are each seen', () => {
    const a = { version: 1, hash: hashOf(v.strictObject({ n: v.pipe(v.number(), v.maxValue(3)) })) };
    const limit = { version: 1, hash: hashOf(v.strictObject({ n: v.pipe(v.number(), v.maxValue(4)) })) };
    const field = { version: 1, hash: hashOf(v.strictObject({ m: v.number() })) };
    expect(broken({ 'record x': a }, { 'record x': limit })).toEqual(['record x']);
    expect(broken({ 'record x': a }, { 'record x': field })).toEqual(['record x']);
    expect(broken({ 'record x': a }, { 'record x': { ...field, version: 2 } })).toEqual([]);
    expect(broken({ 'command x.v1.y': a }, {})).toEqual(['command x.v1.y']);
  });
});

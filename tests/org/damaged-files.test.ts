import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SET_UP_HEADER, setUpCode } from '@kernel/server/set-up-code';
import { serverRegistry } from '@kernel/server/registry';
import { makeRegistry } from '@kernel/shared/contract';
import { org } from '@modules/org';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { orgServer } from '../../src/modules/org/server';
import { dice, seedOf, times } from '../ops/support/counts';
import type { HttpWorld } from '../support/http-world';
import { httpWorld } from '../support/http-world';
import { CANARY, DAMAGES } from './damage';

const FILES = times('E2', 2_000, 20_000);
/** A file that is opened at all is opened within this, on a busy desk too. */
const PATIENCE = 5_000;

let world: HttpWorld;
let folder: string;
let code = '';
beforeAll(async () => {
  world = await httpWorld('sqlite', serverRegistry(makeRegistry([org]), [orgServer]), [orgServer]);
  code = (await setUpCode(world.kernel)) ?? '';
  folder = await mkdtemp(join(tmpdir(), 'qing-e2-'));
  await writeFile(join(folder, 'secret.txt'), CANARY);
});
afterAll(async () => {
  await world.close();
  await rm(folder, { recursive: true });
});

async function upload(bytes: Uint8Array) {
  const edge = 'edge'.repeat(8);
  const field = (name: string, value: string): string =>
    `--${edge}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
  const started = performance.now();
  const answer = await world.http.inject({
    method: 'POST',
    url: '/api/org/import/preview',
    headers: {
      'content-type': `multipart/form-data; boundary=${edge}`,
      'x-qing': '1',
      [SET_UP_HEADER]: code,
    },
    payload: Buffer.concat([
      Buffer.from(field('schoolName', '某县第三中学')),
      Buffer.from(field('termStart', '2026-08-31')),
      Buffer.from(field('termEnd', '2027-01-22')),
      Buffer.from(
        `--${edge}\r\ncontent-disposition: form-data; name="file"; filename="a.xlsx"\r\ncontent-type: application/octet-stream\r\n\r\n`,
      ),
      bytes,
      Buffer.from(`\r\n--${edge}--\r\n`),
    ]),
  });
  return { status: answer.statusCode, body: answer.body, ms: performance.now() - started };
}

/** What is wrong with an answer, or null. */
function fault({ status, body, ms }: Awaited<ReturnType<typeof upload>>): string | null {
  if (status >= 500) return `answered ${status}`;
  if (status !== 200 && status !== 413) return `answered ${status}: a file is reported on, not refused`;
  if (body.includes(CANARY)) return 'told what stands in a file outside';
  if (ms > PATIENCE) return `took ${Math.round(ms)} ms`;
  return null;
}

test(`${FILES} damaged files are reported on: no 5xx, nothing from outside, nothing kept`, async () => {
  const { below } = dice(seedOf('E2'));
  const kinds = Object.entries(DAMAGES);
  const faults: string[] = [];
  const seen = { read: 0, unread: 0 };
  for (let i = 0; i < FILES; i++) {
    const [kind, spoil] = kinds[i % kinds.length]!;
    const answer = await upload(spoil(below, join(folder, 'secret.txt')));
    const what = fault(answer);
    if (what !== null) faults.push(`${i} ${kind}: ${what}`);
    else if (answer.status === 200)
      seen[(JSON.parse(answer.body) as { people: number }).people > 0 ? 'read' : 'unread']++;
  }
  expect(faults).toEqual([]);
  expect(world.errors).toEqual([]);
  expect(await world.kernel.store.schools()).toEqual([]);
  // Both ends of the reader were reached: damage that is survived, and damage that is not.
  expect(seen.read).toBeGreaterThan(FILES / 20);
  expect(seen.unread).toBeGreaterThan(FILES / 20);
}, 600_000);

test('the same eyes see a server that falls over a file, and a secret that is told', async () => {
  const clock = world.clock as { now: () => number };
  const { now } = clock;
  clock.now = () => {
    throw new Error('planted');
  };
  const answer = await upload(DAMAGES['bytes']!(dice(1).below, ''));
  clock.now = now;
  world.errors.length = 0;
  expect(fault(answer)).toBe('answered 500');
  expect(fault({ status: 200, body: `{"x":"${CANARY}"}`, ms: 1 })).toContain('outside');
});

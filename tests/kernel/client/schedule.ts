import fc from 'fast-check';
import { armed } from './crash';
import { FakeServer } from './fake-server';
import { edit, erase, note, sit, write } from './notes-registry';
import type { Seams, Weather } from './phone';
import { Phone } from './phone';
import { listRows } from '@kernel/client/row';

/** One thing that happens in a small school with three phones, two of them Lin's. */
export type Step =
  | {
      readonly kind: 'does';
      readonly phone: number;
      readonly what: 'write' | 'edit' | 'erase' | 'sit';
      readonly pick: number;
    }
  | {
      readonly kind: 'syncs';
      readonly phone: number;
      readonly weather: Weather;
      readonly diesAt: number | null;
    }
  | { readonly kind: 'dies'; readonly phone: number }
  | { readonly kind: 'moves'; readonly blue: boolean };

const phone = fc.integer({ min: 0, max: 2 });
const pick = fc.integer({ min: 0, max: 9 });
export const steps = fc.array(
  fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        kind: fc.constant('does' as const),
        phone,
        what: fc.constantFrom(
          'write' as const,
          'write' as const,
          'edit' as const,
          'edit' as const,
          'erase' as const,
          'sit' as const,
        ),
        pick,
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant('syncs' as const),
        phone,
        weather: fc.constantFrom<Weather>(
          'ok',
          'ok',
          'ok',
          'requestLost',
          'ackLost',
          'portal',
          'portalJson',
          'foreignIds',
          'serverError',
          'twice',
        ),
        diesAt: fc.option(fc.integer({ min: 0, max: 12 }), { freq: 3 }),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('dies' as const), phone }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('moves' as const), blue: fc.boolean() }) },
  ),
  { minLength: 5, maxLength: 30 },
);

/** Lives the schedule, lets everything come to rest, and says what is wrong. Empty = every promise was kept. */
export async function live(schedule: readonly Step[], seams: Seams = {}): Promise<string[]> {
  const server = new FakeServer();
  server.page = 3;
  server.person('lin', ['red', 'blue']);
  server.person('mei', ['red']);
  const phones = [
    new Phone(server, 'lin', seams, 90_000),
    new Phone(server, 'lin', seams, -5_000),
    new Phone(server, 'mei', seams),
  ];
  for (const p of phones) {
    await p.starts();
    await p.open.sync.now();
  }
  for (const step of schedule) {
    server.now += 1_000;
    if (step.kind === 'moves') {
      server.person('lin', step.blue ? ['red', 'blue'] : ['red']);
      continue;
    }
    const p = phones[step.phone]!;
    if (step.kind === 'dies') await p.crashes();
    else if (step.kind === 'syncs') {
      p.weather = step.weather;
      if (step.diesAt !== null) p.during = async () => void (armed.left = step.diesAt);
      await p.open.sync.now();
      p.during = null;
      p.weather = 'ok';
      if (armed.left !== null) await p.crashes();
    } else await act(p, step.what, step.pick);
  }
  const wrong: string[] = [];
  for (let round = 0; round < 2; round++)
    for (const p of phones) if ((await p.open.sync.now()) !== 'ok') wrong.push(`${p.person} cannot sync`);
  for (const [i, p] of phones.entries()) {
    const name = `${p.person}'s phone ${i}`;
    for (const id of p.kept)
      if (!server.applied(id)) wrong.push(`${name}: ${id} was called kept and never arrived`);
    for (const e of await p.open.db.outbox.toArray()) {
      const said = server.applied(e.id)?.outcome;
      if (said !== e.state)
        wrong.push(`${name}: ${e.name} is ${e.state} here and ${said ?? 'unknown'} there`);
    }
    if ((await p.rows()).some((r) => r.pendingBy.length > 0 || 'shown' in r))
      wrong.push(`${name}: an overlay was left over`);
    wrong.push(...difference(name, await p.shows(), server.projection(p.person)));
    wrong.push(...difference(name, await p.measures(), server.measureProjection(p.person)));
  }
  for (const p of phones) {
    await p.open.sync.stop();
    p.open.db.close();
  }
  return wrong;
}

async function act(p: Phone, what: 'write' | 'edit' | 'erase' | 'sit', pick: number): Promise<void> {
  const team = pick % 3 === 0 ? 'blue' : 'red';
  if (what === 'sit') return void (await p.does(sit, { team }));
  if (what === 'write') return void (await p.does(write, { team, text: `${pick}` }));
  const notes = await listRows(p.open.db, note, null);
  const chosen = notes[pick % Math.max(1, notes.length)];
  if (!chosen) return;
  if (what === 'erase') await p.does(erase, { note: chosen.id });
  else await p.does(edit, { note: chosen.id, text: `改 ${pick}` });
}

/** Both ways: what is too much here is as wrong as what is missing. */
function difference(
  name: string,
  here: ReadonlyMap<string, unknown>,
  there: ReadonlyMap<string, unknown>,
): string[] {
  const out: string[] = [];
  for (const [key, body] of there)
    if (JSON.stringify(sorted(here.get(key))) !== JSON.stringify(sorted(body)))
      out.push(`${name}: ${key} is missing or differs`);
  for (const key of here.keys()) if (!there.has(key)) out.push(`${name}: ${key} is too much`);
  return out;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([k, v]) => [k, sorted(v)]),
  );
}

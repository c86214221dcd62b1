import './globals';
import { Dexie } from 'dexie';
import { uuidv7 } from '@kernel/shared/ids';
import { personDbName } from '@kernel/client/person-db';
import type { Oracle } from './oracle';
import { owners, type Phone } from './phone';
import { owner } from './scheduler';
import { BEGIN, SCHOOL } from './server';
import { PEOPLE } from './template';

/** The phone's databases exactly as the first build made them. Frozen: whatever the app does later, such phones exist. */
const FIRST_DEVICE = { meta: 'key', persons: '[school+person]' };
const FIRST_PERSON = {
  records: '[kind+id], *keys, *pendingBy, gen',
  measures: '[name+scope+day], [scope+day], gen',
  outbox: 'seq, &id, state',
  drafts: 'key',
  meta: 'key',
};

/** Before its first page opens: the phone was used with the first build, and work of those days still waits on it. */
export function usedWithFirstBuild(phone: Phone, oracle: Oracle): void {
  const { scheduler } = phone.parts;
  const who = owner(`${phone.name}, first build`);
  owners.set(who, phone);
  scheduler.soon(who, () => {
    void fill(phone, oracle)
      .then(() => phone.opens())
      .catch((error: unknown) => scheduler.fail(error));
  });
}

async function fill(phone: Phone, oracle: Oracle): Promise<void> {
  const { person, dice } = phone;
  const device = new Dexie('qing-device', { cache: 'disabled' });
  device.version(1).stores(FIRST_DEVICE);
  const session = { school: SCHOOL, person: { id: person, name: person }, account: person };
  await device.table('meta').bulkPut([
    { key: 'deviceId', value: uuidv7(BEGIN, dice.bytes(10)) },
    { key: 'session', value: session },
    { key: 'leaving', value: false },
  ]);
  device.close();

  const db = new Dexie(personDbName(SCHOOL.id, person), { cache: 'disabled' });
  db.version(1).stores(FIRST_PERSON);
  const acts = dice.int(1, 4);
  for (let seq = 1; seq <= acts; seq++) {
    const word = `old ${phone.name} ${seq}`;
    const args = { n: word, team: PEOPLE[person]!.teams[0]!, text: '从前写的' };
    const id = uuidv7(BEGIN - 86_400_000, dice.bytes(10));
    await db.table('outbox').add({
      ...{ seq, id, name: 'sim.v1.write', args, at: BEGIN - 86_400_000, mono: null, beacon: null },
      ...{
        createdAt: BEGIN - 86_400_000,
        state: seq === 1 ? 'sent' : 'waiting',
        attempts: seq === 1 ? 1 : 0,
      },
      ...{ code: null, details: null, foreseen: null, settledAt: null, closed: null, closedAt: null },
      replacedBy: null,
    });
    oracle.begins(word, { phone, person, name: 'sim.v1.write', args });
    oracle.keeps(id, word);
  }
  await db.table('meta').bulkPut([
    { key: 'device', value: uuidv7(BEGIN, dice.bytes(10)) },
    { key: 'nextSeq', value: acts + 1 },
    { key: 'rebaseDue', value: true },
    { key: 'build', value: 'first' },
  ]);
  db.close();
}

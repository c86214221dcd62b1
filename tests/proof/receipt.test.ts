import { hash } from 'node:crypto';
import { verifyAsync } from '@noble/ed25519';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { signatureHolds } from '@kernel/server/proof/check-signature';
import { deriveKey, SchoolKeys } from '@kernel/server/proof/school-key';
import { checkReceiptFile } from '@kernel/server/proof/receipt-file';
import type { Envelope, SyncResponse } from '@kernel/shared/protocol';
import { readSigned, saidText, withSignature } from '@kernel/shared/receipt';
import type { ReceiptFile, Signed } from '@kernel/shared/receipt';
import { dialects } from '../support/databases';
import { anEnvelope, aSync, HEADERS, httpWorld, type HttpWorld } from '../support/http-world';
import { tinyRegistry } from '../support/tiny-registry';

const DEVICE = '00000000-0000-4000-8000-000000000001';
const bytes = (text: string) => Uint8Array.from(Buffer.from(text, 'base64url'));

describe.each(dialects)('receipts on %s', (dialect) => {
  let world: HttpWorld;
  let lin: string;
  let mei: string;

  beforeAll(async () => {
    world = await httpWorld(dialect, tinyRegistry);
    await world.kernel.createSchool({ id: 'one', name: '第一中学', zone: 'Asia/Shanghai', example: false });
    for (const person of ['lin', 'mei']) {
      const args = { person, rooms: ['a'], reader: true };
      await world.kernel.system('one', { key: person, name: 'tiny.v1.grant', args });
      const account = {
        school: 'one',
        person,
        account: `${person}.one`,
        password: 'correct horse',
        name: person,
      };
      await world.kernel.auth.createAccount(account);
    }
    lin = await world.signIn('lin.one', 'correct horse');
    mei = await world.signIn('mei.one', 'correct horse');
  });
  afterAll(() => world.close());

  const push = async (commands: Envelope[], cookie = lin, person = 'lin'): Promise<SyncResponse> => {
    const payload = aSync({ person, device: DEVICE, commands });
    const answer = await world.http.inject({
      method: 'POST',
      url: '/api/sync',
      headers: { ...HEADERS, cookie },
      payload,
    });
    expect(answer.statusCode).toBe(200);
    return answer.json();
  };
  const read = (answer: SyncResponse): Signed => {
    const signed = readSigned(answer.receipt ?? '');
    if (!signed) throw new Error(`no receipt: ${answer.receipt}`);
    return signed;
  };
  const place = (shelf: string, over: Partial<Envelope> = {}) =>
    anEnvelope(world.clock.now(), 'tiny.v1.place', { shelf }, over);

  test('every push is answered with one, an empty one with none', async () => {
    const commands = [
      place('s1'),
      anEnvelope(world.clock.now(), 'tiny.v1.move', { shelf: 'none', room: 'b' }),
    ];
    const answer = await push(commands);
    const signed = read(answer);
    expect(signatureHolds(signed)).toBe(true);
    expect(signed).toMatchObject({ kind: 'receipt', school: 'one', person: 'lin' });
    expect(signed.entries.map((e) => [e.id, e.log, e.outcome, e.code])).toEqual(
      answer.results.map((r) => [r.id, r.seq, r.outcome, r.code]),
    );
    for (const [i, e] of signed.entries.entries()) {
      const { name, args } = commands[i]!;
      expect(e.digest).toBe(hash('sha256', saidText('lin', name, JSON.stringify(args)), 'base64url'));
      expect([e.earliest, e.received]).toEqual([world.clock.now(), world.clock.now()]);
    }
    const row = await world.db.store.db
      .selectFrom('command')
      .select(['log', 'hash'])
      .where('school', '=', 'one')
      .orderBy('log', 'desc')
      .executeTakeFirstOrThrow();
    expect(signed.head).toEqual(row);
    expect((await push([])).receipt).toBeNull();
  });

  test('what was parked as a defect has one too; a reused id has none, because the log does not hold it', async () => {
    const parked = anEnvelope(world.clock.now(), 'tiny.v1.explode', {});
    expect(read(await push([parked])).entries).toMatchObject([{ outcome: 'stuck', code: 'kernel.defect' }]);
    world.errors.length = 0;
    const first = place('s2');
    await push([first]);
    const other = await push([{ ...first, args: { shelf: 's3' } }]);
    expect(other.results[0]?.code).toBe('kernel.idReused');
    expect(other.receipt).toBeNull();
  });

  test('an answer that was lost is receipted again with the first arrival, not the second', async () => {
    const once = place('s4');
    const first = read(await push([once]));
    world.clock.passes(90);
    const again = read(await push([once]));
    expect(again.entries).toEqual(first.entries);
    expect(again.head).toEqual(first.head);
  });

  test('it says what the time rests on', async () => {
    const beacon = (await push([])).beacon;
    world.clock.passes(10);
    const acts = [place('t1', { beacon, mono: 120_000.4 }), place('t2', { beacon }), place('t3')];
    const now = world.clock.now();
    expect(read(await push(acts)).entries.map((e) => [e.earliest - now, e.evidence])).toEqual([
      [-480_000, `${now - 600_000}+120000`],
      [-600_000, `${now - 600_000}`],
      [0, null],
    ]);
  });

  test('it is checked without the server: by another library, with the key the sign-in gave, and by anybody else', async () => {
    const answer = await push([place('s5')]);
    const signed = read(answer);
    const session = await world.http.inject({ url: '/api/session', headers: { cookie: lin } });
    expect(session.json().school.key).toBe(signed.key);
    const keys = await world.http.inject({ url: '/api/school-key', headers: { cookie: mei } });
    expect(keys.json()).toMatchObject({ school: 'one', keys: [{ number: 1, key: signed.key }] });
    expect((await world.http.inject({ url: '/api/school-key' })).statusCode).toBe(401);
    const text = new TextEncoder().encode(signed.text);
    expect(await verifyAsync(bytes(signed.signature), text, bytes(signed.key))).toBe(true);
    const native = await crypto.subtle.importKey('raw', bytes(signed.key), 'Ed25519', false, ['verify']);
    expect(await crypto.subtle.verify('Ed25519', native, bytes(signed.signature), text)).toBe(true);
  });

  test('a receipt that was touched does not hold', async () => {
    const command = place('s6');
    const answer = await push([command]);
    const signed = read(answer);
    const lines = answer.receipt!.trimEnd().split('\n');
    // Any character of any line but the signature's own; the last of its 86 holds two bits only.
    for (const [i, line] of lines.slice(1, -1).entries())
      for (const at of [0, Math.floor(line.length / 2), line.length - 1]) {
        const changed = line.slice(0, at) + (line[at] === '7' ? '8' : '7') + line.slice(at + 1);
        const read2 = readSigned(
          [lines[0], ...lines.slice(1).map((l, k) => (k === i ? changed : l))].join('\n'),
        );
        expect(read2 !== null && signatureHolds(read2), changed).toBe(false);
      }
    const foreign = deriveKey('11'.repeat(32), 'one', 1);
    const forged = readSigned(withSignature(signed.text, await foreign.sign(signed.text)));
    expect(forged && signatureHolds(forged), 'signed by somebody else under our key').toBe(false);
  });

  test('exported with what was said it is whole, and shows when that was changed', async () => {
    const command = place('s7');
    const { receipt } = await push([command]);
    const said = saidText('lin', command.name, JSON.stringify(command.args));
    const file: ReceiptFile = {
      format: 'qing-receipt',
      version: 1,
      command: command.id,
      said,
      text: receipt!,
    };
    const check = (f: Partial<ReceiptFile>) => {
      const found = checkReceiptFile(JSON.stringify({ ...file, ...f }));
      return found && [found.signature, found.said];
    };
    expect(check({})).toEqual([true, true]);
    expect(check({ text: receipt!.replaceAll('\n', '\r\n') }), 'through an editor').toEqual([true, true]);
    expect(check({ said: said.replace('s7', 's8') })).toEqual([true, false]);
    expect(check({ said: saidText('mei', command.name, '{"shelf":"s7"}') })).toEqual([true, false]);
    expect(check({ command: DEVICE })).toEqual([true, false]);
    expect(check({ text: 'nothing' })).toBeNull();
    expect(checkReceiptFile(receipt!)).toMatchObject({ signature: true, said: null });
    expect(checkReceiptFile('{}')).toBeNull();
  });
});

describe.each(dialects)('the school’s key on %s', (dialect) => {
  test('follows from the secret: the same after a restart, another for another school, a new number for a new secret', async () => {
    const world = await httpWorld(dialect, tinyRegistry);
    const { store } = world.db;
    const first = await world.kernel.proof.keys.of('one');
    const { secret, db } = await world.db.reopen();
    expect((await new SchoolKeys({ secret, db }, world.clock).of('one')).key).toBe(first.key);
    expect((await world.kernel.proof.keys.of('two')).key).not.toBe(first.key);
    const other = new SchoolKeys({ db: store.db, secret: 'ab'.repeat(32) }, world.clock);
    const second = await other.of('one');
    expect([second.number, second.key === first.key]).toEqual([2, false]);
    expect((await other.all('one')).map((k) => k.key)).toEqual([first.key, second.key]);
    // And back again: a third number, because the second was signed with already.
    const back = await new SchoolKeys(store, world.clock).of('one');
    expect(back.number).toBe(3);
    await world.close();
  });
});

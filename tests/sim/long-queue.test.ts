import { expect, test } from 'vitest';
import { FakeServer } from '../kernel/client/fake-server';
import { Phone } from '../kernel/client/phone';
import { write } from '../kernel/client/notes-registry';

/**
 * Seen by the simulator: Dexie gives up a transaction after a hundred waits in a row that ask the database for nothing, so
 * while some fifty commands waited no answer could be stored, and the phone was stuck for good.
 */
test.each([40, 60, 120, 1_000])(
  'an answer is stored while %i commands wait behind it',
  { timeout: 300_000 },
  async (count) => {
    const server = new FakeServer();
    server.person('lin', ['red']);
    const phone = await new Phone(server, 'lin').starts();
    await phone.open.sync.now();
    for (let i = 0; i < count; i++) await phone.does(write, { team: 'red', text: `${i}` });
    const honest = server.answer.bind(server);
    let first = true;
    server.answer = (cookie, request) => {
      const some = first && request.commands.length > 3 ? request.commands.slice(0, 3) : request.commands;
      first &&= some === request.commands;
      return honest(cookie, { ...request, commands: some });
    };
    expect(await phone.open.sync.now()).toBe('ok');
    expect(new Set(await phone.states())).toEqual(new Set(['accepted']));
  },
);

import { safeParse } from 'valibot';
import type { Session } from '@kernel/shared/protocol';
import { sessionSchema } from '@kernel/shared/protocol';
import type { Refusal } from '@kernel/shared/refusal';
import { refuse } from '@kernel/shared/refusal';
import type { Device } from './device';
import type { KnownPerson } from './device-db';
import type { OpenPerson } from './open-person';
import { call } from './wire';

/**
 * Who is signed in on this phone. The server's cookie says who may sync; what is kept here says whose copy is opened, also
 * without a network. Losing the first never loses the second.
 */
export class Sessions {
  constructor(private readonly device: Device) {
    device.onWake = () => (device.state.value === 'out' ? this.refresh() : Promise.resolve());
  }

  /** At start: open the person kept on this phone at once, then ask the server whether it still agrees. */
  async start(): Promise<void> {
    const { device } = this;
    const kept = await device.db.read('session');
    if (kept) {
      await device.open(kept);
      device.state.value = 'in';
      void this.refresh();
      return;
    }
    await this.refresh();
    if (device.state.value === 'starting') device.state.value = 'nobody';
  }

  async signIn(account: string, password: string): Promise<Session | Refusal> {
    return this.enter('/api/session', { account, password, device: await this.device.deviceId() });
  }

  /** Any door that answers with a session: sign-in, example, activation code. */
  async enter(path: string, body: unknown): Promise<Session | Refusal> {
    const reply = await call(this.device.fetch, path, { method: 'POST', body });
    if (reply.kind === 'lost') return refuse('kernel.offline');
    if (reply.kind === 'problem')
      return reply.problem
        ? refuse(reply.problem.code, { title: reply.problem.title, detail: reply.problem.detail ?? null })
        : refuse('kernel.offline');
    const parsed = safeParse(sessionSchema, reply.body);
    if (!parsed.success) return refuse('kernel.offline');
    await this.accept(parsed.output);
    askToStay();
    return parsed.output;
  }

  /** Asks the server who we are. Only its clear word (401, or `null` without a cookie) means "signed out"; silence means nothing. */
  async refresh(): Promise<void> {
    const { device } = this;
    if (await device.db.read('leaving')) {
      await this.tellLeaving();
      return;
    }
    const reply = await call(device.fetch, '/api/session', { method: 'GET' });
    const nobody = reply.kind === 'answer' && reply.body === null;
    if (nobody || (reply.kind === 'problem' && reply.status === 401)) {
      if (device.person.value) device.state.value = 'out';
      return;
    }
    if (reply.kind !== 'answer') return;
    const parsed = safeParse(sessionSchema, reply.body);
    if (!parsed.success || (await device.db.read('leaving'))) return;
    const mine = device.person.value?.session ?? (await device.db.read('session'));
    // Another tab signed somebody else in. Their copy is opened when they ask for it, not under this person's hands.
    if (mine && !samePerson(mine, parsed.output)) device.state.value = 'out';
    else await this.accept(parsed.output);
  }

  /** Leaves the phone: the readable copy goes, unsent work and drafts stay sealed for their owner. */
  async signOut(): Promise<void> {
    const { device } = this;
    const open = device.person.value;
    await device.db.write('leaving', true);
    await device.db.write('session', null);
    device.state.value = 'nobody';
    if (open) await this.seal(open);
    await device.close();
    await this.tellLeaving();
  }

  /** Who has used this phone, latest first, for the sign-in page. */
  async known(): Promise<KnownPerson[]> {
    const all = await this.device.db.persons.toArray();
    return all.sort((a, b) => b.lastAt - a.lastAt);
  }

  private async accept(session: Session): Promise<void> {
    const { device } = this;
    const open = device.person.value;
    if (open && !samePerson(open.session, session)) await this.seal(open);
    await device.db.write('leaving', false);
    await device.db.write('session', session);
    const person = await device.open(session);
    device.state.value = 'in';
    await this.remember(session, await person.outbox.unsent());
    if (person.sync.status.phase === 'signedOut' || person.sync.status.phase === 'otherPerson')
      void person.sync.resume();
  }

  /** Clears what could be read here and leaves what was written here (reliability.md §5, rule 38). */
  private async seal({ session, db, outbox, sync }: OpenPerson): Promise<void> {
    await sync.stop();
    await this.remember(session, await outbox.unsent());
    await db.transaction('rw', db.records, db.measures, db.meta, async () => {
      await db.records.clear();
      await db.measures.clear();
      await db.write('cursor', null);
      await db.write('rebaseDue', true);
    });
  }

  private async remember(session: Session, unsent: number): Promise<void> {
    const { device } = this;
    await device.db.persons.put({
      school: session.school.id,
      person: session.person.id,
      name: session.person.name,
      schoolName: session.school.name,
      account: session.account,
      lastAt: device.clock.now(),
      unsent,
    });
  }

  private async tellLeaving(): Promise<void> {
    const { device } = this;
    const reply = await call(device.fetch, '/api/session', { method: 'DELETE' });
    if (reply.kind === 'answer' || (reply.kind === 'problem' && reply.status === 401))
      await device.db.write('leaving', false);
  }
}

/** Without this, browsers may wipe a site that was not opened for a week (reliability.md rule 42). A "no" changes nothing. */
function askToStay(): void {
  if (typeof navigator === 'undefined') return;
  void navigator.storage?.persist?.().catch(() => undefined);
}

const samePerson = (a: Session, b: Session): boolean =>
  a.school.id === b.school.id && a.person.id === b.person.id;

import { safeParse } from 'valibot';
import type { Session } from '@kernel/shared/protocol';
import { heldElsewhereSchema, sessionSchema } from '@kernel/shared/protocol';
import type { Refusal } from '@kernel/shared/refusal';
import { refuse } from '@kernel/shared/refusal';
import type { Device } from './device';
import type { KnownPerson } from './device-db';
import { clearReadable, countUnsent } from './left-behind';
import type { OpenPerson } from './open-person';
import { ownersOfSpares } from './spare';
import { steady } from './steady';
import { StorageTrouble, openInTime, troubleOf } from './trouble';
import { call } from './wire';

/**
 * Who is signed in on this phone. The server's cookie says who may sync; what is kept here says whose copy is opened, also
 * without a network. Losing the first never loses the second.
 */
export class Sessions {
  constructor(private readonly device: Device) {
    device.onWake = () => (device.state.value === 'out' ? this.refresh() : Promise.resolve());
  }

  /**
   * At start: open the person kept on this phone at once, then ask the server whether it still agrees. Settles also when the
   * phone's storage does not open (`device.trouble` says why); should it open later, everything goes on by itself.
   */
  async start(): Promise<void> {
    try {
      await this.begin();
    } catch (error) {
      const { device } = this;
      device.trouble.value = error instanceof StorageTrouble ? error.kind : troubleOf(error, device.db);
      const later = error instanceof StorageTrouble ? error.later : null;
      void later?.then(
        () => {
          device.trouble.value = null;
          return this.start();
        },
        () => (device.trouble.value = 'broken'),
      );
    }
  }

  async signIn(account: string, password: string): Promise<Session | Refusal> {
    const device = await this.device.deviceId().catch(() => undefined);
    return this.enter('/api/session', { account, password, ...(device ? { device } : {}) });
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
    try {
      await this.accept(parsed.output, false);
    } catch (error) {
      const reason = error instanceof StorageTrouble ? error.kind : troubleOf(error, this.device.db);
      return refuse('kernel.notOpened', { reason });
    }
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
    // A portal's 401 carries no code of ours and signs nobody out.
    if (nobody || (reply.kind === 'problem' && reply.status === 401 && reply.problem !== null)) {
      if (device.person.value) device.state.value = 'out';
      return;
    }
    if (reply.kind !== 'answer') return;
    const parsed = safeParse(sessionSchema, reply.body);
    if (!parsed.success || (await device.db.read('leaving'))) return;
    const kept = await device.db.read('session');
    const mine = device.person.value?.session ?? kept;
    // Another tab signed somebody else in. Their copy is opened when they ask for it, not under this person's hands.
    if (mine && !samePerson(mine, parsed.output)) device.state.value = 'out';
    // The cookie is from here and what was stored beside it is not: this browser has been emptied.
    else await this.accept(parsed.output, kept === undefined);
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

  /** Who has used this phone, latest first, and how much of theirs still lies here. For the sign-in page. */
  async known(): Promise<KnownPerson[]> {
    const { device } = this;
    const inSpares = ownersOfSpares(device.caches);
    const all = await steady(device.db, () => device.db.persons.toArray());
    const open = device.person.value;
    const counted = await Promise.all(
      all.map(async (k): Promise<KnownPerson> => {
        const here = open && isOf(k, open.session);
        const unsent = here ? await open.outbox.unsent() : await countUnsent(k);
        return { ...k, unsent: unsent ?? k.unsent };
      }),
    );
    // Whom the phone only finds in a second place: it has forgotten them, and they have not.
    const found = (await inSpares).filter((f) => !all.some((k) => isSame(k, f)));
    return [...counted, ...found].sort((a, b) => b.lastAt - a.lastAt);
  }

  /** Other people's work that waits on this phone: held for them, neither sent nor deleted (rule 38). */
  async heldForOthers(): Promise<KnownPerson[]> {
    const mine = this.device.person.value?.session;
    return (await this.known()).filter((k) => k.unsent > 0 && !(mine && isOf(k, mine)));
  }

  private async begin(): Promise<void> {
    const { device } = this;
    await openInTime(device.db, device.patienceMs);
    const kept = await device.db.read('session');
    await this.finishSealing(kept ?? null);
    if (kept) {
      const person = await device.open(kept);
      device.state.value = 'in';
      if (person.fresh) await this.noteEvicted(person);
      void this.refresh().catch(() => undefined);
      return;
    }
    await this.refresh().catch((error: unknown) => {
      if (error instanceof StorageTrouble) throw error;
    });
    if (device.state.value === 'starting') device.state.value = 'nobody';
  }

  private async accept(session: Session, evicted: boolean): Promise<void> {
    const { device } = this;
    const open = device.person.value;
    if (open && !samePerson(open.session, session)) await this.seal(open);
    const person = await device.open(session);
    await device.db.write('leaving', false);
    await device.db.write('session', session);
    device.state.value = 'in';
    await this.remember(session, await person.outbox.unsent(), false);
    if (person.fresh && evicted) await this.noteEvicted(person);
    void this.askHeld(person).catch(() => undefined);
    const { phase } = person.sync.status;
    if (phase === 'signedOut' || phase === 'otherPerson' || phase === 'forbidden') void person.sync.resume();
  }

  /**
   * Clears what could be read here and leaves what was written here (reliability.md §5, rule 38). A storage that does not take it
   * now, full or lost, keeps nobody from leaving with a page that would never sync again: the next start clears it.
   */
  private async seal({ session, db, outbox, sync }: OpenPerson): Promise<void> {
    await sync.stop();
    try {
      await clearReadable(db);
      await this.remember(session, await outbox.unsent(), true);
    } catch {
      // Not noted as sealed: see `finishSealing`.
    }
  }

  /** The page may have died between a person's leaving and the end of the clearing. */
  private async finishSealing(kept: Session | null): Promise<void> {
    const { device } = this;
    for (const k of await device.db.persons.toArray()) {
      if (k.sealed || (kept && isOf(k, kept))) continue;
      if (await clearReadable(k)) await device.db.persons.put({ ...k, sealed: true });
    }
  }

  private async remember(session: Session, unsent: number, sealed: boolean): Promise<void> {
    const { device } = this;
    await device.db.persons.put({
      school: session.school.id,
      person: session.person.id,
      name: session.person.name,
      schoolName: session.school.name,
      account: session.account,
      lastAt: device.clock.now(),
      unsent,
      sealed,
    });
  }

  private async noteEvicted({ db }: OpenPerson): Promise<void> {
    const news = await db.read('news');
    if (news) await db.write('news', { ...news, evicted: true });
  }

  /** A fresh copy asks once what the person's other phones, or this one before it was emptied, had not delivered (B4). */
  private async askHeld({ db }: OpenPerson): Promise<void> {
    const news = await db.read('news');
    if (!news || news.asked) return;
    const reply = await call(this.device.fetch, '/api/devices', { method: 'GET' });
    const parsed = reply.kind === 'answer' ? safeParse(heldElsewhereSchema, reply.body) : null;
    if (!parsed?.success) return;
    const name = await db.read('device');
    const now = await db.read('news');
    const back = now?.restored ?? { count: 0, devices: [] };
    const held = parsed.output.filter(
      (h) => h.device !== name && !(back.devices.includes(h.device) && h.count <= back.count),
    );
    if (now) await db.write('news', now.evicted || held.length > 0 ? { ...now, asked: true, held } : null);
  }

  private async tellLeaving(): Promise<void> {
    const { device } = this;
    const reply = await call(device.fetch, '/api/session', { method: 'DELETE' });
    if (
      reply.kind === 'answer' ||
      (reply.kind === 'problem' && reply.status === 401 && reply.problem !== null)
    )
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
const isOf = (k: KnownPerson, s: Session): boolean => k.school === s.school.id && k.person === s.person.id;
const isSame = (a: KnownPerson, b: KnownPerson): boolean => a.school === b.school && a.person === b.person;

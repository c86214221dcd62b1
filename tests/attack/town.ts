import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import { registry } from '@app/server/modules';
import { exampleRoutes } from '@app/server/example-routes';
import { signBeacon } from '@kernel/server/beacon';
import { Jobs } from '@kernel/server/jobs';
import type { CommandResult, Envelope, SyncResponse } from '@kernel/shared/protocol';
import { makeHomeworkServer } from '@modules/homework/server';
import type { Plan } from '@modules/org/server/plan';
import { orgServer } from '@modules/org/server';
import type { Dialect } from '../support/databases';
import { anEnvelope, aSync, HEADERS, httpWorld, type HttpWorld } from '../support/http-world';
import { C1, C2, C3, smallSchool, type Who } from '../support/small-school';

export { C1, C2, C3 };
export const MONDAY = '2026-11-23';
export const PASSWORD = 'a long password';

/** Two schools on one server, both the small school, and whoever wants to try something. */
export class Town {
  readonly near = randomUUID();
  readonly far = randomUUID();
  private readonly cookies = new Map<string, string>();

  private constructor(
    readonly world: HttpWorld,
    private readonly jobs: Jobs,
  ) {}

  static async begins(dialect: Dialect, plan: Plan = smallSchool()): Promise<Town> {
    const modules = [orgServer, makeHomeworkServer()];
    const world = await httpWorld(dialect, registry, modules, undefined, exampleRoutes);
    const town = new Town(world, new Jobs(world.kernel, modules));
    for (const school of [town.near, town.far]) {
      await world.kernel.createSchool({
        id: school,
        name: '小小中学',
        zone: 'Asia/Shanghai',
        example: false,
      });
      const results = await world.kernel.systemAll(school, [
        { key: 'import', name: 'org.v1.applyImport', args: plan },
        { key: 'admin', name: 'org.v1.addAdmin', args: { person: 'xu', create: null } },
      ]);
      expect(results.map((r) => r.outcome)).toEqual(['accepted', 'accepted']);
    }
    await town.jobs.runOnce();
    return town;
  }

  async itIs(time: string, day = MONDAY): Promise<void> {
    this.world.clock.at(day, time);
    await this.jobs.runOnce();
  }
  get now(): number {
    return this.world.clock.now();
  }

  /** The cookie of somebody of the near school, or of the far one. */
  async cookie(who: Who, school = this.near): Promise<string> {
    const account = `${who}.${school.slice(0, 8)}`;
    let found = this.cookies.get(account);
    if (!found) {
      await this.world.kernel.auth.createAccount({
        school,
        person: who,
        account,
        password: PASSWORD,
        name: who,
      });
      found = await this.world.signIn(account, PASSWORD);
      this.cookies.set(account, found);
    }
    return found;
  }

  async post(url: string, payload: unknown, cookie = '', headers: Record<string, string> = {}) {
    return this.world.http.inject({
      method: 'POST',
      url,
      headers: { ...HEADERS, ...(cookie === '' ? {} : { cookie }), ...headers },
      payload: payload as object,
    });
  }
  async sync(who: Who, over: object = {}, school = this.near) {
    return this.post('/api/sync', { ...aSync({ person: who }), ...over }, await this.cookie(who, school));
  }
  /** One command; answers its result. */
  async does(who: Who, name: string, args: unknown, over: Partial<Envelope> = {}, school = this.near) {
    const command = anEnvelope(this.now, name, args, over);
    const answer = await this.sync(who, { commands: [command] }, school);
    expect(answer.statusCode, answer.body.slice(0, 300)).toBe(200);
    return answer.json<SyncResponse>().results[0] as CommandResult;
  }
  async do(who: Who, name: string, args: unknown, over: Partial<Envelope> = {}): Promise<string> {
    const result = await this.does(who, name, args, over);
    expect(result).toMatchObject({ outcome: 'accepted' });
    return result.id;
  }
  /** Everything a person may read, as the wire text. */
  async reads(who: Who, school = this.near): Promise<SyncResponse> {
    return (await this.sync(who, {}, school)).json<SyncResponse>();
  }
  async record<B>(kind: string, id: string, school = this.near): Promise<B> {
    const [row] = await this.world.db.store.reads.load(school, [{ kind, id }]);
    return JSON.parse(row?.body ?? 'null') as B;
  }
  /** A true beacon this person's phone could have kept. */
  beacon(who: Who, at: number): string {
    return signBeacon(this.world.db.store.secret, { school: this.near, person: who }, at);
  }
  async ends(): Promise<void> {
    expect(this.world.errors).toEqual([]);
    await this.world.close();
  }
}

export const homework = (classes: readonly string[], over: object = {}) => ({
  classes,
  subject: 'math',
  date: MONDAY,
  form: 'written',
  tiers: [{ tier: 'A', content: '第 12 页', minutes: 10 }],
  copiedFrom: null,
  ...over,
});
export const tier = (minutes: number, name = 'A') => ({ tier: name, content: '第 12 页', minutes });

import type { CommandDef } from '@kernel/shared/command';
import type { RecordDef, StateReader } from '@kernel/shared/record';
import { must } from '@kernel/shared/refusal';
import type { SignArgs } from '@modules/homework';
import { DEFAULT_RULES, itemRecord, rulesRecord } from '@modules/homework';
import { registry } from './office';

/** Broken variants of commands, made around the true ones: each must be caught by the property that the true one passes. */
const command = (name: string): CommandDef => must(registry.command(name), name);

const withRules = (state: StateReader, change: Partial<typeof DEFAULT_RULES>): StateReader => ({
  get<B>(def: RecordDef<B>, id: string): B | undefined {
    if (def.kind !== rulesRecord.kind) return state.get(def, id);
    return { versions: [{ ...DEFAULT_RULES, ...change }] } as B;
  },
});

const assign = command('homework.v1.assign');
export const oneSubjectMore: CommandDef = {
  ...assign,
  decide: (state, args, env) => assign.decide(withRules(state, { subjects: 4 }), args, env),
};
export const oneMinuteMore: CommandDef = {
  ...assign,
  decide: (state, args, env) =>
    assign.decide(withRules(state, { dayMinutes: DEFAULT_RULES.dayMinutes.map((m) => m + 1) }), args, env),
};
/** Looks at the first class only. */
export const firstClassOnly: CommandDef = {
  ...assign,
  decide(state, args, env) {
    const a = args as { classes: string[] };
    return assign.decide(
      {
        get<B>(def: RecordDef<B>, id: string): B | undefined {
          const body = state.get(def, id);
          if (def.kind !== 'homework.classDay' || id.startsWith(`${a.classes[0]}|`) || !body) return body;
          return { ...body, entries: [] };
        },
      },
      args,
      env,
    );
  },
};

const sign = command('homework.v1.sign');
export const signsOwn: CommandDef = {
  ...sign,
  decide: (state, args, env) =>
    sign.decide(state, args, { ...env, actor: { ...env.actor, person: 'somebody' } }),
};
export const signsStaleRound: CommandDef = {
  ...sign,
  decide(state, args, env) {
    const a = args as SignArgs;
    const items = a.items.map((i) => ({ ...i, round: state.get(itemRecord, i.id)?.round ?? i.round }));
    return sign.decide(state, { ...a, items }, env);
  },
};
export const signsAnyStep: CommandDef = {
  ...sign,
  decide(state, args, env) {
    const a = args as SignArgs;
    const step = state.get(itemRecord, must(a.items[0], 'an item').id)?.step ?? a.step;
    const grants = ['groupLeader', 'dean', 'vicePrincipal'].map((role) => ({
      ...must(env.actor.grants[0], 'a grant'),
      role,
      scope: role === 'groupLeader' ? 'prep' : 'school',
    }));
    return sign.decide(state, { ...a, step }, { ...env, actor: { ...env.actor, grants } });
  },
};
export const neverFinishes: CommandDef = {
  ...sign,
  decide(state, args, env) {
    const out = sign.decide(state, args, { ...env, now: env.now - 86_400_000 });
    return out;
  },
};

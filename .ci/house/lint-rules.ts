/** The house's own ESLint rules: the room walls at the desk, module names, file names, and no leftovers. */
import { relative } from 'node:path';
import type { Rule } from 'eslint';
import { mayNameModules, refuse, refuseStyle, roomOf, targetOf } from './rooms.ts';

// The parsers (TypeScript, Vue) add node kinds that ESLint's own types do not list.
interface AnyNode {
  readonly type: string;
  readonly value?: unknown;
  readonly source?: AnyNode | null;
  readonly argument?: AnyNode;
  readonly literal?: AnyNode;
  readonly loc?: unknown;
}

const pathOf = (context: Rule.RuleContext): string => {
  const root = (context.settings['house'] as { root?: string } | undefined)?.root ?? context.cwd;
  return relative(root, context.filename).replaceAll('\\', '/');
};

const report = (context: Rule.RuleContext, node: AnyNode, message: string): void => {
  context.report({ loc: node.loc as never, message: message.replaceAll('{{', '{ {') });
};

/** Every form in which one file can name another. Type imports count: a type is knowledge too. */
const rooms: Rule.RuleModule = {
  meta: { type: 'problem', schema: [] },
  create(context) {
    const from = pathOf(context);
    const judge = (source: AnyNode | null | undefined): void => {
      if (typeof source?.value !== 'string') return;
      const reason = refuse(from, targetOf(from, source.value)) ?? refuseStyle(from, source.value);
      if (reason) report(context, source, reason);
    };
    const bySource = (node: unknown): void => judge((node as AnyNode).source);
    return {
      ImportDeclaration: bySource,
      ExportNamedDeclaration: bySource,
      ExportAllDeclaration: bySource,
      ImportExpression: bySource,
      TSImportType: (node: unknown) => {
        const type = node as AnyNode;
        judge(type.source ?? type.argument?.literal ?? type.argument);
      },
    } as Rule.RuleListener;
  },
};

/** Kernel and app carry any module's data unread; a module's name in their strings is the first leak. */
const moduleNames: Rule.RuleModule = {
  meta: {
    type: 'problem',
    schema: [{ type: 'object', properties: { modules: { type: 'array', items: { type: 'string' } } } }],
  },
  create(context) {
    const from = pathOf(context);
    const room = roomOf(from);
    const names = (context.options[0] as { modules?: string[] } | undefined)?.modules ?? [];
    if (names.length === 0 || mayNameModules(from) || (room?.house !== 'kernel' && room?.house !== 'app'))
      return {};
    const naming = new RegExp(`^(?:@modules/|/)?(${names.join('|')})(?:[./:]|$)`);
    const judge = (node: unknown, text: unknown): void => {
      const found = typeof text === 'string' ? naming.exec(text)?.[1] : undefined;
      if (!found) return;
      report(
        context,
        node as AnyNode,
        `'${found}' is a module. Module names stand in their own folder and in src/app/{shared,client,server}/modules.ts only; let the module register what is needed here.`,
      );
    };
    const script = {
      Literal: (node: unknown) => judge(node, (node as AnyNode).value),
      TemplateElement: (node: unknown) => judge(node, (node as { value: { raw: string } }).value.raw),
    };
    const services = context.sourceCode.parserServices as {
      defineTemplateBodyVisitor?: (template: object, script: object) => Rule.RuleListener;
    };
    if (!services.defineTemplateBodyVisitor) return script as Rule.RuleListener;
    return services.defineTemplateBodyVisitor(
      { ...script, VLiteral: (node: unknown) => judge(node, (node as AnyNode).value) },
      script,
    );
  },
};

const fileNames: Rule.RuleModule = {
  meta: { type: 'suggestion', schema: [] },
  create(context) {
    return {
      Program(node) {
        const name = pathOf(context).split('/').at(-1) ?? '';
        const good = name.endsWith('.vue')
          ? /^[A-Z][A-Za-z0-9]*\.vue$/.test(name)
          : /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9-]+)*\.ts$/.test(name);
        if (!good)
          report(
            context,
            { type: 'Program', loc: { line: 1, column: 0 } },
            `${name}: files are kebab-case.ts or PascalCase.vue.`,
          );
        void node;
      },
    };
  },
};

// Spelled in pieces so that this file does not find itself.
const LEFTOVERS: readonly (readonly [RegExp, string])[] = [
  [/\b(?:TO[D]O|FIX[M]E|XX[X])\b/, 'Unfinished work does not stay in the tree: do it, or write it in docs/.'],
  [
    /@ts-(?:ignore|nocheck)\b/,
    'Silencing the type checker hides the next error too; use a type, or @ts-expect-error with its reason.',
  ],
  [
    /\b(?:it|test|describe|suite|bench)(?:\.\w+)*\.(?:only|skip|todo|skipIf|runIf)\b/,
    'A test that does not run proves nothing: fix it, keep it as test.fails, or delete it. (Databases are always there: npm run test:unit starts them.)',
  ],
];

const noLeftovers: Rule.RuleModule = {
  meta: { type: 'problem', schema: [] },
  create(context) {
    return {
      Program() {
        context.sourceCode.lines.forEach((text, index) => {
          for (const [pattern, why] of LEFTOVERS) {
            const hit = pattern.exec(text);
            if (!hit) continue;
            context.report({ loc: { line: index + 1, column: hit.index }, message: `'${hit[0]}': ${why}` });
          }
        });
      },
    };
  },
};

export const houseRules: Record<string, Rule.RuleModule> = {
  rooms,
  'module-names': moduleNames,
  'file-names': fileNames,
  'no-leftovers': noLeftovers,
};

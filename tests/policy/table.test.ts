import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import prettier from 'prettier';
import { describe, expect, test } from 'vitest';
import { registry } from '@app/server/modules';
import { registry as onPhones } from '@app/shared/modules';
import { withSystemCommands } from '@kernel/shared/contract';
import type { Policy } from '@kernel/shared/policy';

/**
 * Everybody who reads the project reads this page, and nobody weakens a row without changing it: it is the second look at every
 * right that the code gives. `UPDATE_POLICY=1` writes it anew, for a reviewer to see in the difference.
 */
const PAGE = join(__dirname, '../../docs/policy.md');
const WORDS: Readonly<Record<string, string>> = { school: 'school', scope: 'where held', own: 'own' };

function pageOf(policy: Policy): string {
  const kinds = [
    ['Commands', (o: string) => /^[a-z]+\.v\d/.test(o)],
    ['Routes', (o: string) => /^[A-Z]+ \//.test(o)],
    ['Pages', (o: string) => o.startsWith('page ')],
  ] as const;
  const rows = [...policy].sort(([a], [b]) => (a < b ? -1 : 1));
  const tables = kinds.map(([title, mine]) => {
    const lines = rows
      .filter(([operation]) => mine(operation))
      .map(
        ([operation, row]) =>
          `| \`${operation.replace(/^page /, '').replaceAll('|', '\\|')}\` | ${[...row].map(([role, reach]) => `${role} (${WORDS[reach]})`).join(', ')} |`,
      );
    return `## ${title}\n\n| operation | who (how far) |\n| --- | --- |\n${lines.join('\n')}\n`;
  });
  return `# Who may do what

Written by \`tests/policy/table.test.ts\` from the one table that the server, the menus and the tests share (\`src/**/policy.ts\`). What is not here is
refused to everybody. *school*: anywhere in it; *where held*: within the grant's scope; *own*: only what is the person's own. \`anyone\` needs no account,
\`everyone\` is every person of the school, \`system\` the school's own jobs and imports.

${tables.join('\n')}`;
}

describe('the authorisation table', () => {
  test('is the page that people read', async () => {
    const page = await prettier.format(pageOf(registry.policy), {
      parser: 'markdown',
      ...(await prettier.resolveConfig(PAGE)),
    });
    if (process.env['UPDATE_POLICY'] === '1') writeFileSync(PAGE, page);
    expect(page).toBe(readFileSync(PAGE, 'utf8'));
  });

  test('names every operation as one of the three kinds', () => {
    const odd = [...registry.policy.keys()].filter(
      (o) => !/^([a-z]+\.v\d+\.[A-Za-z]+(\/\d)?|[A-Z]+ \/|page \/)/.test(o),
    );
    expect(odd).toEqual([]);
  });

  test('phones carry what people may say, the server all of it', () => {
    const inTable = [...registry.policy.keys()].filter((o) => /^[a-z]+\.v\d/.test(o));
    expect([...new Set(inTable.map((o) => o.split('/')[0]!))].sort()).toEqual(registry.commandNames);
    const people = inTable.filter((o) =>
      [...registry.policy.get(o)!.keys()].some((role) => role !== 'system'),
    );
    expect([...new Set(people.map((o) => o.split('/')[0]!))].sort()).toEqual(onPhones.commandNames);
    expect(onPhones.commandNames.length).toBeLessThan(registry.commandNames.length);
  });

  test('nothing that people may say, or that is known already, is made the system’s own', () => {
    const known = (name: string) => registry.command(name)!;
    expect(() => withSystemCommands(onPhones, [known('org.v1.applyImport')])).not.toThrow();
    expect(() => withSystemCommands(registry, [known('org.v1.applyImport')])).toThrow('twice');
    expect(() => withSystemCommands(onPhones, [known('org.v1.leave')])).toThrow('twice');
    const renamed = (name: string) => ({ ...known('org.v1.applyImport'), name });
    for (const name of ['org.v1.absent', 'GET /api/ledger', 'homework.v1.sign/1'])
      expect(() => withSystemCommands(onPhones, [renamed(name)]), name).toThrow('not the system');
  });
});

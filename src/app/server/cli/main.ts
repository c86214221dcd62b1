import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Refused } from '@kernel/server/ops/exit';
import { readConfig } from '../config';
import { groundWords } from '../ground-words';
import { backup } from './backup';
import { examine } from './doctor';
import { restore } from './restore';
import { verify } from './verify';

export type Say = (line: string) => void;

const USAGE = `
  backup  [--to 文件夹]                              现在备份一次，服务器可以开着
  restore 文件 [--into 文件夹或数据库地址] [--key 钥匙] [--replace]
                                                     先停服务器；原来的数据留在旁边
  doctor  [--full]                                   检查一遍，什么都不改
  verify  [--school 学校] [--anchor 凭据文件] [--records]
                                                     从头核对操作账本，什么都不改
  verify receipt 回执文件 [--key 公钥]                 核对一份回执，不用数据库

  backup   now, also beside a running server · restore   stop the server first · doctor   looks, changes nothing
  verify   walks the command log from its first entry, or checks one receipt; changes nothing
  设置同服务器：DATA_DIR、DATABASE_URL、BACKUP_*（README）。Settings as for the server.
`;

/** The operator's commands, on the built product: `node dist/server/cli.js backup`. @returns the exit code */
export async function run(argv: readonly string[], env: NodeJS.ProcessEnv, say: Say): Promise<number> {
  const [command, ...rest] = argv;
  const { values, positionals } = parseArgs({
    args: [...rest],
    allowPositionals: true,
    options: {
      to: { type: 'string' },
      into: { type: 'string' },
      key: { type: 'string' },
      replace: { type: 'boolean', default: false },
      full: { type: 'boolean', default: false },
      school: { type: 'string' },
      anchor: { type: 'string', multiple: true },
      records: { type: 'boolean', default: false },
    },
  });
  const config = readConfig(env, process.cwd());
  switch (command) {
    case 'backup':
      await backup(config, values.to, say);
      return 0;
    case 'restore':
      await restore(config, { ...values, file: positionals[0], into: values.into, key: values.key }, say);
      return 0;
    case 'doctor': {
      const found = await examine(config, values.full);
      for (const { ok, text } of found) say(`${ok ? '✓' : '!'} ${text}`);
      const wrong = found.filter((f) => !f.ok).length;
      say(wrong === 0 ? '都好。All well.' : `${wrong} 处要看一下。${wrong} to look at.`);
      return wrong === 0 ? 0 : 1;
    }
    case 'verify':
      return verify(
        config,
        { ...values, positionals, school: values.school, anchor: values.anchor, key: values.key },
        say,
      );
    default:
      say(USAGE);
      return command === undefined || command === 'help' ? 0 : 64;
  }
}

function failed(error: unknown): number {
  const { message, stack, code } = error as { message?: string; stack?: string; code?: string };
  const known = error instanceof Refused || code?.startsWith('ERR_PARSE_ARGS');
  const ground = groundWords(error);
  const words = ground + (message || code || String(error));
  process.stderr.write(`! ${known || ground ? words : (stack ?? words)}\n`);
  return 2;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.umask(0o077);
  run(process.argv.slice(2), process.env, (line) => process.stdout.write(`${line}\n`)).then(
    (code) => (process.exitCode = code),
    (error: unknown) => (process.exitCode = failed(error)),
  );
}

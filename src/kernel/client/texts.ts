import type { ClientModule, RefusalText } from './client-module';
import { kernelTexts } from './kernel-texts';

/** Every module's words behind one door; nothing is ever shown as a bare code. */
export interface Texts {
  refusal(code: string, details?: Readonly<Record<string, unknown>>): RefusalText;
  /** What a queued command was, in words. */
  command(name: string, args: unknown): string;
}

export function makeTexts(modules: readonly Pick<ClientModule, 'texts'>[]): Texts {
  const all = [kernelTexts, ...modules.map((m) => m.texts)];
  return {
    refusal(code, details = {}) {
      for (const texts of all) {
        const text = attempt(() => texts.refusals[code]?.(details));
        if (text) return text;
      }
      return {
        // A problem answer brings its own sentence.
        title: typeof details.title === 'string' ? details.title : '这条没有被接受',
        kept: '内容已留在本机。',
        todo: '请打开核对后再提交；如有疑问，请把导出的文件交给管理员。',
      };
    },
    command(name, args) {
      for (const texts of all) {
        const title = attempt(() => texts.commands[name]?.(args as never));
        if (title) return title;
      }
      return '一项操作';
    },
  };
}

/** Old entries may carry arguments that today's words do not expect. */
function attempt<T>(words: () => T): T | undefined {
  try {
    return words();
  } catch {
    return undefined;
  }
}

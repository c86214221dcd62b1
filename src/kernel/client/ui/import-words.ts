import type { Imported } from '../outbox-file';
import type { ToastKind } from './announce';

/** What became of a file that was read back. */
export function importWords(read: Imported): { words: string; kind: ToastKind } {
  const { kind, added, known, damaged, owner } = read;
  switch (kind) {
    case 'unreadable':
      return { words: '这不是轻台账导出的文件，或已损坏，没有读入', kind: 'caution' };
    case 'newer':
      return { words: '这个文件是更新的版本导出的，请更新后再读入', kind: 'caution' };
    case 'otherPerson':
      return { words: `这是${owner ?? '别人'}的未送达文件，请本人登录后读入`, kind: 'caution' };
    case 'otherSchool':
      return { words: `这是另一所学校（${owner ?? ''}）的文件，没有读入`, kind: 'caution' };
    case 'notKept':
      return { words: '本机没能存下，文件请先留好，过一会儿再读', kind: 'caution' };
    case 'read': {
      const parts = [`读入 ${added} 条`];
      if (known > 0) parts.push(`${known} 条本机已有`);
      if (damaged > 0) parts.push(`${damaged} 条已损坏，没有读入`);
      return { words: parts.join('，'), kind: damaged > 0 ? 'caution' : added > 0 ? 'done' : 'calm' };
    }
  }
}

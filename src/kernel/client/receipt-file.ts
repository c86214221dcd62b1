import type { ReceiptFile } from '@kernel/shared/receipt';
import { saidText } from '@kernel/shared/receipt';
import type { OutboxEntry } from './person-db';

/** What the server digested: the same words in the same order as they were sent. */
export const saidOf = (person: string, { name, args }: Pick<OutboxEntry, 'name' | 'args'>): string =>
  saidText(person, name, JSON.stringify(args ?? null));

const HOW = [
  '这是学校服务器对一次送达的签收，任何人都可以核对，不需要联网，也不需要服务器。',
  'text 里 signature 之前的每一行（含换行）是被签的内容；signature 是用 key（Ed25519 公钥，base64url）做的签名。',
  '请把 key 与学校公布的公钥比对（学校管理员“我的 → 账本指纹”里有，也在打印的那张上）。',
  'said 是您送出的内容；它的 SHA-256（base64url）等于 text 里以 command 开头那一行的第五项。',
  '装有轻台账的电脑上可以直接运行：npm run verify -- receipt 文件名',
];

/** A file that speaks for itself, also in ten years. */
export function receiptFile(person: string, entry: OutboxEntry, text: string): Blob {
  const file: ReceiptFile = {
    format: 'qing-receipt',
    version: 1,
    command: entry.id,
    said: saidOf(person, entry),
    text,
    how: HOW,
  };
  return new Blob([`${JSON.stringify(file, null, 1)}\n`], { type: 'application/json' });
}

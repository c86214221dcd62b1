/**
 * Bytes → text: UTF-8 with or without a mark, UTF-16 with one, else GB18030 (what Excel and WPS save as .csv in China); null when
 * they are no text. A table of ours in GBK is never taken for UTF-8: the bytes of 姓, 星, 周 and 岗 cannot stand in UTF-8.
 */
export function decodeText(bytes: Uint8Array): string | null {
  const mark =
    bytes[0] === 0xff && bytes[1] === 0xfe
      ? 'utf-16le'
      : bytes[0] === 0xfe && bytes[1] === 0xff
        ? 'utf-16be'
        : null;
  for (const encoding of mark ? [mark] : ['utf-8', 'gb18030'])
    try {
      const text = new TextDecoder(encoding, { fatal: true }).decode(bytes);
      return text.includes('\0') ? null : text;
    } catch {
      // Not this one.
    }
  return null;
}

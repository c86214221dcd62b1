/** Text → GBK bytes, by asking the decoder what every pair of bytes means. Node can read GBK but not write it. */
export function gbk(text: string): Uint8Array {
  const bytes: number[] = [];
  for (const char of text) {
    const pair = char < '\u0080' ? [char.charCodeAt(0)] : table().get(char);
    if (!pair) throw new Error(`${char} is not in GBK`);
    bytes.push(...pair);
  }
  return Uint8Array.from(bytes);
}

let known: Map<string, number[]> | null = null;
function table(): Map<string, number[]> {
  if (known) return known;
  known = new Map();
  const decoder = new TextDecoder('gb18030');
  for (let lead = 0x81; lead <= 0xfe; lead++)
    for (let trail = 0x40; trail <= 0xfe; trail++)
      if (trail !== 0x7f) known.set(decoder.decode(Uint8Array.of(lead, trail)), [lead, trail]);
  return known;
}

import { deflateRawSync } from 'node:zlib';
import { unzip, zipStored } from '../../src/modules/org/server/zip';
import { gbk } from './gbk';
import { book } from './town-school';

/** Ways to spoil a good file (reliability.md E2). `below(n)` is the dice: 0 … n − 1. */
export type Below = (n: number) => number;
export const CANARY = 'canary-of-a-file-outside';

const ROWS = [
  ['青河县第一中学2026—2027学年教职工花名册'],
  ['姓名', '职务', '任教学科', '任教班级', '班主任', '联系电话', '备注'],
  ...Array.from({ length: 12 }, (_, i) => [
    `${'赵钱孙李周吴郑王冯陈褚卫'[i]!}晓`,
    '',
    '语文',
    `七${i + 1}班`,
    '是',
    `138000010${10 + i}`,
    '',
  ]),
];
const good = book([{ name: '花名册', rows: ROWS, merges: ['A1:G1'] }]);
const csv = ROWS.map((r) => r.join(',')).join('\r\n');
const parts = (): Map<string, Uint8Array> =>
  new Map(unzip(good, () => true, { entries: 100, bytes: 1e8 }) as Map<string, Uint8Array>);
const some = <T>(below: Below, list: readonly T[]): T => list[below(list.length)]!;

/** The workbook with the text of one part changed. */
function rewritten(path: string, change: (xml: string) => string): Uint8Array {
  const all = parts();
  return zipStored(all.set(path, Buffer.from(change(Buffer.from(all.get(path) ?? []).toString()))));
}
const sheetXml = (change: (xml: string) => string): Uint8Array =>
  rewritten('xl/worksheets/sheet1.xml', change);
const within = (xml: string, what: string): string => xml.replace('</sheetData>', `${what}</sheetData>`);

function flipped(from: Uint8Array, below: Below): Uint8Array {
  const bytes = from.slice();
  for (let n = 1 + below(12); n > 0; n--) bytes[below(bytes.length)] = below(256);
  return bytes;
}

const VALUES = [
  '',
  '-1',
  'NaN',
  '1e400',
  '9'.repeat(40),
  '0x10',
  '&#0;',
  '&#xD800;',
  '七(3)班',
  '1',
  '</v>',
  '2958466',
  '-7',
];
const TYPES = ['b', 'd', 'e', 'n', 's', 'str', 'inlineStr', 'z', '', '"'];
const REFS = ['A3', 'D4', 'ZZZZ9', 'A0', '3', '', 'A1048577', 'XFE1', '__proto__', 'A-3', 'A3:B4', '$A$3'];
const DOCTYPES = [
  `<!DOCTYPE x [<!ENTITY e SYSTEM "file:///CANARY">]>`,
  '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY e "&b;&b;&b;&b;&b;&b;&b;&b;">]>',
  '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/evil.dtd">',
  '<!DOCTYPE x [<!ENTITY % p SYSTEM "file:///CANARY"> %p;]>',
];

export const DAMAGES: Readonly<Record<string, (below: Below, canary: string) => Uint8Array>> = {
  bytes: (below) => flipped(good, below),
  cutOff: (below) => good.slice(0, below(good.length)),
  beginningLost: (below) => good.slice(1 + below(200)),
  twoInOne: (below) => Buffer.concat([good.slice(0, below(good.length)), good]),
  wrongTypes: (below) =>
    sheetXml((xml) =>
      xml.replace(/ t="[^"]*"/g, (all) => (below(3) === 0 ? ` t="${some(below, TYPES)}"` : all)),
    ),
  wrongValues: (below) =>
    sheetXml((xml) =>
      xml.replace(/<v>[^<]*<\/v>/g, (all) => (below(4) === 0 ? `<v>${some(below, VALUES)}</v>` : all)),
    ),
  wrongPlaces: (below) =>
    sheetXml((xml) =>
      xml.replace(/ r="[A-Z]+\d+"/g, (all) => (below(4) === 0 ? ` r="${some(below, REFS)}"` : all)),
    ),
  formulas: (below) =>
    sheetXml((xml) =>
      within(
        xml,
        `<row r="20"><c r="A20" t="${some(below, TYPES)}"><f${some(below, ['', ' t="shared" si="9"', ' t="array" ref="A1:XFD9"', ' t="dataTable"'])}>${some(below, ['[1]外!A1', 'WEBSERVICE("http://127.0.0.1:9")', 'A20', '('.repeat(500), 'cmd|"/c calc"!A0'])}</f></c></row>`,
      ),
    ),
  merges: (below) =>
    sheetXml((xml) =>
      xml.replace(
        /<mergeCells.*<\/mergeCells>/,
        `<mergeCells>${Array.from({ length: 1 + below(300) }, () => `<mergeCell ref="${some(below, ['A1:XFD1048576', 'A3:A2', 'A', '', 'B2:G2', 'A3:G14', 'C5:A1', '1:1'])}"/>`).join('')}</mergeCells>`,
      ),
    ),
  claimsOfSize: (below) =>
    sheetXml((xml) =>
      xml.replace(
        /<dimension[^>]*>/,
        `<dimension ref="${some(below, ['A1:XFD1048576', '', 'A1', 'ZZZZZ1:A0', '-'])}"/>`,
      ),
    ),
  entities: (below, canary) =>
    rewritten(some(below, ['xl/worksheets/sheet1.xml', 'xl/sharedStrings.xml', 'xl/workbook.xml']), (xml) =>
      xml
        .replace('?>', `?>${some(below, DOCTYPES).replace('CANARY', canary)}`)
        .replace(some(below, ['语文', '花名册', '</t>', '姓名']), '&e;'),
    ),
  encodings: (below) => {
    const path = some(below, ['xl/worksheets/sheet1.xml', 'xl/sharedStrings.xml']);
    const all = parts();
    const text = Buffer.from(all.get(path) ?? []).toString();
    const bytes = some(below, [
      Buffer.from(text, 'utf16le'),
      Buffer.from(text, 'latin1'),
      Buffer.from(`\ufeff${text}`),
    ]);
    return zipStored(all.set(path, bytes));
  },
  deep: (below) => sheetXml((xml) => within(xml, `${'<x>'.repeat(200 * (1 + below(100)))}</x>`)),
  partsMissing: (below) => {
    const all = parts();
    for (let n = 1 + below(4); n > 0; n--) all.delete(some(below, [...all.keys()]));
    return zipStored(all);
  },
  partsExchanged: (below) => {
    const all = parts();
    const [a, b] = [some(below, [...all.keys()]), some(below, [...all.keys()])];
    return zipStored(all.set(a, all.get(b) ?? new Uint8Array()));
  },
  workbook: (below) =>
    rewritten('xl/workbook.xml', (xml) =>
      xml
        .replace(
          /name="[^"]*"/,
          `name="${some(below, ['', '__proto__', 'constructor', '../../x', '七'.repeat(99), '&#0;', '[1]'])}"`,
        )
        .replace(/r:id="[^"]*"/, `r:id="${some(below, ['rId99', '', 'rId1', 'toString'])}"`)
        .replace(
          '</sheets>',
          `${'<sheet name="花名册" sheetId="1" r:id="rId1"/>'.repeat(below(40))}</sheets>`,
        ),
    ),
  relations: (below) =>
    rewritten(some(below, ['xl/_rels/workbook.xml.rels', '_rels/.rels']), (xml) =>
      xml.replace(/Target="[^"]*"/g, (all) =>
        below(2) === 0
          ? `Target="${some(below, ['../../../../etc/passwd', 'http://127.0.0.1:9/x', 'file:///etc/passwd', '', 'xl/workbook.xml', 'worksheets/sheet9.xml'])}" TargetMode="External"`
          : all,
      ),
    ),
  extraParts: (below) =>
    zipStored(
      parts()
        .set('xl/vbaProject.bin', Buffer.from('Attribute VB_Name = "Auto_Open"\nShell "calc"'))
        .set('xl/externalLinks/externalLink1.xml', Buffer.from('<externalLink/>'))
        .set(
          'xl/worksheets/_rels/sheet1.xml.rels',
          Buffer.from('<Relationships><Relationship Id="r" Target="../../x"/></Relationships>'),
        )
        .set(
          some(below, [
            '../../../tmp/evil.xml',
            '/etc/evil.xml',
            'xl/worksheets/sheet1.xml ',
            '__proto__',
            '七.xml',
          ]),
          Buffer.from('<x/>'),
        ),
    ),
  /** The directory of the zip lies: offsets, sizes, methods, counts, flags. */
  directory: (below) => {
    const zip = Buffer.from(good);
    const first = zip.indexOf(Buffer.from('PK\u0001\u0002'));
    const end = zip.lastIndexOf(Buffer.from('PK\u0005\u0006'));
    for (let n = 1 + below(3); n > 0; n--)
      if (below(2) === 0) zip.writeUInt16LE(below(65_536), end + 8 + 2 * below(6));
      else
        zip.writeUInt32LE(
          some(below, [0, 10, 0xffffffff, 0x7fffffff, below(2 ** 31)]),
          first + 8 + 2 * below(18),
        );
    return zip;
  },
  /** Tens of megabytes of one letter in a few kilobytes, said to be small. */
  bomb: (below) => {
    const path = some(below, ['xl/worksheets/sheet1.xml', 'xl/sharedStrings.xml', 'xl/styles.xml']);
    const packed = bombs[below(bombs.length)]!;
    const zip = Buffer.from(zipStored(parts().set(path, packed)));
    const name = Buffer.from(path);
    for (let at = zip.indexOf(name); at >= 0; at = zip.indexOf(name, at + 1)) {
      if (zip.readUInt32LE(Math.max(0, at - 46)) !== 0x02014b50) continue;
      zip.writeUInt16LE(8, at - 46 + 10);
      zip.writeUInt32LE(below(2) === 0 ? 10 : 30_000_000, at - 46 + 24);
    }
    return zip;
  },
  manyEntries: (below) =>
    zipStored(
      new Map([
        ...parts(),
        ...Array.from({ length: 100 * below(9) }, (_, i): [string, Uint8Array] => [
          `x${i}.xml`,
          Buffer.from('<x/>'),
        ]),
      ]),
    ),
  csvBytes: (below) => flipped(below(2) === 0 ? gbk(csv) : new TextEncoder().encode(csv), below),
  csvCutOff: (below) => gbk(csv).slice(0, below(csv.length)),
  csvQuotes: (below) =>
    new TextEncoder().encode(csv.replace(/[,\n]/g, (all) => (below(9) === 0 ? `${all}"` : all))),
  csvSeparators: (below) =>
    new TextEncoder().encode(
      some(below, [',', ';', '\t', '\n', '\r', '"', '""', '姓名,', '=1+1,']).repeat(1 + below(100_000)) + csv,
    ),
  csvSigns: (below) =>
    new TextEncoder().encode(
      csv.replace(/语文|七\d+班|是/g, (all) =>
        below(3) === 0
          ? some(below, [
              '=cmd|x!A0',
              '\u0000',
              '\u202e',
              '__proto__',
              '-',
              '七'.repeat(5_000),
              '7.1 2',
              '#REF!',
              '\ud800',
            ])
          : all,
      ),
    ),
  textOfAnyKind: (below) =>
    Uint8Array.from({ length: below(4_000) }, () =>
      below(20) === 0 ? 10 : below(3) === 0 ? 44 : 1 + below(255),
    ),
};

// Made once: packing tens of megabytes for every file would measure zlib.
const bombs = [30_000_000, 60_000_000].map((size) => deflateRawSync(Buffer.alloc(size, '<c>')));

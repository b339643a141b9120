/** Files as they go wrong in practice, each with the verdict it must get. */

import { gzipSync } from 'node:zlib'

export interface BrokenFile {
  readonly name: string
  readonly bytes: string | Uint8Array
  /** What the error says; else the file is read. */
  readonly refused?: RegExp
  /** What the only warning says; without it there must be none. */
  readonly warned?: RegExp
  /** Types of the columns of a file that is read. */
  readonly types?: string
}

const rows = Array.from({ length: 400 }, (_, i) => `${i * i},${i % 7}`).join('\n')
const packed = gzipSync(`a,b\n${rows}\n`)
const wide = Array.from({ length: 1200 }, (_, i) => i)

export const brokenFiles: readonly BrokenFile[] = [
  { name: 'nothing', bytes: '', refused: /is an empty file$/ },
  { name: 'blanks', bytes: ' \n\n', refused: /is a file of blanks$/ },
  { name: 'a byte order mark and nothing', bytes: '\uFEFF', refused: /is a file of blanks$/ },
  { name: 'an HTML page', bytes: '\n<HTML><body>', refused: /is an HTML page$/ },
  { name: 'a PDF', bytes: '%PDF-1.4\n1 0 obj', refused: /is a PDF$/ },
  {
    name: 'a PNG',
    bytes: Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0, 0, 13),
    refused: /is a binary file$/,
  },
  {
    name: 'UTF-16 without its mark',
    bytes: Buffer.from('a,b\n1,2\n', 'utf16le'),
    refused: /is a binary file$/,
  },
  {
    name: 'Parquet that is cut off',
    bytes: 'PAR1\0\0\0',
    refused: /too small to be a Parquet file$/,
  },
  {
    name: 'a zip that is cut off',
    bytes: Buffer.from('PK\u0003\u0004abc'),
    refused: /the archive is cut off$/,
  },
  {
    name: 'SQLite that is cut off',
    bytes: 'SQLite format 3\0abc',
    refused: /file is not a database$/,
  },
  { name: 'gzip that is cut off', bytes: packed.subarray(0, -30), refused: /cut off$/ },
  {
    name: 'gzip with a wrong checksum',
    bytes: Uint8Array.from(packed, (byte, i) => (i === packed.length - 6 ? byte ^ 1 : byte)),
    refused: /is a damaged gzip file$/,
  },
  { name: 'gzip of HTML', bytes: gzipSync('<html></html>'), refused: /is an HTML page$/ },
  { name: 'gzip in gzip', bytes: gzipSync(packed), refused: /is a gzip file$/ },
  {
    name: 'a quote that opens in the header',
    bytes: 'a,"b\n1,2\n',
    refused: /:1: a quote opens here/,
  },
  {
    name: 'a quote that opens in a later line of a record',
    bytes: 'a,b\n"x\ny","z\n',
    refused: /:3: a quote opens here/,
  },
  {
    name: 'a backslash before a quote',
    bytes: 'a,b\n"x\\"y",1\n',
    refused: /:2: text stands after a closing quote/,
  },
  { name: 'a short row', bytes: 'a,b,c\n1,2\n', refused: /:2: 2 fields, expected 3$/ },
  {
    name: 'a long row after a line break in quotes',
    bytes: 'a,b\n"x\ny",1\n1,2,3\n',
    refused: /:4: 3 fields, expected 2$/,
  },
  {
    name: 'separators at the end of rows only',
    bytes: 'a,b\n1,2,\n3,4,\n',
    refused: /:2: 3 fields, expected 2/,
  },
  {
    name: 'a title above the header',
    bytes: 'Report\na,b\n1,2\n3,4\n',
    refused: /:2: 2 fields, expected 1/,
  },
  {
    name: 'a total below the rows',
    bytes: 'a,b\n1,2\n3 rows\n',
    refused: /:3: 1 field, expected 2$/,
  },
  { name: 'names twice', bytes: 'a,b,a\n1,2,3\n', refused: /:1: two columns are called 'a'$/ },
  {
    name: 'names that differ in case',
    bytes: 'Age,AGE\n1,2\n',
    refused: /differ only in the case/,
  },
  { name: 'no header', bytes: '1,2.5\n3,4\n', refused: /these are numbers, no names$/ },
  {
    name: 'latin1',
    bytes: Buffer.from('a,b\nx,1\né,2\n', 'latin1'),
    refused: /:3: bytes that are not UTF-8$/,
  },
  { name: 'a NUL in a cell', bytes: 'a,b\n1,\0\n', refused: /is a binary file$/ },
  { name: 'two separators that fit', bytes: 'a|b,c\n1|2,3\n', refused: /equally well$/ },
  { name: 'one object of JSON that is cut off', bytes: '{"a":1}\n{"a":\n', refused: /:2: / },
  {
    name: 'an unnamed first column',
    bytes: ',a\n1,2\n',
    warned: /column 1 has no name/,
    types: 'BIGINT BIGINT',
  },
  {
    name: 'separators at the end of all lines',
    bytes: 'a,b,\n1,2,\n',
    warned: /column 3 has no name/,
    types: 'BIGINT BIGINT VARCHAR',
  },
  { name: 'a header only', bytes: 'a,b', warned: /no rows$/, types: 'VARCHAR VARCHAR' },
  {
    name: 'a word among numbers',
    bytes: 'a,b\n1,2\n3,four\n5,6\n',
    warned: /'b' is text: .* line 3 'four'$/,
    types: 'BIGINT VARCHAR',
  },
  {
    name: 'a blank cell among numbers',
    bytes: 'a,b\n1,2\n3,  \n5,6\n',
    warned: /line 3 '  '$/,
    types: 'BIGINT VARCHAR',
  },
  {
    name: 'a word among dates',
    bytes: 'd\n2024-01-01\n2024-01-02\nsoon\n',
    warned: /no time, .* 'soon'$/,
    types: 'VARCHAR',
  },
  {
    name: 'dates in two orders',
    bytes: 'd\n13/02/2024\n02/13/2024\n',
    warned:
      /day is first .* line 2 '13\/02\/2024', the month in others, first line 3 '02\/13\/2024'$/,
    types: 'VARCHAR',
  },
  {
    name: 'both decimal marks',
    bytes: 'a;b\n1,5;x\n1.5;y\n',
    warned: /cannot be told apart/,
    types: 'VARCHAR VARCHAR',
  },
  { name: 'trailing blank lines', bytes: 'a,b\n1,2\n\n\n', types: 'BIGINT BIGINT' },
  { name: 'no line end at the end', bytes: 'a,b\n1,2', types: 'BIGINT BIGINT' },
  { name: 'mixed line ends', bytes: 'a,b\r\n1,2\n3,4\r\n', types: 'BIGINT BIGINT' },
  { name: 'lone carriage returns', bytes: 'a,b\r1,2\r', types: 'BIGINT BIGINT' },
  {
    name: 'UTF-16 of the other order',
    bytes: Buffer.from('\uFEFFa,b\n1,2\n', 'utf16le').swap16(),
    types: 'BIGINT BIGINT',
  },
  { name: 'commas in quotes', bytes: 'a,b\n"x, y",1\n', types: 'VARCHAR BIGINT' },
  { name: 'a quote within a cell', bytes: 'a,b\n6" nail,1\n', types: 'VARCHAR BIGINT' },
  { name: 'a column of nothing', bytes: 'a,b\n1,\n2,\n', types: 'BIGINT VARCHAR' },
  { name: 'underscores in numbers', bytes: 'a\n1_000\n2_000\n', types: 'VARCHAR' },
  { name: 'hexadecimal numbers', bytes: 'a\n0x1F\n', types: 'VARCHAR' },
  { name: 'letters for truth', bytes: 'a\nt\nf\n', types: 'VARCHAR' },
  { name: 'infinities', bytes: 'a\ninf\n-Infinity\n1\n', types: 'DOUBLE' },
  { name: 'a Parquet name on CSV', bytes: packed, types: 'BIGINT BIGINT' },
  { name: 'a field of 2 MB', bytes: `a,b\n1,${'x'.repeat(2_000_000)}\n`, types: 'BIGINT VARCHAR' },
  {
    name: '1,200 columns',
    bytes: `${wide.map((i) => `c${i}`).join()}\n${wide.join()}\n`,
    types: wide.map(() => 'BIGINT').join(' '),
  },
  { name: 'HTML without a doctype, in capitals', bytes: '<HTML>', refused: /is an HTML page$/ },
  { name: 'three names alike', bytes: 'a,a,a\n1,2,3\n', refused: /called 'a'\n.*called 'a'$/ },
  {
    name: 'more faults than are shown',
    bytes: `a,b\n${'1\n'.repeat(50)}`,
    refused: /^(.*:\d+: 1 field, expected 2\n){19}.*:21: 1 field, expected 2$/,
  },
  {
    name: 'a stray byte of UTF-8 after lone carriage returns',
    bytes: Buffer.from('a,b\r1,\xff\r', 'latin1'),
    refused: /bytes that are not UTF-8$/,
  },
  {
    name: 'an odd half of a UTF-16 character',
    bytes: Buffer.concat([Buffer.from('\uFEFFa,b\n1,2\n', 'utf16le'), Buffer.of(0)]),
    refused: /utf-16le/,
  },
  {
    name: 'a list of JSON without its end',
    bytes: '[{"a":1},{"a":2}',
    refused: /:1: the list has no end$/,
  },
  { name: 'a key of JSON twice', bytes: '{"a":1,"a":2}\n', refused: /'a' is there twice$/ },
  { name: 'currency signs', bytes: 'a\n$5\n$7\n', types: 'VARCHAR' },
  { name: 'percents', bytes: 'a\n5%\n7%\n', types: 'VARCHAR' },
  { name: 'spaces around numbers', bytes: 'a,b\n 1, 2.5 \n', types: 'BIGINT DOUBLE' },
  { name: 'days that no month has', bytes: 'd\n2024-02-30\n', types: 'VARCHAR' },
  { name: 'quotes around numbers', bytes: 'a,b\n"1","2.5"\n', types: 'BIGINT DOUBLE' },
]

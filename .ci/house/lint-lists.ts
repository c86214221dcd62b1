/** What the pure rooms and old browsers cannot have, each with its reason. Read by eslint.config.ts only. */

interface Selector {
  readonly selector: string;
  readonly message: string;
}

const because = (names: string, message: string): { name: string; message: string }[] =>
  names.split(' ').map((name) => ({ name, message }));

const CLOCK =
  'shared has no clock: phone and server must decide the same. Take the time as an argument (env.now).';
const RANDOM =
  'shared has no dice: the same command must be decided alike twice. Take the id or number as an argument.';
const ZONE =
  'Depends on the time zone of the machine; a phone abroad would decide another day than the server. Use the kernel calendar or getUTC….';

export const PURE = {
  globals: [
    ...because(
      'window document navigator location history screen localStorage sessionStorage indexedDB caches self alert confirm',
      'shared has no screen. Pass the value in, or move this file to client.',
    ),
    ...because(
      'process Buffer global require module __dirname __filename',
      'shared has no Node. Pass the value in, or move this file to server.',
    ),
    ...because('fetch XMLHttpRequest WebSocket EventSource Worker', 'shared does no I/O. Pass the data in.'),
    ...because('performance', CLOCK),
    ...because('setTimeout setInterval setImmediate queueMicrotask requestAnimationFrame', CLOCK),
    ...because('crypto', RANDOM),
    ...because('console', 'shared is silent: return a value, and let the caller log it.'),
    ...because('globalThis', 'shared reaches for nothing outside its arguments.'),
    ...because('structuredClone', 'Missing in Chromium 87 and Safari 14. Records are plain: spread them.'),
  ],
  properties: [
    { object: 'Date', property: 'now', message: CLOCK },
    { object: 'Math', property: 'random', message: RANDOM },
    { object: 'Temporal', property: 'Now', message: CLOCK },
  ],
  syntax: [
    { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: CLOCK },
    { selector: "CallExpression[callee.name='Date']", message: CLOCK },
    {
      selector:
        'CallExpression[callee.property.name=/^(get(Hours|Day|Date|Month|FullYear|Minutes|Seconds|Milliseconds|TimezoneOffset)|set(Hours|Date|Month|FullYear|Minutes|Seconds)|toLocale(Date|Time)?String)$/]',
      message: ZONE,
    },
    {
      selector: "NewExpression[callee.name='Date'][arguments.length>1]",
      message: `${ZONE} (new Date(Date.UTC(…)))`,
    },
    {
      selector: 'ImportDeclaration[source.value=/^(node:|fs$|crypto$|path$)/]',
      message: 'shared is true on paper: no disk, network or process.',
    },
  ] satisfies Selector[],
};

export const CLIENT_REFUSED_GLOBALS = [
  ...because('process Buffer global require __dirname __filename', 'A browser has no Node.'),
  ...because(
    'structuredClone',
    'Missing in Chromium 87 and Safari 14. Use the plain clone of kernel/client.',
  ),
  ...because('requestIdleCallback', 'Safari has none. Use setTimeout.'),
];

export const FORBIDDEN_SYNTAX = {
  everywhere: [
    {
      selector: 'ExportDefaultDeclaration',
      message:
        'Named exports only: the name in the import is then the name of the thing. (.vue and config files excepted.)',
    },
    {
      selector: 'TSEnumDeclaration',
      message: 'Use a union of string literals: it is erased, and reads the same in JSON.',
    },
  ] satisfies Selector[],
  oldBrowsers: [
    {
      selector: 'Literal[regex.pattern=/\\(\\?<[=!]/]',
      message:
        'Lookbehind is a syntax error before Safari 16.4: the whole chunk would not load. Write it without.',
    },
    { selector: 'Literal[regex.flags=/[dv]/]', message: 'Flags d and v are unknown to Chromium 87.' },
    {
      selector: "CallExpression[callee.object.name='crypto'][callee.property.name='randomUUID']",
      message: 'Missing before Chromium 92 and Safari 15.4, and outside https. Use the kernel’s id maker.',
    },
    {
      selector: "CallExpression[callee.object.name='AbortSignal'][callee.property.name=/^(timeout|any)$/]",
      message: 'Missing in Chromium 87 and Safari 14. Use AbortController with setTimeout.',
    },
    {
      selector:
        'CallExpression[callee.property.name=/^(findLast|findLastIndex|toSorted|toReversed|toSpliced)$/]',
      message: 'Missing in Chromium 87 and Safari 14, and nobody polyfills it.',
    },
  ] satisfies Selector[],
};

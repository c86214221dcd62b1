/** What a person calls the thing a browser's own name belongs to: 苹果手机 · 微信. Unknown things are called 一台设备. */
export function deviceWords(browser: string): string {
  const machine = MACHINES.find(([way]) => way.test(browser))?.[1] ?? '一台设备';
  const inside = INSIDE.find(([way]) => way.test(browser))?.[1];
  return inside === undefined ? machine : `${machine} · ${inside}`;
}

const MACHINES: readonly (readonly [RegExp, string])[] = [
  [/iPad/, '苹果平板'],
  [/iPhone|iPod/, '苹果手机'],
  [/HarmonyOS|OpenHarmony/i, '鸿蒙设备'],
  [/Android.*Mobile/, '安卓手机'],
  [/Android/, '安卓平板'],
  [/Windows/, 'Windows 电脑'],
  [/Macintosh|Mac OS X/, '苹果电脑'],
  [/Linux|X11/, 'Linux 电脑'],
];
const INSIDE: readonly (readonly [RegExp, string])[] = [
  [/wxwork/i, '企业微信'],
  [/MicroMessenger/i, '微信'],
];

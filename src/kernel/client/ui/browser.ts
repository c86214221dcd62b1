/** What this web view is, where that changes what is said. Nothing is switched on or off by it. */
const agent = typeof navigator === 'undefined' ? '' : navigator.userAgent;

export const isWeChat = /MicroMessenger/i.test(agent);
export const isApple = /iPhone|iPad|iPod/.test(agent);

/** The web view in words, for 我的 and for exported files. */
export function browserWords(): string {
  const system = /HarmonyOS|OpenHarmony/i.test(agent)
    ? '鸿蒙'
    : isApple
      ? '苹果手机'
      : /Android/.test(agent)
        ? '安卓手机'
        : /Windows/.test(agent)
          ? 'Windows 电脑'
          : /Macintosh/.test(agent)
            ? '苹果电脑'
            : '电脑';
  const core = /(?:Chrome|Version)\/(\d+)/.exec(agent)?.[1];
  return `${system}${isWeChat ? ' · 微信' : ''}${core ? ` · 内核 ${core}` : ''}`;
}

import type { SyncPhase } from './sync';

export interface DeliveryFacts {
  readonly waiting: number;
  /** Delivered once; a restored server is being asked whether it still has them. @default 0 */
  readonly rechecking?: number;
  /** Not even kept on this phone: in this page's memory only. @default 0 */
  readonly unkept?: number;
  /** The oldest waiting one has waited for so many whole days. @default 0 */
  readonly days?: number;
  readonly attention: number;
  readonly online: boolean;
  readonly phase: SyncPhase;
  /** Something has ever been fetched for this person on this phone. */
  readonly fetched: boolean;
}

/** `calm` nothing to do · `waiting` it will go by itself · `attention` a person is needed. */
export type DeliveryTone = 'calm' | 'waiting' | 'attention';

/** From so many days on a person is asked to find a network (reliability.md rule 42): phones may wipe what is not used for a week. */
export const LATE_DAYS = 3;

/** The delivery line (ux.md): the most useful truth in one short sentence. Offline is a state, not an error. */
export function deliveryWords(f: DeliveryFacts): { words: string; tone: DeliveryTone } {
  const { unkept = 0, rechecking = 0, days = 0 } = f;
  const late = f.waiting > 0 && days >= LATE_DAYS;
  const kept = late
    ? `${f.waiting} 条待上传，最早的已等了 ${days} 天`
    : f.waiting > 0
      ? `已存本机，${f.waiting} 条待上传`
      : '';
  if (unkept > 0) return { words: `${unkept} 条还没存下，请先别关闭`, tone: 'attention' };
  if (f.attention > 0)
    return {
      words: [`${f.attention} 条需要处理`, f.waiting > 0 ? `${f.waiting} 条待上传` : '']
        .filter(Boolean)
        .join('，'),
      tone: 'attention',
    };
  if (f.phase === 'signedOut' || f.phase === 'otherPerson')
    return { words: kept ? `${kept}，请重新登录` : '请重新登录，本机内容都在', tone: 'attention' };
  if (f.phase === 'forbidden')
    return { words: kept ? `${kept}，学校服务器暂不接收` : '学校服务器暂不接收', tone: 'attention' };
  if (f.phase === 'updateNeeded')
    return { words: kept ? `${kept}，请更新后继续` : '请更新到新版本', tone: 'attention' };
  const tone: DeliveryTone = late ? 'attention' : kept ? 'waiting' : 'calm';
  if (!f.online) return { words: kept ? `离线，${kept}` : '离线，可照常使用', tone };
  if (f.phase === 'readOnly' && f.waiting > 0)
    return {
      words: `服务器暂时只能看，${f.waiting} 条存在本机，会自动再送`,
      tone: late ? 'attention' : 'waiting',
    };
  if (kept) return { words: kept, tone };
  if (rechecking > 0) return { words: `学校服务器恢复过备份，正在核对 ${rechecking} 条`, tone: 'waiting' };
  if (!f.fetched)
    return { words: f.phase === 'failing' ? '还没连上服务器，正在重试' : '正在取您的资料', tone: 'waiting' };
  if (f.phase === 'failing') return { words: '暂时连不上，可照常使用', tone: 'calm' };
  return { words: '全部已送达', tone: 'calm' };
}

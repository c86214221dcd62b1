import type { SyncPhase } from './sync';

export interface DeliveryFacts {
  readonly waiting: number;
  readonly attention: number;
  readonly online: boolean;
  readonly phase: SyncPhase;
  /** Something has ever been fetched for this person on this phone. */
  readonly fetched: boolean;
}

/** `calm` nothing to do · `waiting` it will go by itself · `attention` a person is needed. */
export type DeliveryTone = 'calm' | 'waiting' | 'attention';

/** The delivery line (ux.md): the most useful truth in one short sentence. Offline is a state, not an error. */
export function deliveryWords(f: DeliveryFacts): { words: string; tone: DeliveryTone } {
  const kept = f.waiting > 0 ? `已存本机，${f.waiting} 条待上传` : '';
  if (f.attention > 0)
    return {
      words: [`${f.attention} 条需要处理`, f.waiting > 0 ? `${f.waiting} 条待上传` : '']
        .filter(Boolean)
        .join('，'),
      tone: 'attention',
    };
  if (f.phase === 'signedOut' || f.phase === 'otherPerson')
    return { words: kept ? `${kept}，请重新登录` : '请重新登录，本机内容都在', tone: 'attention' };
  if (f.phase === 'updateNeeded')
    return { words: kept ? `${kept}，请更新后继续` : '请更新到新版本', tone: 'attention' };
  if (!f.online)
    return { words: kept ? `离线，${kept}` : '离线，可照常使用', tone: kept ? 'waiting' : 'calm' };
  if (kept) return { words: kept, tone: 'waiting' };
  if (!f.fetched)
    return { words: f.phase === 'failing' ? '还没连上服务器，正在重试' : '正在取您的资料', tone: 'waiting' };
  if (f.phase === 'failing') return { words: '暂时连不上，可照常使用', tone: 'calm' };
  return { words: '全部已送达', tone: 'calm' };
}

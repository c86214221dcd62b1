/** Caches whose names begin so hold people's words and no files of ours: nothing that tidies files may touch them. */
export const SPARE_PREFIX = 'qing-spare-';
export const isSpare = (cache: string): boolean => cache.startsWith(SPARE_PREFIX);

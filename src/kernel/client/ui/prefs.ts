import { reactive, watch } from 'vue';

/** How this phone likes to be looked at. Of the phone, not of the person: whoever picks it up sees the same. */
export interface Prefs {
  theme: 'system' | 'light' | 'dark';
  size: 'normal' | 'large' | 'larger';
  elder: boolean;
}

const KEY = 'qing-prefs';
const STANDARD: Prefs = { theme: 'system', size: 'normal', elder: false };

function stored(): Prefs {
  try {
    return { ...STANDARD, ...(JSON.parse(localStorage.getItem(KEY) ?? '{}') as Partial<Prefs>) };
  } catch {
    return { ...STANDARD };
  }
}

export const prefs: Prefs = reactive(stored());

/** Called before the first render, so that nothing is drawn in one size and then in another. */
export function applyPrefs(): void {
  const root = document.documentElement;
  set(root, 'data-theme', prefs.theme === 'system' ? null : prefs.theme);
  set(root, 'data-size', prefs.elder || prefs.size === 'normal' ? null : prefs.size);
  set(root, 'data-elder', prefs.elder ? '' : null);
  for (const meta of document.querySelectorAll<HTMLMetaElement>('meta[name="theme-color"]')) {
    const dark = prefs.theme === 'dark' || (prefs.theme === 'system' && meta.media.includes('dark'));
    meta.content = dark ? '#161a1a' : '#faf9f5';
  }
}

watch(prefs, () => {
  applyPrefs();
  try {
    localStorage.setItem(KEY, JSON.stringify(prefs));
  } catch {
    // A full or forbidden storage only means the choice is asked again.
  }
});

function set(root: HTMLElement, name: string, value: string | null): void {
  if (value === null) root.removeAttribute(name);
  else root.setAttribute(name, value);
}

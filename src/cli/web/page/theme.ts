import { useEffect, useState } from 'preact/hooks';

export const THEMES = ['auto', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

const KEY = 'otel-access-log-theme';
const prefersDark = matchMedia('(prefers-color-scheme: dark)');

/** The theme that is asked for, what it is at the moment, and how to ask for another. */
export function useTheme(): [Theme, 'light' | 'dark', (theme: Theme) => void] {
  const [theme, setTheme] = useState<Theme>(remembered);
  const [isDark, setIsDark] = useState(prefersDark.matches);
  useEffect(() => {
    const onChange = (): void => setIsDark(prefersDark.matches);
    prefersDark.addEventListener('change', onChange);
    return () => prefersDark.removeEventListener('change', onChange);
  }, []);
  const effective = theme === 'auto' ? (isDark ? 'dark' : 'light') : theme;
  // Before anything is drawn, since plots read their colours from the styles.
  document.documentElement.dataset.theme = effective;
  const remember = (next: Theme): void => {
    setTheme(next);
    try {
      localStorage.setItem(KEY, next);
    } catch {
      // A file that was opened without a server may have no storage.
    }
  };
  return [theme, effective, remember];
}

function remembered(): Theme {
  try {
    return THEMES.find((theme) => theme === localStorage.getItem(KEY)) ?? 'auto';
  } catch {
    return 'auto';
  }
}

/** A colour of the styles, for what is drawn on a canvas. */
export function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

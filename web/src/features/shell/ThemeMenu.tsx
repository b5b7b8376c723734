/** System, light or dark. */

import { setPreferences, usePreferences, type Theme } from '~/lib/preferences';
import { Menu, type MenuItem } from '~/ui/Menu';
import { Popover } from '~/ui/Popover';

const icons = { system: 'screen', light: 'sun', dark: 'moon' } as const;
const words = { system: 'System', light: 'Light', dark: 'Dark' } as const;

/** The choices of theme, for this menu and that of a phone. */
export function themeItems(theme: Theme): MenuItem[] {
  return (['system', 'light', 'dark'] as const).map((value) => ({
    label: words[value],
    icon: icons[value],
    chosen: value === theme,
    run: () => {
      setPreferences({ theme: value });
    },
  }));
}

/** The theme button of the header. */
export function ThemeMenu() {
  const { theme } = usePreferences();
  return (
    <Popover
      label={`Theme: ${words[theme]}`}
      icon={icons[theme]}
      look="quiet"
      align="end"
      role="menu"
    >
      {(close) => <Menu close={close} items={themeItems(theme)} />}
    </Popover>
  );
}

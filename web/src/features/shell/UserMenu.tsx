/** Who is looking, and help, which is always the last entry. */

import { lazy, useState } from 'react';
import { useShellKeys } from '~/lib/keys';
import { usePreferences } from '~/lib/preferences';
import { Menu } from '~/ui/Menu';
import { Part } from '~/ui/Part';
import { Popover } from '~/ui/Popover';
import { themeItems } from '~/features/shell/ThemeMenu';

const Help = lazy(() => import('~/features/shell/Help'));

/** The menu at the end of the header. */
export function UserMenu() {
  const [helping, setHelping] = useState(false);
  const { theme } = usePreferences();
  useShellKeys({
    '?': () => {
      setHelping(true);
    },
  });
  return (
    <>
      <Popover label="You and help" icon="person" look="quiet" align="end" role="menu">
        {(close) => (
          <>
            <Menu
              close={close}
              heading="Everything is open: no users are set up"
              items={[
                ...themeItems(theme),
                { label: 'Appearance and keyboard', icon: 'settings', href: '/settings/appearance' },
                {
                  label: 'Shortcuts and help',
                  icon: 'help',
                  keys: '?',
                  run: () => {
                    setHelping(true);
                  },
                },
              ]}
            />
          </>
        )}
      </Popover>
      {helping && (
        <Part what="Help">
          <Help
            close={() => {
              setHelping(false);
            }}
          />
        </Part>
      )}
    </>
  );
}

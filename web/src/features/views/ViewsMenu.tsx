/** Views: built-in sets of filters to go to. */

import { useNavigate } from '@tanstack/react-router';
import { Menu } from '~/ui/Menu';
import { Popover } from '~/ui/Popover';

/** The views that every instance has. */
export function ViewsMenu() {
  const navigate = useNavigate();
  return (
    <Popover label="Views" role="menu" align="end" look="quiet" face={<span>Views</span>}>
      {(close) => (
        <Menu
          close={close}
          items={[
            {
              label: 'Red on default',
              run: () => void navigate({ to: '/runs', search: { status: ['failure'] } }),
            },
          ]}
        />
      )}
    </Popover>
  );
}

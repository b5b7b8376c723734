/** The bell: its place is here; alerts themselves arrive with a later version. */

import { Popover } from '~/ui/Popover';

/** Says in words that nothing is watched yet, rather than showing a zero. */
export function AlertsBell() {
  return (
    <Popover label="Alerts" icon="alerts" look="quiet" align="end" className="max-sm:hidden">
      {() => (
        <div className="w-72 p-3">
          <p className="font-semibold">Alerts are not part of this version yet</p>
          <p className="mt-1 text-ink-2">
            Nothing is watched and nobody is told. The verdict on the overview and the wall say what
            is red.
          </p>
        </div>
      )}
    </Popover>
  );
}

/** Every attempt of a run with its status; the one shown can be changed. */

import type { RunDetails } from '~/api/types';
import { useSetSearch } from '~/lib/router';
import { appearanceOf, shownStatus } from '~/lib/status';
import { duration } from '~/lib/time';
import { Menu } from '~/ui/Menu';
import { Popover } from '~/ui/Popover';

interface AttemptPickerProps {
  shown: number;
  attempts: RunDetails['attempts'];
}

/** Just words when there was only one. */
export function AttemptPicker({ shown, attempts }: AttemptPickerProps) {
  const setSearch = useSetSearch();
  if (attempts.length < 2) return null;
  return (
    <Popover
      label="Attempt"
      role="menu"
      face={
        <span className="font-normal">
          Attempt {shown} of {attempts.length}
        </span>
      }
    >
      {(close) => (
        <Menu
          close={close}
          items={attempts.map((one) => {
            const { word } = appearanceOf(shownStatus(one.status, one.conclusion));
            const took = one.duration_s === null ? '' : ` · ${duration(one.duration_s)}`;
            return {
              label: `Attempt ${one.n}`,
              note: word + took,
              chosen: one.n === shown,
              run: () => {
                setSearch({ attempt: String(one.n) });
              },
            };
          })}
        />
      )}
    </Popover>
  );
}

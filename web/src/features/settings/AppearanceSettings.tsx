/** How the dashboard looks and listens in this browser. */

import type { ReactNode } from 'react';
import { Zones } from '~/features/shell/ZonePicker';
import {
  setPreferences,
  usePreferences,
  type Density,
  type Theme,
} from '~/lib/preferences';
import { Card } from '~/ui/Card';
import { Popover } from '~/ui/Popover';
import { Segmented } from '~/ui/Segmented';
import { useZone } from '~/ui/zone';
import { Switch } from '~/ui/Switch';

/** Everything here holds at once and for this browser only. */
export function AppearanceSettings() {
  const chosen = usePreferences();
  const { zone } = useZone();
  return (
    <Card label="Appearance and keyboard" className="divide-y divide-line">
      <Setting name="Theme" note="System follows the computer.">
        <Segmented<Theme>
          label="Theme"
          choices={[
            { value: 'system', label: 'System' },
            { value: 'light', label: 'Light' },
            { value: 'dark', label: 'Dark' },
          ]}
          value={chosen.theme}
          onChange={(theme) => {
            setPreferences({ theme });
          }}
        />
      </Setting>
      <Setting name="Row height" note="Roomy rows show the commit’s title on a second line.">
        <Segmented<Density>
          label="Row height"
          choices={[
            { value: 'compact', label: 'Compact' },
            { value: 'default', label: 'Default' },
            { value: 'comfortable', label: 'Roomy' },
          ]}
          value={chosen.density}
          onChange={(density) => {
            setPreferences({ density });
          }}
        />
      </Setting>
      <Setting name="Time zone" note="Also decides where days and weeks begin.">
        <Popover label="Choose a time zone" face={zone.replaceAll('_', ' ')} align="end">
          {(close) => <Zones close={close} />}
        </Popover>
      </Setting>
      <Setting name="Hours" note="14:02, or 2:02 pm.">
        <Segmented
          label="Hours"
          choices={[
            { value: '24', label: '24 h' },
            { value: '12', label: '12 h' },
          ]}
          value={String(chosen.hours) as '12' | '24'}
          onChange={(hours) => {
            setPreferences({ hours: hours === '12' ? 12 : 24 });
          }}
        />
      </Setting>
      <Setting name="Reduce motion" note="Also without the computer asking for it.">
        <Switch
          label="Reduce motion"
          on={chosen.calm}
          set={(calm) => {
            setPreferences({ calm });
          }}
        />
      </Setting>
      <Setting name="Single-key shortcuts" note="j, k, r, g o … Keys with Ctrl or ⌘ always work.">
        <Switch
          label="Single-key shortcuts"
          on={chosen.shortcuts}
          set={(shortcuts) => {
            setPreferences({ shortcuts });
          }}
        />
      </Setting>
    </Card>
  );
}

function Setting({ name, note, children }: { name: string; note: string; children: ReactNode }) {
  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3">
      <div className="min-w-48 flex-1">
        <p className="font-medium">{name}</p>
        <p className="text-caption text-ink-2">{note}</p>
      </div>
      {children}
    </div>
  );
}

/** The time zone in which everything is shown and days are cut. */

import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { metaQuery } from '~/api/queries';
import { setPreferences, usePreferences } from '~/lib/preferences';
import { useSearchParams, useSetSearch } from '~/lib/router';
import { Picker, type Option } from '~/ui/Picker';
import { Popover } from '~/ui/Popover';
import { useZone } from '~/ui/zone';

/** Pinned: this browser's, UTC, the instance's, and the three chosen last. */
export function ZonePicker() {
  const { zone } = useZone();
  return (
    <Popover
      label={`Time zone: ${zone}`}
      face={
        <>
          <span className="sr-only">Time zone: </span>
          <span className="max-w-32 truncate font-normal text-ink-2">{zone.replaceAll('_', ' ')}</span>
        </>
      }
      look="quiet"
      align="end"
    >
      {(close) => <Zones close={close} />}
    </Popover>
  );
}

/** The list of zones, for the header and the settings page. */
export function Zones({ close }: { close: () => void }) {
  const preferences = usePreferences();
  const { data: meta } = useQuery(metaQuery);
  const search = useSearchParams();
  const setSearch = useSetSearch();
  const [text, setText] = useState('');
  const choose = (value: string): void => {
    const pinned = ['browser', 'instance', 'UTC'].includes(value);
    setPreferences({
      zone: value,
      recentZones: pinned
        ? preferences.recentZones
        : [value, ...preferences.recentZones.filter((one) => one !== value)].slice(0, 3),
    });
    if (search.tz !== undefined) setSearch({ tz: undefined }, { replace: true });
    close();
  };
  return (
    <Picker
      label="Time zone"
      placeholder="Find a time zone"
      text={text}
      onText={setText}
      options={zoneOptions(text, preferences.recentZones, meta?.default_tz ?? 'UTC')}
      chosen={search.tz === undefined ? [preferences.zone] : [search.tz]}
      onToggle={choose}
    />
  );
}

function zoneOptions(text: string, recent: readonly string[], instance: string): Option[] {
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const pinned: Option[] = [
    { value: 'browser', label: 'This browser', note: own },
    { value: 'UTC', label: 'UTC' },
    { value: 'instance', label: 'This server', note: instance },
    ...recent.map((value) => ({ value, label: value.replaceAll('_', ' '), note: 'recent' })),
  ];
  const taken = new Set(pinned.map((option) => option.value));
  const all: Option[] = Intl.supportedValuesOf('timeZone')
    .filter((value) => !taken.has(value))
    .map((value) => ({ value, label: value.replaceAll('_', ' ') }));
  const wanted = text.toLowerCase().trim();
  const options = [...pinned, ...all];
  if (wanted === '') return options;
  return options.filter((option) =>
    `${option.label} ${option.note ?? ''}`.toLowerCase().includes(wanted),
  );
}

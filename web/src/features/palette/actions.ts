/** What the palette can do. */

import type { Entry, Tools } from '~/features/palette/entry';
import { frozen } from '~/features/filters/window';
import { copyLink } from '~/features/shell/useGlobalKeys';
import { setSaving } from '~/features/views/opened';
import { getPreferences, setPreferences, themeInForce } from '~/lib/preferences';
import { keepGlobal, type Range, type Search } from '~/lib/search';

type Action = Omit<Entry, 'group'>;

/** Typed before a zone's name; the entry that sets the zone types it. */
export const zonePrefix = '>Time zone: ';

/** Everything there is to do, without the zones. */
export function actionsOf(tools: Tools): Entry[] {
  const all = [...ranges(tools), ...looks(), ...shared(tools), ...elsewhere(tools)];
  return all.map((action) => ({ ...action, group: 'Actions' }));
}

function ranges({ navigate }: Tools): Action[] {
  const set = (window: (before: Search) => Partial<Search>): void =>
    void navigate({
      to: '.',
      search: (before: Search) => {
        const { from: _from, to: _to, range: _range, ...kept } = before;
        return { ...kept, ...window(before) };
      },
    });
  const range = (value: Range, label: string, keys: string): Action => ({
    id: `range ${value}`,
    label,
    words: `set range ${value} time window`,
    icon: 'clock',
    keys,
    run: () => { set(() => ({ range: value })); },
  });
  return [
    range('24h', 'Show the last 24 hours', 't 1'),
    range('7d', 'Show the last 7 days', 't 2'),
    range('30d', 'Show the last 30 days', 't 3'),
    {
      id: 'freeze',
      label: 'Freeze the time window',
      words: 'set range fix',
      icon: 'clock',
      keys: 't a',
      run: () => {
        set((before) => {
          const { from, to } = frozen(before);
          return { from, to };
        });
      },
    },
  ];
}

function looks(): Action[] {
  const other = themeInForce() === 'dark' ? 'light' : 'dark';
  const theme = (value: 'system' | 'light' | 'dark', icon: Entry['icon']): Action => ({
    id: `theme ${value}`,
    label: `Theme: ${value}`,
    icon,
    run: () => { setPreferences({ theme: value }); },
  });
  return [
    {
      id: 'zone',
      label: 'Set the time zone…',
      words: 'set timezone tz clock',
      icon: 'clock',
      leadsTo: zonePrefix,
      run: () => undefined,
    },
    {
      id: 'toggle theme',
      label: `Toggle theme: ${other}`,
      words: 'dark light mode',
      icon: other === 'dark' ? 'moon' : 'sun',
      run: () => { setPreferences({ theme: other }); },
    },
    theme('system', 'screen'),
    theme('light', 'sun'),
    theme('dark', 'moon'),
  ];
}

function shared(tools: Tools): Action[] {
  return [
    {
      id: 'pause',
      label: tools.paused ? 'Go on with live updates' : 'Pause live updates',
      words: 'pause resume live',
      icon: tools.paused ? 'play' : 'pause',
      keys: 'p',
      run: () => { tools.pause(!tools.paused); },
    },
    { id: 'refresh', label: 'Refresh', words: 'reload', icon: 'refresh', keys: 'r', run: tools.refresh },
    {
      id: 'ack',
      label: 'Acknowledge the top alert',
      words: 'ack firing',
      icon: 'alerts',
      run: tools.acknowledgeTop,
    },
    {
      id: 'save view',
      label: 'Save this view…',
      words: 'save view bookmark',
      icon: 'bookmark',
      run: () => { setSaving(true); },
    },
    {
      id: 'copy',
      label: 'Copy link to this view',
      words: 'copy link share url',
      icon: 'link',
      keys: 'Shift C',
      run: () => { copyLink(tools.zone); },
    },
  ];
}

function elsewhere({ navigate }: Tools): Action[] {
  return [
    {
      id: 'wall',
      label: 'Open the wall',
      words: 'open wall screen tv',
      icon: 'wall',
      href: '/wall',
      run: () => { window.location.assign('/wall'); },
    },
    {
      id: 'test channel',
      label: 'Test a channel',
      words: 'test channel slack email teams webhook send',
      icon: 'external',
      href: '/alerts/channels',
      run: () => void navigate({ to: '/alerts/channels', search: (before: Search) => keepGlobal(before) }),
    },
  ];
}

/** The time zones; choosing one keeps it, and takes away the one of a link. */
export function zonesOf({ navigate }: Tools): Entry[] {
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const zone = (value: string, name: string, note?: string): Entry => ({
    id: `zone ${value}`,
    group: 'Time zones',
    label: `Time zone: ${name}`,
    words: `timezone tz ${name}`,
    icon: 'clock',
    ...(note === undefined ? {} : { note }),
    run: () => {
      const { recentZones } = getPreferences();
      const isName = value.includes('/');
      const recent = [value, ...recentZones.filter((one) => one !== value)].slice(0, 3);
      setPreferences({ zone: value, ...(isName ? { recentZones: recent } : {}) });
      void navigate({ to: '.', search: ({ tz: _tz, ...kept }: Search) => kept, replace: true });
    },
  });
  return [
    zone('browser', 'this browser', own),
    zone('UTC', 'UTC'),
    zone('instance', 'this server'),
    ...Intl.supportedValuesOf('timeZone')
      .filter((value) => value !== 'UTC')
      .map((value) => zone(value, value.replaceAll('_', ' '))),
  ];
}

/** What the palette can find: places, actions, workflows and repositories, views, runs. */

import type { NavigateFn } from '@tanstack/react-router';
import type { FacetValue, Run, View } from '~/api/types';
import { copyLink } from '~/features/shell/useGlobalKeys';
import { runName } from '~/lib/naming';
import { setPreferences } from '~/lib/preferences';
import { keepGlobal, type Search } from '~/lib/search';
import { appearanceOf, shownStatus } from '~/lib/status';
import type { IconName } from '~/ui/Icon';

export interface Entry {
  id: string;
  group: 'Recent' | 'Go to' | 'Actions' | 'Views' | 'Workflows' | 'Repositories' | 'Runs';
  label: string;
  note?: string;
  icon: IconName;
  keys?: string;
  /** Where it leads, for those that lead somewhere. */
  href?: string;
  run: () => void;
}

interface Tools {
  navigate: NavigateFn;
  zone: string;
  paused: boolean;
  pause: (paused: boolean) => void;
  refresh: () => void;
}

/** Pages of the dashboard. */
export function placesOf({ navigate }: Tools): Entry[] {
  const pages = [
    ['/', 'Overview', 'overview', 'g o'],
    ['/grid', 'Grid', 'grid', 'g g'],
    ['/runs', 'Runs', 'runs', 'g r'],
    ['/alerts', 'Alerts', 'alerts', 'g a'],
    ['/settings/repositories', 'Settings: repositories', 'settings', 'g s'],
    ['/settings/retention', 'Settings: retention', 'settings', ''],
    ['/settings/appearance', 'Settings: appearance and keyboard', 'settings', ''],
    ['/settings/system', 'Settings: system', 'settings', ''],
    ['/welcome', 'Connect a repository', 'plus', ''],
  ] as const;
  const inside: Entry[] = pages.map(([to, label, icon, keys]) => ({
    id: to,
    group: 'Go to',
    label,
    icon,
    ...(keys === '' ? {} : { keys }),
    href: to,
    run: () => void navigate({ to, search: (before: Search) => keepGlobal(before) }),
  }));
  const outside = (href: string, label: string, icon: IconName): Entry => ({
    id: href,
    group: 'Go to',
    label,
    icon,
    href,
    run: () => {
      window.location.assign(href);
    },
  });
  return [...inside, outside('/wall', 'Wall', 'wall'), outside('/docs', 'API reference', 'code')];
}

/** Things to do. */
export function actionsOf(tools: Tools): Entry[] {
  const { navigate } = tools;
  const range = (value: '24h' | '7d' | '30d', label: string, keys: string): Entry => ({
    id: `range ${value}`,
    group: 'Actions',
    label,
    icon: 'clock',
    keys,
    run: () =>
      void navigate({
        to: '.',
        search: (before: Search) => {
          const { from: _from, to: _to, ...kept } = before;
          return { ...kept, range: value };
        },
      }),
  });
  const theme = (value: 'system' | 'light' | 'dark', icon: IconName): Entry => ({
    id: `theme ${value}`,
    group: 'Actions',
    label: `Theme: ${value}`,
    icon,
    run: () => {
      setPreferences({ theme: value });
    },
  });
  return [
    range('24h', 'Show the last 24 hours', 't 1'),
    range('7d', 'Show the last 7 days', 't 2'),
    range('30d', 'Show the last 30 days', 't 3'),
    theme('system', 'screen'),
    theme('light', 'sun'),
    theme('dark', 'moon'),
    {
      id: 'pause',
      group: 'Actions',
      label: tools.paused ? 'Go on with live updates' : 'Pause live updates',
      icon: tools.paused ? 'play' : 'pause',
      keys: 'p',
      run: () => {
        tools.pause(!tools.paused);
      },
    },
    { id: 'refresh', group: 'Actions', label: 'Refresh', icon: 'refresh', keys: 'r', run: tools.refresh },
    {
      id: 'copy',
      group: 'Actions',
      label: 'Copy link to this view',
      icon: 'link',
      keys: 'Shift C',
      run: () => {
        copyLink(tools.zone);
      },
    },
  ];
}

/** Saved views. */
export function viewEntries(views: readonly View[], open: (view: View) => void): Entry[] {
  return views.map((view) => ({
    id: `view ${view.id}`,
    group: 'Views',
    label: view.name,
    icon: 'bookmark',
    href: view.path + view.search,
    run: () => {
      open(view);
    },
  }));
}

/** Repositories, or workflows by name: choosing one filters by it. */
export function facetEntries(
  field: 'repo' | 'workflow',
  values: readonly FacetValue[],
  navigate: NavigateFn,
): Entry[] {
  return values.map(({ value, label, count }) => ({
    id: `${field} ${value}`,
    group: field === 'repo' ? 'Repositories' : 'Workflows',
    label,
    note: `${count} runs`,
    icon: field === 'repo' ? 'bookmark' : 'overview',
    run: () => void navigate({ to: '/', search: { [field]: [value] } }),
  }));
}

/** Runs found by number, commit, title or branch. */
export function runEntries(runs: readonly Run[], navigate: NavigateFn): Entry[] {
  return runs.map((run) => ({
    id: `run ${run.id}`,
    group: 'Runs',
    label: runName(run.workflow, run.run_number),
    note: [
      appearanceOf(shownStatus(run.status, run.conclusion)).word,
      run.repo,
      run.branch,
      run.head_sha?.slice(0, 7),
    ]
      .filter(Boolean)
      .join(' · '),
    icon: 'runs',
    href: `/runs/${run.id}`,
    run: () => void navigate({ to: '/runs/$runId', params: { runId: String(run.id) } }),
  }));
}

/** How well a label fits what was typed; 0 is not at all. Letters may be left out between. */
export function fit(label: string, text: string): number {
  const name = label.toLowerCase();
  const wanted = text.toLowerCase().trim();
  if (wanted === '') return 1;
  const at = name.indexOf(wanted);
  if (at === 0) return 4;
  if (at > 0) return /[\s/:·-]/.test(name[at - 1] ?? '') ? 3 : 2;
  let from = 0;
  for (const letter of wanted.replaceAll(' ', '')) {
    const next = name.indexOf(letter, from);
    if (next === -1) return 0;
    from = next + 1;
  }
  return 1;
}

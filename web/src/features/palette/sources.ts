/** What the palette can find: places, workflows and repositories, people and branches, views, runs, logs. */

import type { NavigateFn } from '@tanstack/react-router';
import type { FacetValue, LogSearchPage, Run, View } from '~/api/types';
import { writeHash } from '~/features/logs/hash';
import { runName } from '~/lib/naming';
import { counted } from '~/lib/numbers';
import { anyBranch, keepGlobal, stringifySearch, type Search } from '~/lib/search';
import { appearanceOf, shownStatus } from '~/lib/status';
import type { IconName } from '~/ui/Icon';
import type { Entry, Tools } from '~/features/palette/entry';

/** Pages of the dashboard. */
export function placesOf({ navigate }: Tools): Entry[] {
  const pages = [
    ['/', 'Overview', 'overview', 'g o'],
    ['/grid', 'Grid', 'grid', 'g g'],
    ['/runs', 'Runs', 'runs', 'g r'],
    ['/alerts', 'Alerts', 'alerts', 'g a'],
    ['/search', 'Log search', 'search', ''],
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
  return [...inside, outside('/docs', 'API reference', 'code')];
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
    note: counted(count, 'run'),
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

/** People who trigger runs and branches: choosing one lists its runs. */
export function whoEntries(
  field: 'actor' | 'branch',
  values: readonly FacetValue[],
  navigate: NavigateFn,
): Entry[] {
  return values.map(({ value, label, count }) => {
    const search: Search = field === 'actor' ? { actor: [value], branch: [anyBranch] } : { branch: [value] };
    return {
      id: `${field} ${value}`,
      group: field === 'actor' ? 'People' : 'Branches',
      label,
      note: counted(count, 'run'),
      icon: field === 'actor' ? 'person' : 'branch',
      href: `/runs${stringifySearch(search)}`,
      run: () => void navigate({ to: '/runs', search }),
    };
  });
}

/** The page that searches all logs, with what was typed. */
export function logSearchEntry(text: string, navigate: NavigateFn): Entry {
  const search: Search = { q: text };
  return {
    id: 'search logs',
    group: 'Logs',
    label: `Search all logs for “${text}”`,
    icon: 'search',
    href: `/search${stringifySearch(search)}`,
    run: () => void navigate({ to: '/search', search }),
  };
}

/** Lines of logs, each opened where it stands. */
export function lineEntries(found: LogSearchPage | undefined, navigate: NavigateFn): Entry[] {
  return (found?.groups ?? []).flatMap((job) =>
    job.hits.map((hit) => {
      const params = { runId: String(hit.run_id), jobId: String(hit.job_id) };
      const hash = writeHash({ from: hit.line, to: hit.line });
      return {
        id: `line ${hit.job_id} ${hit.line}`,
        group: 'Logs',
        label: hit.text,
        note: `${job.repo} · ${job.workflow} / ${job.job}`,
        icon: 'code',
        href: `/runs/${params.runId}/jobs/${params.jobId}#${hash}`,
        run: () => void navigate({ to: '/runs/$runId/jobs/$jobId', params, hash }),
      };
    }),
  );
}

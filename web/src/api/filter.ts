/** The filters of a page as the API takes them. */

import { anyBranch, defaultBranch, type Search } from '~/lib/search';
import type { Query } from '~/api/client';

export type Filter = Query;

/** The search of logs takes more, and shares the parameter. */
const maxWords = 200;

/** The filters that every page shares. */
export function globalFilter(search: Search): Filter {
  const branches = search.branch ?? [defaultBranch];
  return {
    ...(search.repo === undefined ? {} : { repo: search.repo }),
    ...(search.workflow === undefined ? {} : { workflow: search.workflow }),
    ...(branches.includes(anyBranch) ? {} : { branch: branches }),
    ...windowOf(search),
    ...(search.demo === undefined ? {} : { demo: 1 }),
  };
}

function windowOf(search: Search): Filter {
  if (search.from !== undefined && search.to !== undefined) {
    return { from: search.from, to: search.to };
  }
  return { range: search.range ?? '7d' };
}

/** The filters of a list of runs: the shared ones and its own. */
export function runFilter(search: Search): Filter {
  const { status, event, actor, label, commit, min_attempt, q } = search;
  const own = { status, event, actor, label, commit, min_attempt, q: q?.slice(0, maxWords) };
  const set = Object.entries(own).filter(([, value]) => value !== undefined);
  return { ...globalFilter(search), ...Object.fromEntries(set) };
}

/** How many seconds the chosen window spans. */
export function windowSeconds(search: Search): number {
  if (search.from !== undefined && search.to !== undefined) {
    return (Date.parse(search.to) - Date.parse(search.from)) / 1000;
  }
  return { '24h': 86_400, '7d': 604_800, '30d': 2_592_000 }[search.range ?? '7d'];
}

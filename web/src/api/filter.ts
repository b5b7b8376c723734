/** The filters of a page as the API takes them. */

import { anyBranch, defaultBranch, type Search } from '~/lib/search';
import { serverNow } from '~/lib/ticker';
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
    return withinReach(search.from, search.to);
  }
  return { range: search.range ?? '7d' };
}

const week = 604_800_000;
/** The server draws up to 1000 buckets, and the coarsest are weeks. */
const longest = 990 * week;

/** A window that can be drawn: one of many years ends tomorrow at the latest and is cut at its start. */
function withinReach(from: string, to: string): Filter {
  const [start, end] = [Date.parse(from), Date.parse(to)];
  if (end - start <= longest) return { from, to };
  // Whole days, so that the same is asked for at every look.
  const tomorrow = (Math.floor(serverNow() / 86_400_000) + 2) * 86_400_000;
  const until = Math.max(Math.min(end, tomorrow), start + week);
  return { from: iso(Math.max(start, until - longest)), to: iso(until) };
}

function iso(at: number): string {
  return new Date(at).toISOString().replace(/\.\d+Z$/, 'Z');
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

/** The URL contract: what the query string of a page may say, how it is read and written. */

export interface Search {
  repo?: string[];
  workflow?: string[];
  branch?: string[];
  range?: Range;
  from?: string;
  to?: string;
  gran?: Granularity;
  status?: string[];
  event?: string[];
  actor?: string[];
  label?: string[];
  commit?: string;
  min_attempt?: string;
  q?: string;
  sort?: string;
  tz?: string;
  peek?: string;
  tab?: string;
  attempt?: string;
  mode?: string;
  only?: 'failing';
  hide?: 'green';
  group?: 'none';
  cells?: CellSize;
  demo?: '1';
  /** Parameters we do not know are kept untouched. */
  [other: string]: string | string[] | undefined;
}

export type Range = '24h' | '7d' | '30d';
export type Granularity = 'hour' | 'day' | 'week';
export type CellSize = 'compact' | 'default' | 'large';

export const ranges: readonly Range[] = ['24h', '7d', '30d'];
export const granularities: readonly Granularity[] = ['hour', 'day', 'week'];
export const sorts = ['started_at', 'duration', 'queue', 'status'] as const;
export const defaultBranch = '@default';
export const anyBranch = '@any';

const lists = new Set(['repo', 'workflow', 'branch', 'status', 'event', 'actor', 'label']);
const singles = new Set([
  ...['range', 'from', 'to', 'gran', 'commit', 'min_attempt', 'q', 'sort', 'tz'],
  ...['peek', 'tab', 'attempt', 'mode', 'demo'],
  ...['only', 'hide', 'group', 'cells'],
]);
/** What goes along when one moves to another page. */
const global = new Set(['repo', 'workflow', 'branch', 'range', 'from', 'to', 'tz', 'demo']);
const maxValue = 500;
const maxCommit = 64;
const maxAttempt = { attempt: 100_000, min_attempt: 1000 } as const;
export const defaultSort = '-started_at';
/** Parameters that take one of few words. */
const words: Readonly<Record<string, readonly string[] | undefined>> = {
  gran: granularities,
  tab: ['jobs', 'waterfall', 'raw', 'history'],
  demo: ['1'],
  mode: ['time'],
  only: ['failing'],
  hide: ['green'],
  group: ['none'],
  cells: ['compact', 'default', 'large'] satisfies CellSize[],
};
const defaults = new Set(['mode=time', 'cells=default']);
/** The words of `status` that the API takes: ours, and those of providers. */
const statusWords = new Set([
  ...['success', 'failure', 'cancelled', 'skipped', 'neutral', 'action_required', 'running', 'queued'],
  ...['stale', 'unknown', 'timed_out', 'startup_failure'],
  ...['requested', 'waiting', 'pending', 'in_progress', 'completed'],
]);
const firstDay = '1971-01-01';
const lastDay = '2200-12-31';

/** Read a query string; repeated names become lists. */
export function parseSearch(text: string): Record<string, string | string[]> {
  // Anybody can write a name such as `constructor` there, which every plain object already has.
  const found = new Map<string, string | string[]>();
  for (const [name, value] of new URLSearchParams(text)) {
    const before = found.get(name);
    if (before === undefined) found.set(name, lists.has(name) ? [value] : value);
    else found.set(name, Array.isArray(before) ? [...before, value] : [before, value]);
  }
  return Object.fromEntries(found);
}

/** Write a query string, with names in the order they were set. */
export function stringifySearch(search: Record<string, unknown>): string {
  const parts = new URLSearchParams();
  for (const [name, value] of Object.entries(search)) {
    if (Array.isArray(value)) for (const one of value) parts.append(name, String(one));
    else if (typeof value === 'string' || typeof value === 'number') parts.append(name, String(value));
  }
  // These few are legal in a query and far easier to read as they are.
  const text = parts.toString().replace(/%40/g, '@').replace(/%2F/g, '/').replace(/%3A/g, ':');
  return text === '' ? '' : `?${text}`;
}

export interface Checked {
  search: Search;
  /** Names of parameters whose value means nothing. */
  dropped: string[];
}

/** Keep what can be understood, leave the defaults out, and name what was dropped. */
export function checkSearch(raw: Record<string, unknown>): Checked {
  const kept = new Map<string, string | string[]>();
  const dropped: string[] = [];
  for (const [name, value] of Object.entries(raw)) {
    if (value === undefined || value === null) continue;
    const checked = lists.has(name) ? checkList(name, value, dropped) : checkValue(name, value);
    if (checked === undefined) dropped.push(name);
    else if (checked !== null) kept.set(name, checked);
  }
  const search: Search = Object.fromEntries(kept);
  dropWindow(search, dropped);
  return { search, dropped };
}

function dropWindow(search: Search, dropped: string[]): void {
  const { from, to } = search;
  if (from === undefined && to === undefined) return;
  const makesSense =
    from !== undefined && to !== undefined && Date.parse(from) < Date.parse(to);
  if (makesSense) {
    delete search.range;
    return;
  }
  if (from !== undefined) dropped.push('from');
  if (to !== undefined) dropped.push('to');
  delete search.from;
  delete search.to;
}

/** The value to keep, `null` for a default that is left out, `undefined` for nonsense. */
function checkValue(name: string, value: unknown): string | string[] | null | undefined {
  if (!singles.has(name)) return Array.isArray(value) ? value.map(String) : String(value);
  const text = String(Array.isArray(value) ? value.at(-1) : value);
  if (text === '' || text.length > maxValue) return text === '' ? null : undefined;
  if (name === 'range') {
    if (!ranges.includes(text as Range)) return undefined;
    return text === '7d' ? null : text;
  }
  const allowed = words[name];
  if (allowed !== undefined && !allowed.includes(text)) return undefined;
  if (defaults.has(`${name}=${text}`)) return null;
  if (name === 'from' || name === 'to') return checkInstant(text);
  if (name === 'sort') return isSort(text) ? (text === defaultSort ? null : text) : undefined;
  if (name === 'tz') return isZone(text) ? text : undefined;
  if (name === 'attempt' || name === 'min_attempt') {
    const isNumber = /^[1-9]\d{0,5}$/.test(text) && Number(text) <= maxAttempt[name];
    if (!isNumber) return undefined;
    return name === 'min_attempt' && text === '1' ? null : text;
  }
  if (name === 'commit') return text.length <= maxCommit ? text : undefined;
  return text;
}

/** Of a list the values that make sense; that others were left out is told in `dropped`. */
function checkList(name: string, value: unknown, dropped: string[]): string[] | null {
  const texts = (Array.isArray(value) ? value : [value]).map(String);
  // Several statuses may stand in one, as the API takes them.
  const values = name === 'status' ? texts.flatMap((text) => text.split(',')) : texts;
  const wanted = [...new Set(values)].filter((one) => one !== '');
  const kept = wanted.filter((one) => isOfList(name, one, wanted));
  if (kept.length < wanted.length) dropped.push(name);
  if (kept.length === 0 || (name === 'branch' && kept.join() === defaultBranch)) return null;
  return kept;
}

function isOfList(name: string, value: string, all: readonly string[]): boolean {
  if (value.length > maxValue) return false;
  // The default branches cannot be counted together with others.
  if (name === 'branch' && value === defaultBranch) return all.length === 1;
  return name !== 'status' || statusWords.has(value);
}

const isoTime =
  /^(\d{4}-\d\d-\d\d)(?:[T ]((?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,6})?)?)(Z|[+ -]\d\d:\d\d)?)?$/i;

/** A day or a time as the API takes it too; one without a zone is UTC there, and said to be. */
function checkInstant(text: string): string | undefined {
  const [, day = '', time, zone = 'Z'] = isoTime.exec(text) ?? [];
  const midnight = Date.parse(day);
  const isDay = !Number.isNaN(midnight) && new Date(midnight).toISOString().startsWith(day);
  if (!isDay || day < firstDay || day > lastDay) return undefined;
  if (time === undefined) return day;
  // A + that nobody escaped arrives as a space.
  const spelled = `${day}T${time}${zone.replace(' ', '+').toUpperCase()}`;
  return Number.isNaN(Date.parse(spelled)) ? undefined : spelled;
}

function isSort(text: string): boolean {
  return (sorts as readonly string[]).includes(text.replace(/^-/, ''));
}

/** Whether this browser knows a time zone of that name. */
export function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** What a link to another page keeps: the global filters. */
export function keepGlobal(search: Search): Search {
  return Object.fromEntries(Object.entries(search).filter(([name]) => global.has(name)));
}

/** The same view without its filters. */
export function withoutFilters(search: Search): Search {
  const filters = ['repo', 'workflow', 'branch', 'status', 'event', 'actor', 'label'];
  const more = ['commit', 'min_attempt', 'q', 'range', 'from', 'to'];
  const gone = new Set([...filters, ...more]);
  return Object.fromEntries(Object.entries(search).filter(([name]) => !gone.has(name)));
}

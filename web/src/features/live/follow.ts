/** What the page does with live messages: patch rows, hold while paused, refetch numbers rarely. */

import type { Query, QueryClient } from '@tanstack/react-query';
import { forgetBoot } from '~/api/boot';
import { ApiError, read } from '~/api/client';
import type { Filter } from '~/api/filter';
import { rowsOf, type RunData } from '~/api/runLists';
import type { Run } from '~/api/types';
import { getLive, setLive } from '~/features/live/connection';
import { keepListening, type JobChange, type RunChange } from '~/features/live/socket';

const flushEvery = 300;
const numbersEvery = 10_000;
const alertsEvery = 1000;
const historyEvery = 1000;
const mostAtOnce = 100;
const catchUpAfter = 5000;

let follower: Follower | null = null;

/** Start following; the page does this once. */
export function follow(client: QueryClient): void {
  follower ??= new Follower(client);
}

/** Hold updates back, or let them in again. */
export function pause(paused: boolean): void {
  document.documentElement.toggleAttribute('data-paused', paused);
  setLive({ paused, held: 0 });
  if (!paused) follower?.catchUp();
}

class Follower {
  private readonly changed = new Map<number, number>();
  private readonly openRuns = new Set<number>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  /** When each kind of answer was last asked for again, or will be. */
  private readonly askedAt = new Map<string, number>();
  /** Those that are asked again once their first answer is there. */
  private readonly asksOnceMore = new Set<Query>();
  private missed = false;
  private again: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly client: QueryClient) {
    client.getQueryCache().subscribe((event) => {
      if (event.type !== 'updated') return;
      const { action } = event;
      if (action.type === 'success') noteAnswer(false);
      if (action.type === 'failed' || action.type === 'error') noteAnswer(isAway(action.error));
    });
    keepListening({
      run: (change) => {
        this.noteRun(change);
      },
      job: (change) => {
        this.noteJob(change);
      },
      numbers: () => {
        this.askAgain('numbers', numbersEvery, (query) => query.meta?.live === 'numbers');
      },
      alerts: () => {
        this.askAgain('alerts', alertsEvery, (query) => query.queryKey[0] === 'alerts');
      },
      history: () => {
        this.askAgain('history', historyEvery, (query) => query.queryKey[0] === 'backfills');
      },
      resync: () => {
        forgetBoot();
        this.missed = true;
        this.catchUp();
      },
    });
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'visible') this.catchUp();
    });
  }

  /** Whether to wait: paused by a person, or nobody is looking. */
  private get holds(): boolean {
    return getLive().paused || document.visibilityState === 'hidden';
  }

  private noteRun(change: RunChange): void {
    forgetBoot();
    if (this.holds) {
      this.missed = true;
      if (getLive().paused) setLive({ held: getLive().held + 1 });
      return;
    }
    this.changed.set(change.id, Math.max(change.rev, this.changed.get(change.id) ?? 0));
    this.schedule();
  }

  private noteJob(change: JobChange): void {
    if (this.holds) {
      this.missed = true;
      return;
    }
    this.openRuns.add(change.run_id);
    this.schedule();
  }

  private schedule(): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      requestAnimationFrame(() => void this.flush());
    }, flushEvery);
  }

  /** Ask again for what has changed, at once or when it was not asked for so long. */
  private askAgain(what: string, every: number, which: (query: Query) => boolean): void {
    if (this.holds) {
      this.missed = true;
      return;
    }
    const now = Date.now();
    const last = this.askedAt.get(what) ?? 0;
    if (last > now) return;
    const due = Math.max(now, last + every);
    this.askedAt.set(what, due);
    setTimeout(() => {
      if (this.holds) this.missed = true;
      else this.invalidate(which);
    }, due - now);
  }

  /** Ask again for everything in sight when something was missed. */
  catchUp(): void {
    if (this.holds || !this.missed) return;
    this.missed = false;
    this.invalidate((query) => query.meta?.live !== undefined);
  }

  private invalidate(which: (query: Query) => boolean): void {
    // A question under way for the first time is not asked a second time meanwhile, and its answer
    // may be from before what has just been heard.
    for (const query of this.client.getQueryCache().findAll({ predicate: which, type: 'active' })) {
      if (isFirstAsked(query) && !this.asksOnceMore.has(query)) void this.askOnceMore(query);
    }
    void this.client.invalidateQueries({ predicate: which, refetchType: 'active' });
  }

  private async askOnceMore(query: Query): Promise<void> {
    this.asksOnceMore.add(query);
    await answered(query);
    this.asksOnceMore.delete(query);
    this.invalidate((one) => one === query);
  }

  private async flush(): Promise<void> {
    const changed = new Map(this.changed);
    const open = new Set([...this.openRuns, ...changed.keys()]);
    this.changed.clear();
    this.openRuns.clear();
    for (const id of open) {
      this.invalidate(({ queryKey: [what, which] }) => what === 'run' && which === String(id));
    }
    try {
      await Promise.all(this.lists().map((list) => this.bringUpToDate(list, changed)));
    } catch {
      // What could not be fetched now is caught up with, like everything else that was missed.
      this.missed = true;
      this.again ??= setTimeout(() => {
        this.again = undefined;
        this.catchUp();
      }, catchUpAfter);
    }
  }

  /** Patch the rows a list has, and offer it those it has not that pass its filter. */
  private async bringUpToDate(list: Query, changed: ReadonlyMap<number, number>): Promise<void> {
    // An answer that was asked for before this news would put the old rows back over the new ones.
    while (list.state.fetchStatus === 'fetching') await answered(list);
    const rows = new Map(rowsOf(list.state.data as RunData).map((run) => [run.id, run]));
    const ids = [...changed.keys()];
    const stale = ids.filter((id) => (rows.get(id)?.rev ?? Infinity) < (changed.get(id) ?? 0));
    const unknown = ids.filter((id) => !rows.has(id));
    const filter = list.queryKey[2] as Filter;
    const [known, fresh] = await Promise.all([
      // A row stays in its list even when it no longer passes the filter: it must not vanish.
      fetchRuns(stale, filter.demo === undefined ? {} : { demo: filter.demo }),
      fetchRuns(takesNew(list) ? unknown : [], filter),
    ]);
    this.patch(list, known);
    for (const run of fresh) offerNew(list, run);
  }

  private lists(): Query[] {
    return this.client
      .getQueryCache()
      .findAll({ queryKey: ['runs'], type: 'active' });
  }

  private patch(list: Query, runs: readonly Run[]): void {
    if (runs.length === 0) return;
    const newer = new Map(runs.map((run) => [run.id, run]));
    this.client.setQueryData(list.queryKey, (data: RunData) =>
      mapRows(data, (row) => {
        const run = newer.get(row.id);
        return run !== undefined && run.rev > row.rev ? run : row;
      }),
    );
  }
}

/** No answer at all, or that of a proxy with nobody behind it. */
function isAway(error: unknown): boolean {
  return error instanceof ApiError && [0, 502, 504].includes(error.status);
}

function noteAnswer(away: boolean): void {
  if (getLive().away !== away) setLive({ away });
}

function isFirstAsked(query: Query): boolean {
  return query.state.data === undefined && query.state.fetchStatus !== 'idle';
}

/** Wait until the question that is under way has been answered, well or not. */
async function answered(query: Query): Promise<void> {
  await query.promise?.catch(() => undefined);
}

async function fetchRuns(ids: readonly number[], filter: Filter): Promise<Run[]> {
  const found: Run[] = [];
  for (let at = 0; at < ids.length; at += mostAtOnce) {
    const wanted = ids.slice(at, at + mostAtOnce);
    const page = await read('/api/v1/runs', { query: { ...filter, id: wanted, limit: mostAtOnce } });
    found.push(...page.items.filter((run) => wanted.includes(run.id)));
  }
  return found;
}

function mapRows(data: RunData, change: (run: Run) => Run): RunData {
  if (data === undefined) return data;
  if ('pages' in data) {
    return {
      ...data,
      pages: data.pages.map((page) => ({ ...page, items: page.items.map(change) })),
    };
  }
  return { ...data, items: data.items.map(change) };
}

type Newcomer = (run: Run) => void;
const waiting = new Map<string, Newcomer>();

/** A list says how it takes runs it has not seen. */
export function onNewRun(queryKey: readonly unknown[], take: Newcomer): () => void {
  const key = JSON.stringify(queryKey);
  waiting.set(key, take);
  return () => {
    waiting.delete(key);
  };
}

function takesNew(list: Query): boolean {
  return waiting.has(JSON.stringify(list.queryKey));
}

function offerNew(list: Query, run: Run): void {
  waiting.get(JSON.stringify(list.queryKey))?.(run);
}

/** Counting what a search finds beyond its first lines, a little at a time, until told to stop. */

import { useCallback, useEffect, useReducer } from 'react';
import { countLogLines } from '~/api/logs';
import type { Query } from '~/api/client';
import type { LogHits, LogSearchPage } from '~/api/types';

const longest = 10_000;

/** How far the counting has come. */
export interface Counting {
  /** What the parts found so far, by key of the group. */
  groups: ReadonlyMap<string, LogHits>;
  /** The part counted last; null before the first one. */
  last: LogSearchPage | null;
  /** Logs that could not be read, in all parts. */
  unreadable: number;
  state: 'counting' | 'stopped' | 'late' | 'failed' | 'done';
}

interface State extends Counting {
  /** Where the next part begins. */
  cursor: string | null;
  /** Counts the times somebody let it go on. */
  turn: number;
}

type Event =
  | { kind: 'found'; page: LogSearchPage }
  | { kind: 'stop' | 'late' | 'fail' | 'resume' };

function start(cursor: string | null): State {
  return { groups: new Map(), last: null, unreadable: 0, state: cursor === null ? 'done' : 'counting', cursor, turn: 0 };
}

function change(before: State, event: Event): State {
  switch (event.kind) {
    case 'found': {
      const cursor = event.page.next_cursor;
      const isStopped = before.state !== 'counting';
      return {
        ...before,
        groups: addGroups(before.groups, event.page.groups),
        last: event.page,
        unreadable: before.unreadable + event.page.unreadable,
        state: cursor === null ? 'done' : isStopped ? before.state : 'counting',
        cursor,
      };
    }
    case 'stop':
      return { ...before, state: 'stopped' };
    case 'late':
      return { ...before, state: 'late' };
    case 'fail':
      return { ...before, state: 'failed' };
    case 'resume':
      return { ...before, state: 'counting', turn: before.turn + 1 };
  }
}

/** Put the groups of a later part to those that were there. */
export function addGroups(
  before: ReadonlyMap<string, LogHits>,
  groups: readonly LogHits[],
): ReadonlyMap<string, LogHits> {
  const all = new Map(before);
  for (const group of groups) {
    const known = all.get(group.key);
    all.set(
      group.key,
      known === undefined
        ? group
        : {
            ...known,
            count: known.count + group.count,
            first: group.first < known.first ? group.first : known.first,
            last: group.last > known.last ? group.last : known.last,
            branches: addCounts(known.branches, group.branches),
            statuses: addCounts(known.statuses, group.statuses),
            hits: [...known.hits, ...group.hits],
          },
    );
  }
  return all;
}

type Counts = Readonly<Record<string, number>>;

/** Add counts by name. */
export function addCounts(before: Counts, more: Counts): Record<string, number> {
  const sum = { ...before };
  for (const [name, number] of Object.entries(more)) sum[name] = (sum[name] ?? 0) + number;
  return sum;
}

/** Count from a cursor on; ten seconds are enough unless somebody wants more. */
export function useCounting(wanted: Query & { q: string }, cursor: string | null) {
  const [state, dispatch] = useReducer(change, cursor, start);
  const isCounting = state.state === 'counting';
  useEffect(() => {
    if (!isCounting) return;
    const over = setTimeout(() => { dispatch({ kind: 'late' }); }, longest);
    return () => { clearTimeout(over); };
  }, [isCounting, state.turn]);
  const next = isCounting ? state.cursor : null;
  useEffect(() => {
    if (next === null) return;
    const asking = new AbortController();
    countLogLines(wanted, next, asking.signal).then(
      (page) => { dispatch({ kind: 'found', page }); },
      () => { if (!asking.signal.aborted) dispatch({ kind: 'fail' }); },
    );
    return () => { asking.abort(); };
    // A new search is a new component, so that what is wanted never changes.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [next]);
  const stop = useCallback(() => { dispatch({ kind: 'stop' }); }, []);
  const resume = useCallback(() => { dispatch({ kind: 'resume' }); }, []);
  return { counting: state as Counting, stop, resume };
}

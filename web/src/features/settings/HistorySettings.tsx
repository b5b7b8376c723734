/** History fetched from GitHub: how far each fetching is, and a way to begin and to stop one. */

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type SyntheticEvent } from 'react';
import { send } from '~/api/client';
import { backfillsQuery } from '~/api/queries';
import type { Backfill, RepositoryItem } from '~/api/types';
import { count, counted } from '~/lib/numbers';
import { useNow } from '~/lib/ticker';
import { roughly, shortDate } from '~/lib/time';
import { toast } from '~/lib/toasts';
import { Button } from '~/ui/Button';
import { Answer, Bone, Card } from '~/ui/Card';
import { Ago } from '~/ui/Time';
import { useZone } from '~/ui/zone';

const spans = [30, 90, 180, 400];

/** The last ones asked for, above the form that asks for another. */
export function HistorySettings({ repositories }: { repositories: readonly RepositoryItem[] }) {
  const asked = useQuery(backfillsQuery);
  return (
    <Card title="History">
      <Answer what="the history" asked={asked} skeleton={<Bone className="m-3 h-12" />}>
        {(list) =>
          list.items.length > 0 && (
            <ul className="flex flex-col" aria-label="History that was asked for">
              {list.items.map((one) => (
                <Row key={one.id} backfill={one} />
              ))}
            </ul>
          )
        }
      </Answer>
      {asked.data !== undefined && <AskForHistory names={repositories.map((one) => one.full_name)} />}
    </Card>
  );
}

const isOpen = (one: Backfill): boolean => one.state === 'waiting' || one.state === 'running';

function Row({ backfill: one }: { backfill: Backfill }) {
  const { zone } = useZone();
  const now = useNow(60);
  const client = useQueryClient();
  const stopping = useMutation({
    mutationFn: () => send('DELETE', `/api/v1/backfills/${one.id}`),
    onError: (error) => toast(error.message, { kind: 'problem' }),
    onSettled: () => client.invalidateQueries({ queryKey: backfillsQuery.queryKey }),
  });
  return (
    <li className="flex flex-col gap-1 border-b border-line px-3 py-2 text-control">
      <div className="flex min-h-7 flex-wrap items-center gap-x-3 gap-y-1">
        <span className="font-medium">{one.repo}</span>
        <span className="text-ink-2">
          {shortDate(one.since, zone, now)} to {shortDate(one.until, zone, now)}
        </span>
        {isOpen(one) && (
          <Button
            className="ml-auto"
            aria-label={`Stop fetching the history of ${one.repo}`}
            disabled={stopping.isPending}
            onClick={() => stopping.mutate()}
          >
            Stop
          </Button>
        )}
      </div>
      {isOpen(one) && <Bar backfill={one} />}
      <p className="flex flex-wrap gap-x-3 text-caption text-ink-2">
        <Standing backfill={one} />
      </p>
    </li>
  );
}

/** Listing is a tenth of the work; the rest is the jobs of every run. */
function shareOf(one: Backfill): number {
  const [since, until, reached] = [one.since, one.until, one.reached].map((at) => Date.parse(at));
  if (since === undefined || until === undefined || reached === undefined) return 0;
  const listed = (until - reached) / Math.max(1, until - since);
  const known = one.checked + one.unchecked;
  return 0.1 * listed + (listed >= 1 && known > 0 ? (0.9 * one.checked) / known : 0);
}

function Bar({ backfill: one }: { backfill: Backfill }) {
  const percent = Math.round(shareOf(one) * 100);
  return (
    <div
      role="progressbar"
      aria-label={`History of ${one.repo}`}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={percent}
      className="h-1.5 overflow-hidden rounded-pill bg-sunken"
    >
      <span className="block h-full rounded-pill bg-accent" style={{ width: `${percent}%` }} />
    </div>
  );
}

/** How far it is in words, and why it does not go on where it does not. */
function Standing({ backfill: one }: { backfill: Backfill }) {
  const now = useNow(1);
  const fetched = `${counted(one.checked, 'run')} fetched`;
  if (!isOpen(one)) {
    const word = { done: 'Done', stopped: 'Stopped', failed: 'Failed' }[one.state] ?? one.state;
    return (
      <>
        <span className={one.state === 'failed' ? 'text-fail' : undefined}>
          {word} {one.finished_at !== null && <Ago at={one.finished_at} />}
        </span>
        {one.checked > 0 && <span>{fetched}</span>}
        {one.words !== null && <span>{one.words}</span>}
      </>
    );
  }
  if (one.started_at === null) return <span>Begins within seconds.</span>;
  const left = one.eta === null ? null : (Date.parse(one.eta) - now) / 1000;
  return (
    <>
      <span>
        {one.reached > one.since ? `${counted(one.runs, 'run')} listed so far` : fetched}
        {one.unchecked > 0 && `, ${count(one.unchecked)} to go`}
      </span>
      {one.state === 'waiting' && one.words !== null && <span className="text-warn">{one.words}</span>}
      {one.runs_per_second !== null && <span>{one.runs_per_second.toFixed(1)} runs/s</span>}
      {one.calls_left !== null && <span>{count(one.calls_left)} calls left at GitHub</span>}
      {left !== null && <span>about {roughly(Math.max(1, left))} left</span>}
    </>
  );
}

const field =
  'h-8 max-w-full rounded-control border border-line-strong bg-bg px-2 text-control max-sm:text-section coarse:h-11';

function AskForHistory({ names }: { names: readonly string[] }) {
  const client = useQueryClient();
  const [name, setName] = useState('');
  const [days, setDays] = useState(90);
  const chosen = name === '' ? (names[0] ?? '') : name;
  const asking = useMutation({
    mutationFn: () => send('POST', `/api/v1/repos/${chosen}/backfill`, { days }),
    onSuccess: () => client.invalidateQueries({ queryKey: backfillsQuery.queryKey }),
  });
  if (names.length === 0) {
    return <p className="px-3 pb-3 text-control text-ink-2">Add a repository first.</p>;
  }
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    asking.mutate();
  };
  return (
    <form className="flex flex-wrap items-end gap-2 px-3 pt-2 pb-3" onSubmit={submit}>
      <label className="flex max-w-full flex-col gap-1">
        <span className="text-caption text-ink-2">Repository</span>
        <select
          value={chosen}
          className={`${field} w-72`}
          onChange={(event) => {
            setName(event.target.value);
          }}
        >
          {names.map((one) => (
            <option key={one}>{one}</option>
          ))}
        </select>
      </label>
      <label className="flex flex-col gap-1">
        <span className="text-caption text-ink-2">How far back</span>
        <select
          value={days}
          className={field}
          onChange={(event) => {
            setDays(Number(event.target.value));
          }}
        >
          {spans.map((one) => (
            <option key={one} value={one}>
              {one} days
            </option>
          ))}
        </select>
      </label>
      <Button type="submit" className="h-8!" disabled={asking.isPending}>
        Fetch history
      </Button>
      <p role="alert" className="basis-full text-caption text-fail empty:hidden">
        {asking.error?.message}
      </p>
      <p className="basis-full text-caption text-ink-2">
        Runs and jobs come from GitHub, the newest first, and nobody is alerted about the past. It
        goes on by itself after a restart and after GitHub’s limits.
      </p>
    </form>
  );
}

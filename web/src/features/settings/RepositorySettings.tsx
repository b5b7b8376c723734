/** Which repositories are known, how they are fed, and when they were last heard of. */

import { Link } from '@tanstack/react-router';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { clsx } from 'clsx';
import { useState, type SyntheticEvent } from 'react';
import { send } from '~/api/client';
import { metaQuery, ownersQuery, reposQuery } from '~/api/queries';
import type { RepositoryItem } from '~/api/types';
import { GitHubSettings } from '~/features/settings/GitHubSettings';
import { HistorySettings } from '~/features/settings/HistorySettings';
import { count, counted, percent } from '~/lib/numbers';
import { appearanceOf, shownStatus } from '~/lib/status';
import { useNow } from '~/lib/ticker';
import { toast } from '~/lib/toasts';
import { Button, buttonClass } from '~/ui/Button';
import { Answer, Bone, Card, Empty } from '~/ui/Card';
import { StatusIcon } from '~/ui/StatusIcon';
import { Ago } from '~/ui/Time';

const day = 86_400_000;
const most = 200;

/** The list, and a way to add one. */
export function RepositorySettings() {
  const asked = useQuery(reposQuery(most));
  const tracked = (asked.data?.items ?? []).filter((one) => one.feed.tracked);
  return (
    <>
      <Card title="Known repositories" busy={asked.isFetching && !asked.isPending}>
        <Answer what="the repositories" asked={asked} skeleton={<Bone className="m-3 h-48" />}>
          {(page) =>
            page.items.length === 0 ? (
              <Empty
                title="No repository yet"
                actions={
                  <Link to="/welcome" className={buttonClass('strong')}>
                    Connect a repository
                  </Link>
                }
              >
                A repository appears by itself with its first event.
              </Empty>
            ) : (
              <List items={page.items} />
            )
          }
        </Answer>
      </Card>
      <Accounts />
      <AddRepository />
      <HistorySettings repositories={tracked} />
      <GitHubSettings />
      <Polling tracked={tracked.length} />
    </>
  );
}

const head = 'border-b border-line px-3 py-1.5 text-left text-caption font-medium text-ink-2';

function List({ items }: { items: readonly RepositoryItem[] }) {
  return (
    // What only screen readers hear lies free of the flow: it would widen the page from out here.
    <div className="relative overflow-x-auto" tabIndex={0} role="region" aria-label="Table of repositories">
      <table className="w-full text-control whitespace-nowrap">
        <thead>
          <tr>
            <th scope="col" className={head}>Repository</th>
            <th scope="col" className={head}>GitHub</th>
            <th scope="col" className={head}>Fed by</th>
            <th scope="col" className={head}>Last event</th>
            <th scope="col" className={head}>Default branch</th>
            <th scope="col" className={clsx(head, 'text-right')}>Runs, 7 days</th>
            <th scope="col" className={clsx(head, 'text-right')}>Success</th>
            <th scope="col" className={head}>
              <span className="sr-only">What to do</span>
            </th>
          </tr>
        </thead>
        {items.map((item) => (
          <Row key={item.id} item={item} />
        ))}
      </table>
    </div>
  );
}

/** One repository, with what is wrong with it below, where something is. */
function Row({ item }: { item: RepositoryItem }) {
  return (
    <tbody className="border-b border-line last:border-0 hover:bg-hover">
      <tr>
        <th scope="row" className="px-3 py-1.5 text-left font-medium">
          <Link
            to="/"
            search={{ repo: [item.full_name] }}
            title={item.full_name}
            className="inline-flex min-h-6 max-w-64 items-center gap-2 align-middle hover:underline max-sm:max-w-44"
          >
            {item.last_status !== null && (
              <StatusIcon
                status={shownStatus(item.last_status)}
                label={`Last run: ${appearanceOf(shownStatus(item.last_status)).word}`}
              />
            )}
            <span className="truncate">{item.full_name}</span>
          </Link>
        </th>
        <td className="px-3">
          <FeedState feed={item.feed} />
        </td>
        <td className="px-3">{item.fed_by ?? 'nothing yet'}</td>
        <td className="px-3">
          <LastEvent at={item.last_event_at} />
        </td>
        <td className="px-3">
          <code className="text-caption">{item.default_branch ?? 'unknown'}</code>
        </td>
        <td className="px-3 text-right">{count(item.runs)}</td>
        <td className="px-3 text-right">
          {item.success_rate === null ? '–' : percent(item.success_rate)}
        </td>
        <td className="pr-1.5 text-right">
          <Tracking name={item.full_name} tracked={item.feed.tracked} />
        </td>
      </tr>
      {item.feed.tracked && item.feed.words !== null && (
        <tr>
          <td colSpan={8} className="px-3 pb-2">
            <p className="sticky left-3 w-fit max-w-[min(44rem,calc(100vw-4rem))] text-caption whitespace-normal text-ink-2">
              {item.feed.words} {item.feed.next_step}
              {item.feed.partial_until !== null && (
                <>
                  {' '}Asked again <Ago at={item.feed.partial_until} />.
                </>
              )}
            </p>
          </td>
        </tr>
      )}
    </tbody>
  );
}

/** Ends asking GitHub for a repository or an account, or begins it again. */
function Tracking({ name, tracked }: { name: string; tracked: boolean }) {
  const client = useQueryClient();
  const changing = useMutation({
    mutationFn: () =>
      tracked ? send('DELETE', `/api/v1/repos/${name}`) : send('POST', '/api/v1/repos', { full_name: name }),
    onSuccess: () => {
      toast(tracked ? `${name} is no longer tracked; what is stored stays` : `${name} is tracked`);
      return client.invalidateQueries({ queryKey: ['repos'] });
    },
    onError: (error) => {
      toast(error.message, { kind: 'problem' });
    },
  });
  return (
    <Button
      look="quiet"
      aria-label={`${tracked ? 'Stop tracking' : 'Track'} ${name}`}
      disabled={changing.isPending}
      onClick={() => {
        changing.mutate();
      }}
    >
      {tracked ? 'Stop' : 'Track'}
    </Button>
  );
}

/** Accounts all of whose repositories are tracked; nothing where there is none. */
function Accounts() {
  const { data } = useQuery(ownersQuery);
  if (data === undefined || data.items.length === 0) return null;
  return (
    <Card title="Whole accounts">
      <ul>
        {data.items.map((one) => (
          <li
            key={one.full_name}
            className="flex flex-wrap items-center gap-x-3 border-b border-line px-3 py-1.5 text-control last:border-0"
          >
            <span className="font-medium">{one.full_name}</span>
            <span className="text-caption text-ink-2">
              {one.looked_at === null ? (
                one.trouble === null && 'looked through within seconds'
              ) : (
                <>
                  looked through <Ago at={one.looked_at} />
                </>
              )}
            </span>
            <span className="ml-auto">
              <Tracking name={one.full_name} tracked />
            </span>
            {one.trouble !== null && <p className="basis-full text-caption text-warn">{one.trouble}</p>}
          </li>
        ))}
      </ul>
    </Card>
  );
}

/** How asking GitHub for it goes, in a word. */
function FeedState({ feed }: { feed: RepositoryItem['feed'] }) {
  if (!feed.tracked) return <span className="text-ink-2">not asked</span>;
  return (
    <span className={feed.state === 'ok' ? undefined : 'text-warn'}>
      {(feed.state ?? 'new').replaceAll('_', ' ')}
      {feed.stale && ' · stale'}
    </span>
  );
}

/** Amber after a day of silence, red after a week; in words as well. */
function LastEvent({ at }: { at: string | null }) {
  const now = useNow(60);
  if (at === null) return <span className="text-ink-2">never</span>;
  const age = now - Date.parse(at);
  return (
    <span className={age > 7 * day ? 'text-fail' : age > day ? 'text-warn' : undefined}>
      <Ago at={at} />
      {age > 7 * day ? ' · silent' : age > day ? ' · quiet' : ''}
    </span>
  );
}

function AddRepository() {
  const client = useQueryClient();
  const [name, setName] = useState('');
  const adding = useMutation({
    mutationFn: (full_name: string) => send('POST', '/api/v1/repos', { full_name }),
    onSuccess: (_answer, added) => {
      toast(`${added} is tracked`);
      // The next name may be there already.
      setName((now) => (now.trim() === added ? '' : now));
      return client.invalidateQueries({ queryKey: ['repos'] });
    },
  });
  const problem = adding.error?.fields[0]?.message ?? adding.error?.message;
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    adding.mutate(name.trim());
  };
  return (
    <Card title="Add a repository">
      <form className="flex flex-wrap items-end gap-2 px-3 pb-3" onSubmit={submit} noValidate>
        <label className="flex max-w-full flex-col gap-1">
          <span className="text-caption text-ink-2">owner/name, or owner/* for all of them</span>
          <input
            value={name}
            autoComplete="off"
            spellCheck={false}
            aria-invalid={problem !== undefined}
            aria-describedby="add-problem"
            className="h-8 w-72 max-w-full rounded-control border border-line-strong bg-bg px-2 max-sm:text-section coarse:h-11"
            onChange={(event) => {
              setName(event.target.value);
            }}
          />
        </label>
        <Button type="submit" look="strong" className="h-8!" disabled={adding.isPending || name.trim() === ''}>
          Add
        </Button>
        <p id="add-problem" role="alert" className="basis-full text-caption text-fail empty:hidden">
          {problem}
        </p>
      </form>
    </Card>
  );
}

function Polling({ tracked }: { tracked: number }) {
  const { data: meta } = useQuery(metaQuery);
  if (meta === undefined) return null;
  return (
    <Card title="Polling">
      <p className="px-3 pb-3 text-control">
        {tracked > 0
          ? `GitHub is asked about ${counted(tracked, 'repository', 'repositories')}, each every ${meta.refresh_seconds} s, less often while it is quiet.`
          : `Off. ${meta.polling.reason ?? 'Add a repository, and GitHub is asked about it.'}`}
      </p>
    </Card>
  );
}

/** The first sentence of the dashboard: is main green, since when, and which commit did it. */

import { Link } from '@tanstack/react-router';
import { useQuery } from '@tanstack/react-query';
import { clsx } from 'clsx';
import { useEffect, useRef, type ReactNode } from 'react';
import { globalFilter } from '~/api/filter';
import { verdictQuery } from '~/api/queries';
import type { Commit, Verdict } from '~/api/types';
import { useUnknownRepos } from '~/features/filters/useUnknownRepos';
import { announce } from '~/lib/announce';
import { runName } from '~/lib/naming';
import { count, counted } from '~/lib/numbers';
import { useSearchParams } from '~/lib/router';
import { anyBranch, keepGlobal, type Search } from '~/lib/search';
import { useNow } from '~/lib/ticker';
import { ago, lasting, since } from '~/lib/time';
import { buttonClass } from '~/ui/Button';
import { Answer, Bone } from '~/ui/Card';
import { StatusIcon } from '~/ui/StatusIcon';
import { useZone } from '~/ui/zone';
import type { Status } from '~/lib/status';

interface Look {
  icon: Status;
  box: string;
  title: string;
  ink: string;
}

const looks: Readonly<Record<Verdict['state'], Look>> = {
  green: { icon: 'success', box: 'border-ok/40 bg-ok-tint [--mark:var(--ok-tint)]', title: 'text-ok-tint-on', ink: 'text-ok' },
  red: { icon: 'failure', box: 'border-fail/50 bg-fail-tint [--mark:var(--fail-tint)]', title: 'text-fail-tint-on', ink: 'text-fail' },
  recovering: { icon: 'running', box: 'border-run/40 bg-run-tint', title: 'text-run-tint-on', ink: 'text-run' },
  stale: { icon: 'stale', box: 'border-warn/50 bg-warn-tint', title: 'text-warn-tint-on', ink: 'text-warn' },
  empty: { icon: 'none', box: 'border-line bg-surface', title: 'text-ink', ink: 'text-ink-3' },
};

/** The verdict over what is chosen; only a change of its state is announced. */
export function VerdictBar() {
  const search = useSearchParams();
  const asked = useQuery(verdictQuery(globalFilter(search)));
  const state = asked.data?.state;
  const before = useRef(state);
  useEffect(() => {
    if (before.current !== undefined && state !== undefined && state !== before.current) {
      announce(`Verdict changed: ${state}`);
    }
    before.current = state;
  }, [state]);
  const look = looks[state ?? 'empty'];
  return (
    <section aria-label="Verdict" className={clsx('rounded-card border', look.box)}>
      <Answer what="the verdict" asked={asked} skeleton={<Skeleton />}>
        {(verdict) => <Sentence verdict={verdict} look={look} />}
      </Answer>
    </section>
  );
}

function Skeleton() {
  return (
    <div className="flex min-h-[74px] items-center gap-4 px-4 py-3">
      <Bone className="size-8" />
      <div className="flex flex-col gap-2">
        <Bone className="h-5 w-72" />
        <Bone className="h-4 w-96 max-w-full" />
      </div>
    </div>
  );
}

function Sentence({ verdict, look }: { verdict: Verdict; look: Look }) {
  return (
    <div className="flex flex-wrap items-start gap-x-3 gap-y-3 p-3 sm:min-h-[74px] sm:gap-x-4 sm:px-4">
      <StatusIcon status={look.icon} size={32} className={clsx('sm:mt-1', look.ink)} />
      <div className="min-w-0 flex-1 basis-60">
        <h1 tabIndex={-1} className={clsx('text-verdict font-semibold', look.title)}>
          <span role="status">
            <Headline verdict={verdict} />
          </span>
        </h1>
        <p className="text-body text-ink">
          <Evidence verdict={verdict} />
        </p>
        {verdict.items.length > 1 && <Failing items={verdict.items} />}
      </div>
      <Action verdict={verdict} />
    </div>
  );
}

function Headline({ verdict }: { verdict: Verdict }) {
  const { branch_label: branch, failing, total } = verdict;
  const { branch: chosen = [] } = useSearchParams();
  if (chosen.length > 1 && !chosen.includes(anyBranch)) return aboutBranches(verdict, chosen.length);
  switch (verdict.state) {
    case 'green':
      return `${branch} is green — ${total === 1 ? 'its workflow' : `all ${counted(total, 'workflow')}`} passed`;
    case 'red':
      return `${branch} is red — ${count(failing)} of ${counted(total, 'workflow')} failing`;
    case 'recovering':
      return `${branch} is red — ${count(failing)} of ${counted(total, 'workflow')} failing, a fix is running`;
    case 'stale':
      return `Nothing heard about ${branch}`;
    case 'empty':
      return 'No finished run in the last 90 days';
  }
}

function aboutBranches(verdict: Verdict, branches: number): string {
  const { failing, total, items } = verdict;
  const red = new Set(items.map((item) => item.branch)).size;
  const failed = `${count(failing)} of ${counted(total, 'workflow')} failing`;
  switch (verdict.state) {
    case 'green':
      return `All ${branches} branches are green — ${counted(total, 'workflow')} passed`;
    case 'red':
    case 'recovering': {
      const fix = verdict.state === 'red' ? '' : ', a fix is running';
      return `${red} of ${branches} branches ${red === 1 ? 'is' : 'are'} red — ${failed}${fix}`;
    }
    case 'stale':
      return `Nothing heard about ${branches} branches`;
    case 'empty':
      return 'No finished run in the last 90 days';
  }
}

function Evidence({ verdict }: { verdict: Verdict }) {
  const { zone, hours } = useZone();
  const now = useNow(10);
  const unknown = useUnknownRepos(verdict.state === 'empty');
  const parts: ReactNode[] = [];
  if (verdict.state === 'green') {
    return verdict.last_failure_at === null
      ? 'No failure in memory.'
      : `Last failure ${ago(verdict.last_failure_at, now, zone)}.`;
  }
  if (unknown.length > 0) return `${unknown.join(', ')} is not known here: no run of it has ever arrived.`;
  if (verdict.state === 'empty') return 'What ran before that has no say about today. Fewer filters may show more.';
  if (verdict.state === 'stale') {
    return verdict.data_as_of === null
      ? 'No event has arrived yet, so this may be wrong.'
      : `The last event came ${ago(verdict.data_as_of, now, zone)}; what has happened since is unknown.`;
  }
  if (verdict.since !== null) {
    const length = lasting((now - Date.parse(verdict.since)) / 1000);
    parts.push(`Since ${since(verdict.since, zone, now, hours)} (${length})`);
  }
  if (verdict.first_bad?.commit != null) parts.push(<FirstBad key="bad" verdict={verdict} />);
  if (verdict.last_green?.commit != null) {
    const { commit, at } = verdict.last_green;
    const when = at === null ? '' : since(at, zone, now, hours);
    parts.push(
      <>
        last green <Sha commit={commit} />
        {/^\d/.test(when) ? ` at ${when}` : ` ${when}`}
      </>,
    );
  }
  if (verdict.recovering !== null) {
    const { workflow, run_number: number } = verdict.recovering;
    parts.push(`trying now: ${runName(workflow, number)}`);
  }
  return parts.map((part, index) => (
    // The parts have a fixed order and no identity of their own.
    <span key={index}>
      {index > 0 && <span className="text-ink-2"> · </span>}
      {part}
    </span>
  ));
}

function FirstBad({ verdict }: { verdict: Verdict }) {
  const bad = verdict.first_bad;
  if (bad?.commit == null) return null;
  const { commit, untested_between: untested } = bad;
  const green = verdict.last_green?.commit ?? null;
  if (untested > 0 && green !== null) {
    return (
      <>
        broken between <Sha commit={green} /> and <Sha commit={commit} /> (
        {counted(untested + 1, 'commit')})
      </>
    );
  }
  return (
    <>
      first bad <Sha commit={commit} />
      {commit.author.name !== null && ` by ${commit.author.name}`}
      {commit.title !== null && <> “{commit.title}”</>}
    </>
  );
}

function Sha({ commit }: { commit: Commit }) {
  const short = <code className="text-control">{commit.sha.slice(0, 7)}</code>;
  if (commit.url === null) return short;
  return (
    <a href={commit.url} rel="noopener" className="underline decoration-1 underline-offset-2">
      {short}
    </a>
  );
}

const mostListed = 4;

function Failing({ items }: { items: Verdict['items'] }) {
  const { zone, hours } = useZone();
  const now = useNow(60);
  return (
    <ul className="mt-2 flex flex-wrap gap-1.5" aria-label="Failing workflows">
      {items.slice(0, mostListed).map((item) => (
        <li key={`${item.repo} ${item.workflow_id}`} className="min-w-0">
          <Link
            to="."
            search={(before: Search) => ({ ...before, peek: String(item.run_id) })}
            className="inline-flex min-h-6 max-w-full items-center gap-1.5 rounded-control border border-fail/40 bg-bg px-2 text-control text-ink hover:border-fail"
          >
            <StatusIcon status="failure" size={12} />
            <span className="truncate">
              {item.repo} · {item.workflow}
            </span>
            {item.since !== null && (
              <span className="shrink-0 text-caption text-ink-2">
                since {since(item.since, zone, now, hours)}
              </span>
            )}
          </Link>
        </li>
      ))}
      {items.length > mostListed && (
        <li>
          <Link
            to="/grid"
            search={(before: Search) => keepGlobal(before)}
            className="inline-flex min-h-6 items-center px-1 text-control underline"
          >
            {items.length - mostListed} more
          </Link>
        </li>
      )}
    </ul>
  );
}

function Action({ verdict }: { verdict: Verdict }) {
  const bad = verdict.items[0]?.run_id ?? verdict.first_bad?.run_id;
  if (bad === undefined || verdict.state === 'green') return null;
  return (
    <Link
      to="."
      search={(before: Search) => ({ ...before, peek: String(bad) })}
      className={buttonClass('plain', 'self-center max-sm:w-full')}
    >
      What failed →
    </Link>
  );
}

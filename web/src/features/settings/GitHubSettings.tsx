/** How GitHub is asked: the App, one click to make one, and what is left of GitHub's limits. */

import { useQuery } from '@tanstack/react-query';
import { budgetQuery, githubAppQuery, metaQuery } from '~/api/queries';
import type { CredentialBudget } from '~/api/types';
import { count } from '~/lib/numbers';
import { Button } from '~/ui/Button';
import { Answer, Bone, Card } from '~/ui/Card';
import { Ago } from '~/ui/Time';

/** What is connected, and what is left until the hour is over. */
export function GitHubSettings() {
  const app = useQuery(githubAppQuery);
  const budget = useQuery(budgetQuery);
  const { data: meta } = useQuery(metaQuery);
  return (
    <Card title="GitHub" busy={app.isFetching && !app.isPending}>
      <Answer what="the App" asked={app} skeleton={<Bone className="m-3 h-16" />}>
        {(found) =>
          found.connected ? (
            <p className="px-3 pb-3 text-control">
              Connected as the App{' '}
              {found.html_url === null ? (
                found.slug
              ) : (
                <a href={found.html_url} rel="noopener" className="text-link underline">
                  {found.slug ?? found.html_url}
                </a>
              )}
              {found.owner !== null && ` of ${found.owner}`}.{' '}
              {found.webhook === false && 'It has no webhook, so it is polled. '}
              {found.install_url !== null && (
                <a href={found.install_url} rel="noopener" className="text-link underline">
                  Choose the repositories it may see
                </a>
              )}
            </p>
          ) : (
            <ConnectApp />
          )
        }
      </Answer>
      {meta !== undefined && (
        <p className="border-t border-line px-3 py-2 text-control text-ink-2">
          {meta.has_webhook_secret
            ? 'A webhook secret is set: deliveries have to be signed with it.'
            : 'No webhook secret is set: deliveries are taken unsigned, and only while the server listens on this machine alone. Set GITHUB_WEBHOOK_SECRET here and the same at GitHub.'}
        </p>
      )}
      {budget.data !== undefined && budget.data.credentials.length > 0 && (
        <ul className="border-t border-line px-3 py-2 text-control" aria-label="Left of the limits">
          {budget.data.credentials.map((one) => (
            <li key={one.name} className="flex min-h-6 flex-wrap items-center gap-x-2">
              <Left budget={one} />
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}

/** A plain form: GitHub takes over the page, asks for a name, and sends the browser back. */
function ConnectApp() {
  return (
    <form
      method="post"
      action="/api/v1/github/app/new"
      className="flex flex-wrap items-end gap-2 px-3 pb-3"
    >
      <input type="hidden" name="base_url" value={window.location.origin} />
      <label className="flex max-w-full flex-col gap-1">
        <span className="text-caption text-ink-2">Organisation, or empty for your own account</span>
        <input
          name="organization"
          autoComplete="off"
          spellCheck={false}
          pattern="[A-Za-z0-9](?:[A-Za-z0-9\-]{0,38})"
          className="h-8 w-72 max-w-full rounded-control border border-line-strong bg-bg px-2 max-sm:text-section coarse:h-11"
        />
      </label>
      <Button type="submit" className="h-8!">
        Connect a GitHub App
      </Button>
      <p className="basis-full text-caption text-ink-2">
        It may read Actions and nothing else. GitHub asks you before it is made.
      </p>
    </form>
  );
}

function Left({ budget }: { budget: CredentialBudget }) {
  return (
    <>
      <span className="font-medium">{budget.name}</span>
      {budget.limit !== null && budget.remaining !== null && (
        <span>
          {count(budget.remaining)} of {count(budget.limit)} requests left
        </span>
      )}
      {budget.resets_at !== null && (
        <span className="text-ink-2">
          full again <Ago at={budget.resets_at} />
        </span>
      )}
      {budget.paused_until !== null && (
        <span className="text-warn">
          goes on <Ago at={budget.paused_until} />
          {budget.reason !== null && `: ${budget.reason}`}
        </span>
      )}
    </>
  );
}

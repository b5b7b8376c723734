/** Why a list of runs is empty, and what to do about it. */

import { Link } from '@tanstack/react-router';
import { useQuery } from '@tanstack/react-query';
import { metaQuery } from '~/api/queries';
import { activeFilters, cleared, usePath } from '~/features/filters/choosing';
import { useUnknownRepos } from '~/features/filters/useUnknownRepos';
import { valueName } from '~/features/runs/MoreFilters';
import { LookAround } from '~/features/welcome/LookAround';
import { useSearchParams, useSetSearch } from '~/lib/router';
import type { Search } from '~/lib/search';
import { useNow } from '~/lib/ticker';
import { Button, buttonClass } from '~/ui/Button';
import { Empty } from '~/ui/Card';
import { Ago } from '~/ui/Time';

const day = 86_400_000;
const month = 30 * day;

/** `latest` is when a run last matched the filters, whatever the window. */
export function NoRuns({ latest }: { latest: string | null }) {
  const search = useSearchParams();
  const setSearch = useSetSearch();
  const path = usePath();
  const { data: meta } = useQuery(metaQuery);
  const now = useNow(60);
  const unknown = useUnknownRepos(latest === null);
  if (meta?.has_data === false) {
    return (
      <Empty
        title="No run has arrived yet"
        actions={
          <>
            <Link to="/welcome" className={buttonClass('strong')}>
              Connect a repository
            </Link>
            <LookAround />
          </>
        }
      >
        Runs come in by webhook, by polling, or by a push from any CI.
      </Empty>
    );
  }
  const isOld = latest !== null && Date.parse(latest) < now - month;
  return (
    <Empty
      title={sentence(search)}
      actions={
        <>
          {isOld ? (
            <Button
              onClick={() => {
                setSearch({ range: undefined, ...monthUntil(latest) });
              }}
            >
              Show the 30 days until then
            </Button>
          ) : (
            search.range !== '30d' && (
              <Button
                onClick={() => {
                  setSearch({ range: '30d', from: undefined, to: undefined });
                }}
              >
                Show 30 days
              </Button>
            )
          )}
          {(activeFilters(search, path) > 0 || search.q !== undefined) && (
            <Button
              onClick={() => {
                setSearch((latest) => cleared(latest, path));
              }}
            >
              Clear filters
            </Button>
          )}
        </>
      }
    >
      {latest === null ? (
        unknown.length > 0 ? (
          `${unknown.join(', ')} is not known here: no run of it has ever arrived.`
        ) : (
          'No run has ever matched these filters.'
        )
      ) : (
        <>
          The latest that matches was <Ago at={latest} />.
        </>
      )}
    </Empty>
  );
}

/** The window that ends with the day of an instant: an imported history may end years ago. */
function monthUntil(instant: string): { from: string; to: string } {
  const end = (Math.floor(Date.parse(instant) / day) + 1) * day;
  return { from: new Date(end - month).toISOString(), to: new Date(end).toISOString() };
}

/** As its chip calls it, within a sentence. */
function statusName(status: string): string {
  return valueName('status', status).toLowerCase();
}

function sentence(search: Search): string {
  const window = { '24h': 'the last 24 hours', '7d': 'the last 7 days', '30d': 'the last 30 days' };
  const when = search.from === undefined ? window[search.range ?? '7d'] : 'this window';
  const where = search.repo === undefined ? '' : ` for ${search.repo.join(', ')}`;
  const branch = search.branch === undefined ? ' on the default branch' : '';
  const what = search.status === undefined ? 'No runs' : `No ${search.status.map(statusName).join(' or ')} runs`;
  return `${what} in ${when}${where}${branch}.`;
}

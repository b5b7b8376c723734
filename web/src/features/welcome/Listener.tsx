/** Waits for the first event and says what came; after a minute, what may be wrong. */

import { Link } from '@tanstack/react-router';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { ingestQuery, metaQuery } from '~/api/queries';
import type { Meta } from '~/api/types';
import type { RouteKey } from '~/features/welcome/routes';
import { serverNow, useNow } from '~/lib/ticker';
import { buttonClass } from '~/ui/Button';
import { Card } from '~/ui/Card';
import { StatusIcon } from '~/ui/StatusIcon';
import { Ago } from '~/ui/Time';

const patience = 60_000;
const every = 2000;
const looked = 20;

const hints: Readonly<Record<RouteKey, readonly string[]>> = {
  webhook: [
    'GitHub must reach this address: an address with localhost works from this machine only.',
    'The secret at GitHub and GITHUB_WEBHOOK_SECRET must be the same; GitHub shows 401 under Recent Deliveries when they are not.',
    'Choose the events “Workflow runs” and “Workflow jobs”.',
  ],
  polling: [
    'Polling needs GITHUB_TOKEN, GH_REPOS and GH_WORKFLOWS; the server says at its start which is missing.',
    'The token must be allowed to read Actions of those repositories.',
  ],
  push: [
    'curl prints the answer: 401 means the token is missing or wrong, 422 names the field that is.',
    'An address with localhost works from this machine only.',
  ],
};

type Source = Meta['ingest']['sources'][number];

function isReal(source: Source): boolean {
  return source.via !== 'simulator' && source.last_event_at !== null;
}

/** Asks every two seconds while the page is open. */
export function Listener({ route }: { route: RouteKey }) {
  const [since] = useState(serverNow);
  const { data: meta } = useQuery({ ...metaQuery, refetchInterval: every });
  const { data } = useQuery({ ...ingestQuery(looked), refetchInterval: every, retry: false });
  const [known, setKnown] = useState<ReadonlyMap<string, string | null> | null>(null);
  const now = useNow(5);
  const sources = (meta?.ingest.sources ?? []).filter(isReal);
  // What had been heard when the page was opened is not news.
  if (known === null && meta !== undefined) {
    setKnown(new Map(sources.map((source) => [source.repo, source.last_event_at])));
  }
  const heard =
    known === null
      ? undefined
      : sources.find((source) => known.get(source.repo) !== source.last_event_at);
  const odd = (data?.items ?? []).filter(
    (item) =>
      (item.result === 'unparsable' || item.result === 'ignored') &&
      Date.parse(item.received_at) >= since - 1000,
  );
  const refused = data?.refused.find((one) => Date.parse(one.received_at) >= since - 1000);
  return (
    <Card title="Listening" className="pb-3 lg:sticky lg:top-16">
      <div className="flex flex-col gap-3 px-3" role="status">
        {heard === undefined ? (
          <p className="flex items-center gap-2">
            <StatusIcon status="running" />
            Waiting for the first event…
          </p>
        ) : (
          <Heard source={heard} />
        )}
        {refused !== undefined && (
          <p className="text-control text-warn">
            A webhook was turned away with {refused.status}: {refused.reason}
          </p>
        )}
        {odd.slice(0, 3).map((item) => (
          <p key={item.id} className="text-control text-warn">
            {item.event} from {item.repo ?? 'somewhere'} arrived but was{' '}
            {item.result === 'ignored' ? 'ignored' : 'not understood'}
            {item.reason !== null && `: ${item.reason}`}
          </p>
        ))}
      </div>
      {heard === undefined && now - since > patience && (
        <div className="mx-3 mt-3 rounded-control bg-warn-tint p-3 text-control text-warn-tint-on">
          <p className="mb-1 font-medium">Nothing yet. What it usually is:</p>
          <ul className="list-disc pl-5">
            {hints[route].map((hint) => (
              <li key={hint}>{hint}</li>
            ))}
          </ul>
        </div>
      )}
    </Card>
  );
}

const doors: Readonly<Record<string, string>> = { webhook: 'webhook', poll: 'polling', push: 'push' };

function Heard({ source }: { source: Source }) {
  const door = doors[source.via ?? ''];
  return (
    <>
      <p className="flex items-center gap-2 font-medium">
        <StatusIcon status="success" />
        <span>
          {source.repo} received{door === undefined ? '' : ` by ${door}`}
          {source.last_event_at !== null && (
            <>
              {' '}
              <Ago at={source.last_event_at} />
            </>
          )}
        </span>
      </p>
      <div className="flex flex-wrap gap-2">
        <Link to="/" className={buttonClass('strong')}>
          To the overview
        </Link>
        <Link to="/runs" search={{ repo: [source.repo] }} className={buttonClass()}>
          Its runs
        </Link>
      </div>
    </>
  );
}

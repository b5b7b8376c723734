/** Waits for the first event and says what came; after a minute, what may be wrong. */

import { Link } from '@tanstack/react-router';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { ingestQuery } from '~/api/queries';
import type { DeliveryItem } from '~/api/types';
import type { RouteKey } from '~/features/welcome/routes';
import { counted } from '~/lib/numbers';
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
    'The content type must be application/json, the events “Workflow runs” and “Workflow jobs”.',
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

/** Asks every two seconds while the page is open; the live connection usually beats it. */
export function Listener({ route }: { route: RouteKey }) {
  const [since] = useState(serverNow);
  const { data } = useQuery({ ...ingestQuery(looked), refetchInterval: every, retry: false });
  const now = useNow(5);
  const real = (data?.items ?? []).filter(
    (item) => item.source !== 'simulator' && Date.parse(item.received_at) >= since - 1000,
  );
  const heard = real.find((item) => item.result === 'stored');
  const odd = real.filter((item) => item.result === 'unparsable' || item.result === 'ignored');
  return (
    <Card title="Listening" className="pb-3 lg:sticky lg:top-16">
      <div className="flex flex-col gap-3 px-3" role="status">
        {heard === undefined ? (
          <p className="flex items-center gap-2">
            <StatusIcon status="running" />
            Waiting for the first event…
          </p>
        ) : (
          <Heard item={heard} count={real.filter((item) => item.result === 'stored').length} />
        )}
        {odd.slice(0, 3).map((item) => (
          <p key={item.id} className="text-control text-warn">
            {item.event} from {item.repo ?? 'somewhere'} arrived but was {item.result === 'ignored' ? 'ignored' : 'not understood'}
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

function Heard({ item, count }: { item: DeliveryItem; count: number }) {
  return (
    <>
      <p className="flex items-center gap-2 font-medium">
        <StatusIcon status="success" />
        <span>
          <code>{item.event}</code> from {item.repo ?? 'an unnamed repository'} received{' '}
          <Ago at={item.received_at} />
        </span>
      </p>
      <p className="text-control text-ink-2">{counted(count, 'event')} so far.</p>
      <div className="flex flex-wrap gap-2">
        <Link to="/" className={buttonClass('strong')}>
          To the overview
        </Link>
        {item.run_id !== null && (
          <Link to="/runs/$runId" params={{ runId: String(item.run_id) }} className={buttonClass()}>
            Show the run
          </Link>
        )}
      </div>
    </>
  );
}

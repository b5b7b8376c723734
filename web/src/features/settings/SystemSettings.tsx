/** How the server itself is: version, database, what arrives, the live connection. */

import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { healthQuery, ingestQuery, metaQuery } from '~/api/queries';
import { useLive } from '~/features/live/connection';
import { DeadLetters } from '~/features/settings/DeadLetters';
import { Deliveries } from '~/features/settings/Deliveries';
import { lasting, roughly } from '~/lib/time';
import { Answer, Bone, Card } from '~/ui/Card';
import { CopyBox } from '~/ui/CopyBox';
import { Ago } from '~/ui/Time';

const lastEvents = 100;

/** Facts, the connection check, and the last hundred events. */
export function SystemSettings() {
  const asked = useQuery(healthQuery);
  const { data: meta } = useQuery(metaQuery);
  const events = useQuery(ingestQuery(lastEvents));
  return (
    <>
      <Card title="Server" busy={asked.isFetching && !asked.isPending}>
        <Answer what="the server’s health" asked={asked} skeleton={<Bone className="m-3 h-40" />}>
          {(health) => (
            <dl className="grid grid-cols-[7rem_1fr] gap-x-6 gap-y-2 px-3 pb-3 text-control sm:grid-cols-[160px_1fr]">
              <Fact name="Version">{health.version}</Fact>
              <Fact name="Running for">{lasting(health.uptime_seconds)}</Fact>
              <Fact name="Database">{health.database}</Fact>
              <Fact name="Last event">
                {health.ingest.last_event_at === null ? 'none yet' : <Ago at={health.ingest.last_event_at} />}
                {health.ingest.lag_seconds !== null &&
                  health.ingest.status !== 'ok' &&
                  ` · ${health.ingest.status}, ${roughly(health.ingest.lag_seconds)} behind`}
              </Fact>
              <Fact name="Waiting to be stored">{health.ingest.waiting}</Fact>
              <Fact name="Polling">
                {health.ingest.polling.enabled ? 'on' : `off: ${health.ingest.polling.reason ?? ''}`}
              </Fact>
              <Fact name="Environment">{meta?.environment ?? ''}</Fact>
              <Fact name="More">
                <a href="/metrics" className="text-link underline">
                  Prometheus metrics
                </a>
                {' · '}
                <a href="/docs" className="text-link underline">
                  API reference
                </a>
              </Fact>
            </dl>
          )}
        </Answer>
      </Card>
      <DeadLetters />
      <LiveCheck />
      <Card title={`Last ${lastEvents} events`} busy={events.isFetching && !events.isPending}>
        <Answer what="the events" asked={events} skeleton={<Bone className="m-3 h-72" />}>
          {(page) => <Deliveries items={page.items} />}
        </Answer>
      </Card>
    </>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="contents">
      <dt className="text-ink-2">{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

const nginx = `location /api/v1/live {
  proxy_pass http://pulseboard;
  proxy_http_version 1.1;
  proxy_set_header Upgrade $http_upgrade;
  proxy_set_header Connection "upgrade";
  proxy_set_header Host $host;
}`;

/** Whether the WebSocket gets through, and what to tell a proxy when it does not. */
function LiveCheck() {
  const { line } = useLive();
  const blocked = line === 'polling';
  return (
    <Card title="Live connection">
      <div className="flex flex-col gap-2 px-3 pb-3 text-control">
        <p>
          {line === 'live' && '● Connected: changes appear as they happen.'}
          {line === 'connecting' && '◐ Connecting…'}
          {line === 'reconnecting' && '◐ Lost, trying again.'}
          {blocked && '○ Blocked: the page asks every 30 s instead. A proxy on the way may drop WebSocket upgrades.'}
        </p>
        {blocked && <CopyBox label="nginx configuration" text={nginx} />}
      </div>
    </Card>
  );
}

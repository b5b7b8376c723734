/** What was sent of an alert, and what became of each message. */

import { useQuery } from '@tanstack/react-query';
import { alertQuery } from '~/api/queries';
import { Answer, Bone } from '~/ui/Card';
import { Ago } from '~/ui/Time';

const marks: Readonly<Record<string, string>> = {
  sent: '✓', failed: '✕', pending: '…', sending: '…', skipped: '–',
};

/** The messages of one alert, the newest first. */
export function AlertLog({ id }: { id: number }) {
  const asked = useQuery(alertQuery(id));
  return (
    <Answer what="the messages" asked={asked} skeleton={<Bone className="h-6" />}>
      {(alert) =>
        alert.notifications.length === 0 ? (
          <p className="text-ink-2">No message: there was no channel, or nobody was to be told.</p>
        ) : (
          <ul aria-label="Messages" className="flex flex-col gap-1">
            {alert.notifications.map((sent) => (
              <li key={sent.id} className="flex flex-wrap gap-x-3">
                <span>
                  <span aria-hidden="true">{marks[sent.state] ?? ''} </span>
                  {sent.channel}: {sent.kind} {sent.state}
                </span>
                {sent.status !== null && <span>{sent.status}</span>}
                {sent.latency_ms !== null && <span>{sent.latency_ms} ms</span>}
                {sent.detail !== null && <span className="text-ink-2">{sent.detail}</span>}
                <Ago at={sent.finished_at ?? sent.created_at} className="text-ink-2" />
              </li>
            ))}
          </ul>
        )
      }
    </Answer>
  );
}

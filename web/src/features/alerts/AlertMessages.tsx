/** The messages of one alert. */

import { useQuery } from '@tanstack/react-query';
import { alertQuery } from '~/api/queries';
import { Messages } from '~/features/alerts/MessageLog';
import { Answer, Bone } from '~/ui/Card';

/** The newest first; asked for when they are looked at. */
export function AlertMessages({ id }: { id: number }) {
  const asked = useQuery(alertQuery(id));
  return (
    <Answer what="the messages" asked={asked} skeleton={<Bone className="h-6" />}>
      {({ notifications }) =>
        notifications.length === 0 ? (
          <p className="text-ink-2">No message: there was no channel, or nobody was to be told.</p>
        ) : (
          <Messages messages={notifications} />
        )
      }
    </Answer>
  );
}

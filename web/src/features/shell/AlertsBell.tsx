/** The bell: how many alerts are firing that nobody has, and the list of what is open. */

import { Link } from '@tanstack/react-router';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { openAlertsQuery } from '~/api/alertQueries';
import { AlertRow } from '~/features/alerts/AlertRow';
import { announce } from '~/lib/announce';
import { count } from '~/lib/numbers';
import { Answer, Bone } from '~/ui/Card';
import { Popover } from '~/ui/Popover';

const link = 'inline-flex min-h-6 items-center text-link underline coarse:min-h-11';

/** A new firing alert is said once; the count is of those nobody has acknowledged. */
export function AlertsBell() {
  const asked = useQuery(openAlertsQuery);
  const waiting = asked.data?.unacknowledged ?? 0;
  const total = asked.data?.total ?? 0;
  const shown = asked.data?.items.length ?? 0;
  const newest = asked.data?.items.find((alert) => alert.state === 'firing');
  const told = useRef<number | null>(null);
  useEffect(() => {
    if (asked.data === undefined) return;
    // What burned before the page was opened is no news.
    if (told.current !== null && newest !== undefined && newest.id > told.current) {
      announce(`New alert: ${newest.message}`);
    }
    told.current = Math.max(told.current ?? 0, newest?.id ?? 0);
  }, [asked.data, newest]);
  return (
    <span className="relative max-sm:hidden">
      <Popover
        label={waiting === 0 ? 'Alerts' : `Alerts: ${String(waiting)} firing`}
        icon="alerts"
        look="quiet"
        align="end"
      >
        {(close) => (
          <div className="w-[36rem] max-w-[90vw]">
            <div className="max-h-96 overflow-y-auto">
              <Answer what="the alerts" asked={asked} skeleton={<Bone className="m-3 h-16" />}>
                {(page) =>
                  page.items.length === 0 ? (
                    <p className="p-3 font-semibold">Nothing is burning</p>
                  ) : (
                    <ul className="divide-y divide-line">
                      {page.items.map((alert) => <AlertRow key={alert.id} alert={alert} />)}
                    </ul>
                  )
                }
              </Answer>
            </div>
            <p className="flex flex-wrap gap-x-4 border-t border-line px-3 py-2">
              <Link to="/alerts" className={link} onClick={close}>
                {total > shown ? `All ${count(total)} alerts` : 'All alerts'}
              </Link>
              <Link to="/alerts/rules" className={link} onClick={close}>Rules</Link>
              <Link to="/alerts/channels" className={link} onClick={close}>Channels</Link>
            </p>
          </div>
        )}
      </Popover>
      <WaitingCount count={waiting} />
    </span>
  );
}

/** How many alerts nobody has taken, at the corner of what leads to them. */
export function WaitingCount({ count: waiting }: { count: number }) {
  if (waiting === 0) return null;
  return (
    <span
      aria-hidden="true"
      className="pointer-events-none absolute -top-1 -right-1 min-w-4 rounded-full bg-fail px-1 text-center text-[10px]/4 font-semibold text-on-accent"
    >
      {waiting > 99 ? '99+' : waiting}
    </span>
  );
}

/** A card of the page, and every state in which what it shows can be. */

import { clsx } from 'clsx';
import { useEffect, useState, type ReactNode } from 'react';
import type { ApiError } from '~/api/client';
import { timeOfDay } from '~/lib/time';
import { Button } from '~/ui/Button';
import { CopyButton } from '~/ui/CopyButton';
import { Icon } from '~/ui/Icon';
import { useZone } from '~/ui/zone';

interface CardProps {
  title?: ReactNode;
  /** What to call the card where its title is not a plain text. */
  label?: string;
  actions?: ReactNode;
  busy?: boolean;
  className?: string;
  children: ReactNode;
}

/** A titled region with a line that moves while newer data is on its way. */
export function Card({ title, label, actions, busy = false, className, children }: CardProps) {
  return (
    <section
      aria-label={label ?? (typeof title === 'string' ? title : undefined)}
      aria-busy={busy}
      className={clsx(
        'relative flex min-w-0 flex-col rounded-card border border-line bg-bg',
        className,
      )}
    >
      {busy && <BusyLine />}
      {(title !== undefined || actions !== undefined) && (
        <div className="flex min-h-10 flex-wrap items-center gap-x-3 gap-y-1 px-3 pt-2 pb-1">
          <h2 className="text-control font-semibold">{title}</h2>
          {actions !== undefined && (
            <div className="ml-auto flex flex-wrap items-center gap-2">{actions}</div>
          )}
        </div>
      )}
      {children}
    </section>
  );
}

function BusyLine() {
  return (
    <span aria-hidden="true" className="absolute inset-x-2 top-0 h-0.5 overflow-hidden rounded-pill">
      <span className="busy-line block h-full w-1/3 rounded-pill bg-accent" />
    </span>
  );
}

/** The least of a query that a card needs to know. */
export interface Asked<Data> {
  data: Data | undefined;
  error: ApiError | null;
  isPending: boolean;
  isFetching: boolean;
  isPlaceholderData?: boolean;
  dataUpdatedAt: number;
  refetch: () => unknown;
}

interface AnswerProps<Data> {
  /** What the card shows, as in `Could not load outcomes`. */
  what: string;
  asked: Asked<Data>;
  skeleton: ReactNode;
  children: (data: Data) => ReactNode;
}

/** Show what was answered; until then a skeleton, and on trouble what it is and a way on. */
export function Answer<Data>({ what, asked, skeleton, children }: AnswerProps<Data>) {
  if (asked.data === undefined) {
    if (asked.error !== null) return <Trouble what={what} error={asked.error} retry={asked.refetch} />;
    return <Late>{skeleton}</Late>;
  }
  return (
    <>
      {asked.error !== null && <StaleLine asked={asked} />}
      {children(asked.data)}
    </>
  );
}

/** Keep the room of a skeleton from the start, and draw it only when the answer is slow. */
function Late({ children }: { children: ReactNode }) {
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => { setLate(true); }, 150);
    return () => { clearTimeout(timer); };
  }, []);
  return (
    <div className={late ? undefined : 'invisible'} aria-hidden="true" data-skeleton>
      {children}
    </div>
  );
}

interface TroubleProps {
  what: string;
  error: ApiError;
  retry: () => unknown;
}

/** Why nothing can be shown, with Retry and the number under which the server knows it. */
export function Trouble({ what, error, retry }: TroubleProps) {
  return (
    <div role="group" aria-label={`Could not load ${what}`} className="flex flex-col items-start gap-2 p-3">
      <p className="flex items-center gap-2 font-medium">
        <Icon name="warning" className="text-warn" />
        Could not load {what}
      </p>
      <p className="text-control text-ink-2">{error.message}</p>
      <div className="flex flex-wrap items-center gap-2">
        <Button icon="refresh" onClick={() => void retry()}>
          Retry
        </Button>
        {error.requestId !== null && (
          <CopyButton text={error.requestId}>
            <span className="sr-only">Copy request id: </span>Request {error.requestId.slice(0, 8)}
          </CopyButton>
        )}
      </div>
    </div>
  );
}

function StaleLine({ asked }: { asked: Asked<unknown> }) {
  const { zone, hours } = useZone();
  return (
    <p className="mx-3 mb-1 flex flex-wrap items-center gap-2 rounded-control bg-warn-tint px-2 py-1 text-caption text-warn-tint-on">
      Showing {timeOfDay(asked.dataUpdatedAt, zone, hours)} — could not refresh.
      <button type="button" className="min-h-6 font-medium underline" onClick={() => void asked.refetch()}>
        Retry
      </button>
    </p>
  );
}

/** A grey block that stands for text or a picture to come. */
export function Bone({ className }: { className?: string }) {
  return <span className={clsx('block rounded-small bg-sunken', className)} />;
}

interface EmptyProps {
  title: string;
  children?: ReactNode;
  actions?: ReactNode;
}

/** Why a list has nothing in it, and what can be done about it. */
export function Empty({ title, children, actions }: EmptyProps) {
  return (
    <div className="flex flex-col items-start gap-2 px-3 pt-1 pb-4">
      <p className="font-medium">{title}</p>
      {children !== undefined && <div className="max-w-prose text-control text-ink-2">{children}</div>}
      {actions !== undefined && <div className="flex flex-wrap gap-2">{actions}</div>}
    </div>
  );
}

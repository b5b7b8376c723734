/** The main region of a page, its title and what happens to the focus on arrival. */

import { useQuery } from '@tanstack/react-query';
import { clsx } from 'clsx';
import { useEffect, useRef, type ReactNode } from 'react';
import { openAlertsQuery } from '~/api/alertQueries';
import { metaQuery } from '~/api/queries';
import { announce } from '~/lib/announce';

interface PageProps {
  /** The parts of the document's title, most specific first. */
  title: readonly string[];
  className?: string;
  children: ReactNode;
}

let arrivals = 0;

/** One page: sets the document's title, with what is firing, and, after a move within the dashboard, says it. */
export function Page({ title, className, children }: PageProps) {
  const { data: meta } = useQuery(metaQuery);
  const { data: open } = useQuery(openAlertsQuery);
  const waiting = open?.unacknowledged ?? 0;
  const main = useRef<HTMLElement>(null);
  const words = title.filter((part) => part !== '').join(' · ');
  const badge = meta === undefined ? '' : `[${meta.environment.toUpperCase()}] `;
  const product = meta?.app_title ?? 'Pulseboard';
  useEffect(() => {
    const bell = waiting === 0 ? '' : `(${waiting}) `;
    document.title = `${badge}${bell}${words} — ${product}`;
  }, [waiting, badge, words, product]);
  const spoken = useRef(words);
  useEffect(() => {
    arrivals += 1;
    // The first page of a visit is read out by the browser itself.
    if (arrivals === 1) return;
    announce(spoken.current);
    return main.current === null ? undefined : focusTitle(main.current);
  }, []);
  return (
    <main
      id="content"
      ref={main}
      tabIndex={-1}
      className={clsx('mx-auto max-w-[1760px] px-3 pt-3 pb-24 sm:px-4 sm:pt-4 lg:pb-12', className)}
    >
      {children}
    </main>
  );
}

/** Take the focus to the title once it is there, unless somebody takes it elsewhere before. */
function focusTitle(main: HTMLElement): () => void {
  const before = document.activeElement;
  const watch = new MutationObserver(() => { look(); });
  const look = (): void => {
    const title = main.querySelector<HTMLElement>('h1');
    const holder = document.activeElement;
    const isMoved = holder !== before && holder !== document.body;
    // A form that has taken the focus to its first field keeps it.
    const isTaken = isMoved || main.contains(holder);
    if (title === null && !isTaken) return;
    watch.disconnect();
    if (!isTaken) title?.focus({ preventScroll: true });
  };
  watch.observe(main, { childList: true, subtree: true });
  look();
  return () => { watch.disconnect(); };
}

/** The title of a page where its first sentence is not the title itself. */
export function PageTitle({ children, aside }: { children: ReactNode; aside?: ReactNode }) {
  return (
    <div className="mb-3 flex flex-wrap items-baseline gap-x-4 gap-y-1">
      <h1 tabIndex={-1} className="text-title font-semibold">
        {children}
      </h1>
      {aside}
    </div>
  );
}

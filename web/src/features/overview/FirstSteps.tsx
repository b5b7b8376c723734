/** The overview before anything has arrived: what it will show, and how to get there. */

import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { metaQuery } from '~/api/queries';
import { useDemo } from '~/features/welcome/demo';
import { LookAround } from '~/features/welcome/LookAround';
import { buttonClass } from '~/ui/Button';

/** Stays until the first run is there; then the page shows it by itself. */
export function FirstSteps() {
  useQuery({ ...metaQuery, refetchInterval: 2_000 });
  const { demo } = useDemo();
  const isMovingIn = demo?.state === 'loading';
  return (
    <section
      aria-label="First steps"
      className="mx-auto mt-[8vh] flex max-w-2xl flex-col items-start gap-3 rounded-card border border-line bg-surface p-6 sm:p-8"
    >
      <h1 tabIndex={-1} className="text-verdict font-semibold">
        {isMovingIn ? 'A made-up company is moving in' : 'No run has arrived yet'}
      </h1>
      <p className="text-body text-ink-2">
        {isMovingIn
          ? 'It takes some seconds; this page fills by itself. Everything made up is labelled, and one click removes it again.'
          : 'As soon as one does, this page says whether main is green, since when it is not, and which commit did it. Runs come in by webhook, by polling, or by a push from any CI.'}
      </p>
      <p className="flex flex-wrap gap-2 pt-1">
        <Link to="/welcome" className={buttonClass('strong')}>
          Connect a repository
        </Link>
        <LookAround />
        <a href="/docs" className={buttonClass('quiet')}>
          Read how the API works
        </a>
      </p>
    </section>
  );
}

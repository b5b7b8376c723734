/** The button that fills an empty server with demo data, with how far that is and the way back. */

import { Link } from '@tanstack/react-router';
import { useDemo } from '~/features/welcome/demo';
import { counted } from '~/lib/numbers';
import { Button, buttonClass } from '~/ui/Button';

/** Nothing but the button until it is pressed. */
export function LookAround() {
  const { demo, busy, problem, load, remove } = useDemo();
  if (demo === undefined) return null;
  return (
    <>
      {demo.state === 'none' && demo.refused === null && (
        <Button disabled={busy} onClick={load}>
          Look around with demo data
        </Button>
      )}
      {demo.state === 'loading' && <Progress share={demo.share ?? 0} attempts={demo.attempts ?? 0} />}
      {demo.state === 'loaded' && demo.refused === null && (
        <Link to="/" className={buttonClass('strong')}>
          To the overview
        </Link>
      )}
      {demo.state !== 'none' && (
        <Button disabled={busy} onClick={remove}>
          {demo.state === 'loading' ? 'Stop and remove' : 'Remove demo data'}
        </Button>
      )}
      {problem !== null && (
        <span role="alert" className="text-control text-fail">
          {problem.message}
        </span>
      )}
    </>
  );
}

function Progress({ share, attempts }: { share: number; attempts: number }) {
  const percent = Math.round(share * 100);
  return (
    <span className="flex min-h-7 items-center gap-2 text-control text-ink-2">
      <span
        role="progressbar"
        aria-label="Demo data loaded"
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={percent}
        className="block h-1.5 w-32 overflow-hidden rounded-pill bg-sunken"
      >
        <span className="block h-full rounded-pill bg-accent" style={{ width: `${percent}%` }} />
      </span>
      {counted(attempts, 'run')}
    </span>
  );
}

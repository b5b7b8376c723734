/** A run that cannot be shown: unknown, deleted by retention, or the server is in trouble. */

import { Link } from '@tanstack/react-router';
import type { ApiError } from '~/api/client';
import { buttonClass } from '~/ui/Button';
import { Empty, Trouble } from '~/ui/Card';

/** The server says which of them it is; its sentence is shown. */
export function RunMissing({ error, retry }: { error: ApiError; retry: () => void }) {
  if (error.mayPass) return <Trouble what="this run" error={error} retry={retry} />;
  const title = {
    404: 'There is no such run',
    409: 'Which run is meant?',
    410: 'This run is gone',
  }[error.status];
  return (
    <Empty
      title={title ?? 'This run cannot be shown'}
      actions={
        <Link to="/runs" className={buttonClass()}>
          All runs
        </Link>
      }
    >
      {error.message}
    </Empty>
  );
}

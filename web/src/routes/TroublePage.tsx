/** What is shown in place of a page that broke. */

import type { ErrorComponentProps } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { Page, PageTitle } from '~/features/shell/Page';
import { isMissingFile, reloadIfServed, reloadOnce, type Reload } from '~/lib/missingFile';
import { Button } from '~/ui/Button';
import { CopyButton } from '~/ui/CopyButton';

/** Keep the frame, name the trouble, offer to try again. */
export function TroublePage({ error: thrown, reset }: ErrorComponentProps) {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  if (isMissingFile(error)) return <MissingPage error={error} />;
  return (
    <Trouble
      error={error}
      reason="Something in the page itself failed. The server and your data are not affected."
      again={reset}
    />
  );
}

/** A page whose file did not come: an update asks for a reload, a server that is away for patience. */
function MissingPage({ error }: { error: Error }) {
  const [reload, setReload] = useState<Reload>('comes');
  useEffect(() => {
    void reloadOnce().then(setReload);
  }, [error]);
  if (reload === 'comes') return null;
  return (
    <Trouble
      error={error}
      reason={
        reload === 'away'
          ? 'The server does not answer, and this page had not been loaded before.'
          : 'A part of the dashboard could not be loaded, even after a reload. Check the connection to the server.'
      }
      again={() => void reloadIfServed()}
    />
  );
}

interface TroubleProps {
  error: Error;
  reason: string;
  again: () => void;
}

function Trouble({ error: { message, stack }, reason, again }: TroubleProps) {
  return (
    <Page title={['Trouble']}>
      <PageTitle>This page could not be shown</PageTitle>
      <p className="mb-2 max-w-prose text-ink-2">{reason}</p>
      <pre className="mb-4 max-w-full overflow-auto rounded-control bg-surface p-3 text-caption text-ink-2">
        {message}
      </pre>
      <div className="flex flex-wrap gap-2">
        <Button look="strong" icon="refresh" onClick={again}>
          Try again
        </Button>
        <Button
          onClick={() => {
            window.history.back();
          }}
        >
          Back
        </Button>
        <CopyButton text={`${message}\n${stack ?? ''}`}>
          Copy the details
        </CopyButton>
      </div>
    </Page>
  );
}

/** What is shown in place of a page that broke. */

import type { ErrorComponentProps } from '@tanstack/react-router';
import { Page, PageTitle } from '~/features/shell/Page';
import { isMissingFile, reloadOnce } from '~/lib/missingFile';
import { Button } from '~/ui/Button';
import { CopyButton } from '~/ui/CopyButton';

/** Keep the frame, name the trouble, offer to try again. */
export function TroublePage({ error: thrown, reset }: ErrorComponentProps) {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  if (isMissingFile(error) && reloadOnce()) return null;
  const { message, stack } = error;
  return (
    <Page title={['Trouble']}>
      <PageTitle>This page could not be shown</PageTitle>
      <p className="mb-2 max-w-prose text-ink-2">
        {isMissingFile(error)
          ? 'A part of the dashboard could not be loaded, even after a reload. Check the connection to the server.'
          : 'Something in the page itself failed. The server and your data are not affected.'}
      </p>
      <pre className="mb-4 max-w-full overflow-auto rounded-control bg-surface p-3 text-caption text-ink-2">
        {message}
      </pre>
      <div className="flex flex-wrap gap-2">
        <Button look="strong" icon="refresh" onClick={reset}>
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

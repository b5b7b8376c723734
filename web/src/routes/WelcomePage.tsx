/** How do I get data in? */

import { Welcome } from '~/features/welcome/Welcome';
import { Page } from '~/features/shell/Page';

/** The way in for newcomers, and later for the next repository. */
export function WelcomePage() {
  return (
    <Page title={['Connect a repository']} className="max-w-[1200px]!">
      <Welcome />
    </Page>
  );
}

/** Where the page of a workflow is. */

import { keepGlobal, type Search } from '~/lib/search';

/** The properties of a link to everything about one workflow. */
export function workflowLink(repo: string, workflow: string) {
  const [owner = '', ...name] = repo.includes('/') ? repo.split('/') : ['-', repo];
  return {
    to: '/w/$owner/$repo/$workflow',
    params: { owner, repo: name.join('/'), workflow },
    search: (before: Search): Search => {
      const { repo: _repo, workflow: _workflow, ...kept } = keepGlobal(before);
      return kept;
    },
  } as const;
}

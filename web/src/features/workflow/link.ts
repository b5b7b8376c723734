/** Where the page of a workflow is. */

import { keepGlobal, type Search } from '~/lib/search';

/** The name of a repository by the parts of an address; a pushed one may have no owner. */
export function repositoryName(owner: string, repo: string): string {
  return owner === '-' ? repo : `${owner}/${repo}`;
}

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

/** Which of the repositories in the address nobody has heard of here. */

import { useQuery } from '@tanstack/react-query';
import { reposQuery } from '~/api/queries';
import { useSearchParams } from '~/lib/router';

const most = 200;

/** Their names; none while it is not known, or when there are too many repositories to list. */
export function useUnknownRepos(isWanted: boolean): readonly string[] {
  const { repo = [] } = useSearchParams();
  const { data } = useQuery({ ...reposQuery(most), enabled: isWanted && repo.length > 0 });
  if (data === undefined || data.items.length >= most) return [];
  const known = new Set(data.items.map((item) => item.full_name.toLowerCase()));
  // A name without its owner stands for any repository of that name.
  return repo.filter((name) => name.includes('/') && !known.has(name.toLowerCase()));
}

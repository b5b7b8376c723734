/** A workflow's name behind that of its repository. */

/** Two names side by side, each cut at its own end: they may be written in opposite directions. */
export function NameInRepo({ repo, workflow }: { repo: string; workflow: string }) {
  return (
    <>
      <span className="mr-1 max-w-1/2 shrink-0 truncate text-ink-2">{repo.split('/').at(-1)} · </span>
      <span className="truncate">{workflow}</span>
    </>
  );
}

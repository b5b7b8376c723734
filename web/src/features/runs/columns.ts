/** The columns of a table of runs: their names, widths, order of leaving, and what can be hidden. */

export interface Column {
  key: string;
  name: string;
  /** Width in pixels; the column without one takes what is left. */
  width?: number;
  /** The parameter of `sort` it stands for. */
  sort?: 'started_at' | 'duration' | 'queue' | 'status';
  /** The table's width below which there is no room for it. */
  leaves?: string;
  right?: boolean;
  optional?: boolean;
}

export const columns: readonly Column[] = [
  { key: 'status', name: 'Status', width: 124, sort: 'status' },
  { key: 'time', name: 'Time', width: 104, sort: 'started_at' },
  { key: 'workflow', name: 'Workflow' },
  { key: 'repo', name: 'Repository', width: 156, leaves: '@max-[820px]:hidden' },
  { key: 'branch', name: 'Branch', width: 160, leaves: '@max-[620px]:hidden' },
  { key: 'commit', name: 'Commit', width: 76, leaves: '@max-[940px]:hidden' },
  { key: 'duration', name: 'Duration', width: 92, sort: 'duration', right: true },
  { key: 'queue', name: 'Queue', width: 84, sort: 'queue', right: true, optional: true, leaves: '@max-[1040px]:hidden' },
  { key: 'attempt', name: 'Attempt', width: 76, right: true, optional: true, leaves: '@max-[1040px]:hidden' },
  { key: 'actor', name: 'Triggered by', width: 156, leaves: '@max-[1040px]:hidden' },
  { key: 'actions', name: 'Actions', width: 124, leaves: '@max-[720px]:hidden' },
];

/** The columns to show, in order. */
export function shownColumns(hidden: readonly string[]): Column[] {
  return columns.filter((column) => !hidden.includes(column.key));
}

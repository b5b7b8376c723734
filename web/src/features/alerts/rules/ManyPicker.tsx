/** A choice of many inside a sentence: names from a list, or a pattern that is typed. */

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { clsx } from 'clsx';
import { useDeferredValue, useState } from 'react';
import { facetQuery, isComing } from '~/api/queries';
import { Picker, type Option } from '~/ui/Picker';
import { Popover } from '~/ui/Popover';

interface ManyPickerProps {
  /** What is chosen, as in `Repositories`. */
  name: string;
  /** What the sentence says when nothing is chosen. */
  all: string;
  chosen: readonly string[];
  onChange: (values: readonly string[]) => void;
  /** Where the list comes from; the fields of runs are asked of the server. */
  from: 'repo' | 'workflow' | 'branch' | 'event' | readonly Option[];
  isWrong?: boolean;
}

const special: readonly Option[] = [
  { value: '@default', label: 'default branch', note: 'of each repository' },
  { value: '@any', label: 'any branch' },
];

function labelOf(value: string): string {
  return special.find((option) => option.value === value)?.label ?? value;
}

/** The button in the sentence, and the list behind it. */
export function ManyPicker(props: ManyPickerProps) {
  const { name, all, chosen, from } = props;
  const first = chosen[0];
  // A run is of one of these places; of these channels each is told.
  const joint = typeof from === 'string' ? ' or ' : ' and ';
  const words =
    first === undefined
      ? all
      : chosen.length <= 2
        ? chosen.map(labelOf).join(joint)
        : `${labelOf(first)}${joint}${chosen.length - 1} more`;
  return (
    <Popover
      label={name}
      className={clsx('max-w-full', props.isWrong === true ? 'border-fail!' : 'border-line-strong!')}
      face={
        <>
          <span className="sr-only">{name}: </span>
          <span className="max-w-56 truncate">{words}</span>
        </>
      }
    >
      {() => <Choices {...props} />}
    </Popover>
  );
}

function Choices({ name, chosen, onChange, from }: ManyPickerProps) {
  const [text, setText] = useState('');
  const wanted = useDeferredValue(text.trim());
  const asks = typeof from === 'string';
  const queryOf = (words: string) =>
    facetQuery(asks ? from : 'repo', asks && from !== 'repo' ? { branch: ['@any'] } : {}, words);
  const client = useQueryClient();
  const asked = useQuery({ ...queryOf(wanted), enabled: asks });
  const { data } = asked;
  const optionsOf = (values: typeof data, words: string): Option[] => {
    const known = asks ? [...(from === 'branch' ? special : []), ...(values ?? []).map(named)] : from;
    return offered(known, chosen, asks ? text.trim() : '', words);
  };
  const options = optionsOf(data, wanted);
  const first = options[0]?.value;
  // A pattern that is typed and what is chosen come first whatever the answer is.
  const isFirstKnown = first !== undefined && (first === text.trim() || chosen.includes(first));
  const toggle = (value: string): void => {
    if (chosen.includes(value)) onChange(chosen.filter((one) => one !== value));
    else if (value === '@any') onChange([value]);
    else onChange([...chosen.filter((one) => one !== '@any'), value]);
    setText('');
  };
  return (
    <Picker
      label={name}
      placeholder={asks ? `Find, or type a pattern such as ${patterns[from]}` : `Find in ${name.toLowerCase()}`}
      text={text}
      onText={setText}
      options={options}
      isComing={asks && !isFirstKnown && (wanted !== text.trim() || isComing(asked))}
      onLate={async () => optionsOf(await client.query(queryOf(text.trim())), text.trim())}
      chosen={chosen}
      onToggle={toggle}
      onOnly={(value) => { onChange([value]); }}
      empty={asks && data === undefined ? 'Loading…' : 'Nothing by that name.'}
    />
  );
}

const patterns = { repo: 'acme/*', workflow: 'deploy*', branch: 'release/*', event: 'push' } as const;

function named({ value, label }: { value: string; label: string }): Option {
  return { value, label };
}

/** What is chosen comes first, then what fits the text; the text itself is a choice as well. */
function offered(known: readonly Option[], chosen: readonly string[], typed: string, wanted: string): Option[] {
  const fits = (label: string): boolean => label.toLowerCase().includes(wanted.toLowerCase());
  const mine = chosen
    .filter((value) => !known.some((option) => option.value === value))
    .map((value) => ({ value, label: labelOf(value) }));
  const listed = [...mine, ...known].filter((option) => fits(option.label));
  if (typed === '' || listed.some((option) => option.value === typed)) return listed;
  const own = { value: typed, label: typed, note: typed.includes('*') ? 'pattern' : 'as typed' };
  return typed.includes('*') ? [own, ...listed] : [...listed, own];
}

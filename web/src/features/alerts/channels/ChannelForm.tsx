/** Adding a channel: its kind decides what is asked for. */

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { clsx } from 'clsx';
import { useId, useRef, useState, type SyntheticEvent } from 'react';
import { flushSync } from 'react-dom';
import { send, type ApiError } from '~/api/client';
import { channelsQuery } from '~/api/alertQueries';
import type { AlertChannel } from '~/api/types';
import { channelBody, forms, missing, type FormKind, type Question } from '~/features/alerts/channels/forms';
import { Button } from '~/ui/Button';

const box =
  'h-8 w-full rounded-control border border-line-strong bg-bg px-2 text-control max-sm:text-section coarse:h-11';

interface ChannelFormProps {
  close: () => void;
  /** Try the new channel at once. */
  added: (channel: AlertChannel) => void;
}

/** Secrets go to the server once and never come back. */
export function ChannelForm({ close, added }: ChannelFormProps) {
  const client = useQueryClient();
  const form = useRef<HTMLFormElement>(null);
  const [kind, setKind] = useState<FormKind>('slack');
  const [name, setName] = useState<string | null>(null);
  const [answers, setAnswers] = useState<Readonly<Record<string, string>>>({});
  const [onDoubt, setOnDoubt] = useState('resend');
  const [problems, setProblems] = useState<Readonly<Record<string, string>>>({});
  const { help, questions, mayDoubt, name: offeredName } = forms[kind];
  const shownName = name ?? offeredName;

  const refuse = (found: Readonly<Record<string, string>>): void => {
    flushSync(() => { setProblems(found); });
    form.current?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus();
  };
  const adding = useMutation({
    mutationFn: (body: object) => send<AlertChannel>('POST', '/api/v1/channels', body),
    onSuccess: async (made) => {
      await client.invalidateQueries({ queryKey: channelsQuery.queryKey });
      close();
      added(made);
    },
    onError: (error) => refuse(said(error)),
  });
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    const gaps = missing(kind, shownName, answers);
    if (Object.keys(gaps).length > 0) refuse(gaps);
    else adding.mutate(channelBody(kind, shownName.trim(), answers, onDoubt));
  };
  return (
    <form
      ref={form}
      noValidate
      aria-label="New channel"
      className="grid gap-3 border-b border-line bg-surface p-3 sm:grid-cols-2"
      onSubmit={submit}
    >
      <label className="flex flex-col gap-1">
        <span className="text-caption text-ink-2">Kind</span>
        <select
          autoFocus
          className={box}
          value={kind}
          onChange={(event) => {
            setKind(event.target.value as FormKind);
            setProblems({});
          }}
        >
          {Object.entries(forms).map(([value, { label }]) => <option key={value} value={value}>{label}</option>)}
        </select>
      </label>
      <Ask
        question={{ field: 'name', label: 'Name' }}
        value={shownName}
        problem={problems.name}
        onChange={setName}
      />
      <p className="text-control text-ink-2 sm:col-span-2">{help}</p>
      {questions.map((question) => (
        <Ask
          key={`${kind} ${question.field}`}
          question={question}
          value={answers[question.field] ?? question.start ?? ''}
          problem={problems[question.field]}
          onChange={(text) => { setAnswers({ ...answers, [question.field]: text }); }}
        />
      ))}
      {mayDoubt === true && (
        <label className="flex flex-col gap-1 sm:col-span-2">
          <span className="text-caption text-ink-2">If a crash leaves it open whether a message arrived</span>
          <select className={box} value={onDoubt} onChange={(event) => { setOnDoubt(event.target.value); }}>
            <option value="resend">send it again, marked as a possible repetition</option>
            <option value="hold">hold it back and list it under Settings, System</option>
          </select>
        </label>
      )}
      <div className="flex flex-wrap items-center gap-2 sm:col-span-2">
        <Button type="submit" look="strong" disabled={adding.isPending}>Add and test</Button>
        <Button look="quiet" onClick={close}>Cancel</Button>
        {problems.channel_form !== undefined && (
          <p role="alert" className="basis-full text-control text-fail">{problems.channel_form}</p>
        )}
      </div>
    </form>
  );
}

/** What the server says, by the field it stands beside. */
function said(error: ApiError): Record<string, string> {
  if (error.status === 409) return { name: error.message };
  const found: Record<string, string> = {};
  for (const { field, message } of error.fields) {
    const place = field === 'body' ? 'channel_form' : (field.split('.', 1)[0] ?? 'channel_form');
    found[place] ??= message;
  }
  return Object.keys(found).length === 0 ? { channel_form: error.message } : found;
}

interface AskProps {
  question: Question;
  value: string;
  problem: string | undefined;
  onChange: (text: string) => void;
}

function Ask({ question, value, problem, onChange }: AskProps) {
  const id = useId();
  const { label, hint, isSecret = false, isOptional = false, isLong = false, isList = false } = question;
  const common = {
    id,
    value,
    placeholder: question.placeholder,
    autoComplete: 'off',
    spellCheck: false,
    'aria-invalid': problem !== undefined,
    'aria-describedby': `${id}-said`,
    onChange: (event: { target: { value: string } }) => { onChange(event.target.value); },
  } as const;
  return (
    <div className={clsx('flex min-w-0 flex-col gap-1', isLong && 'sm:col-span-2')}>
      <label htmlFor={id} className="text-caption text-ink-2">
        {label}
        {isOptional && ' (optional)'}
        {isSecret && ' · kept encrypted, never shown again'}
      </label>
      {isList && isSecret ? (
        <textarea rows={2} className={clsx(box, 'h-auto! py-1')} {...common} />
      ) : (
        <input
          type={isSecret && question.type !== 'url' ? 'password' : (question.type ?? 'text')}
          className={box}
          {...common}
        />
      )}
      <span id={`${id}-said`} className={clsx('text-caption empty:hidden', problem === undefined ? 'text-ink-2' : 'text-fail')}>
        {problem ?? hint}
      </span>
    </div>
  );
}

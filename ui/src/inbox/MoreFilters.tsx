import { Button, Checkbox, NativeSelect, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { attributesOf } from '../api/settings';
import type { FilterName, Filters } from './filters';
import classes from './MoreFilters.module.css';

interface Props {
  filters: Filters;
  project: string | undefined;
  onApply: (filters: Filters) => void;
}

const TEXTS: { name: FilterName; label: string; type?: 'date' | 'number' }[] = [
  { name: 'since', label: 'From this day', type: 'date' },
  { name: 'until', label: 'Before this day', type: 'date' },
  { name: 'name', label: 'Criterion' },
  { name: 'reason', label: 'Reason' },
  { name: 'score_min', label: 'Score from', type: 'number' },
  { name: 'score_max', label: 'Score up to', type: 'number' },
  { name: 'end_user', label: 'Person' },
  { name: 'conversation', label: 'Conversation' },
  { name: 'message', label: 'Message' },
  { name: 'segment_kind', label: 'Kind of group' },
  { name: 'segment', label: 'Group' },
];

/** The filters that are needed less often. They hold when they are applied, together. */
export function MoreFilters({ filters, project, onApply }: Props) {
  const [draft, setDraft] = useState(filters);
  const set = (name: FilterName, value: string) => {
    setDraft({ ...draft, [name]: value === '' ? undefined : value });
  };
  return (
    <form
      className={classes.more}
      onSubmit={(event) => {
        event.preventDefault();
        onApply(draft);
      }}
    >
      {TEXTS.map(({ name, label, type = 'text' }) => (
        <TextInput
          key={name}
          size="xs"
          label={label}
          type={type}
          step={type === 'number' ? 'any' : undefined}
          value={draft[name] ?? ''}
          onChange={(event) => {
            set(name, event.currentTarget.value);
          }}
        />
      ))}
      <NativeSelect
        size="xs"
        label="Thumb"
        value={draft.rating ?? ''}
        data={[
          { value: '', label: 'Any' },
          { value: 'positive', label: 'Up' },
          { value: 'negative', label: 'Down' },
        ]}
        onChange={(event) => {
          set('rating', event.currentTarget.value);
        }}
      />
      <NativeSelect
        size="xs"
        label="Resolved"
        value={draft.resolved ?? ''}
        data={[
          { value: '', label: 'Any' },
          { value: 'true', label: 'Yes' },
          { value: 'false', label: 'No' },
        ]}
        onChange={(event) => {
          set('resolved', event.currentTarget.value);
        }}
      />
      {project !== undefined && <AttributeFilter project={project} draft={draft} set={setDraft} />}
      <Checkbox
        size="xs"
        label="Also what was taken back"
        checked={draft.with_retracted === 'true'}
        onChange={(event) => {
          set('with_retracted', event.currentTarget.checked ? 'true' : '');
        }}
      />
      <div className={classes.act}>
        <Button type="submit" size="xs">
          Apply
        </Button>
      </div>
    </form>
  );
}

interface AttributeProps {
  project: string;
  draft: Filters;
  set: (draft: Filters) => void;
}

/** A project's questions and their answers, where one project is chosen. */
function AttributeFilter({ project, draft, set }: AttributeProps) {
  const { data = [] } = useQuery(attributesOf(project));
  if (data.length === 0) return null;
  const answers = data.flatMap((attribute) =>
    attribute.options.map((option) => ({
      value: JSON.stringify([attribute.name, option.name]),
      label: `${attribute.name}: ${option.name}`,
    })),
  );
  const chosen = draft.attribute && draft.option ? JSON.stringify([draft.attribute, draft.option]) : '';
  return (
    <NativeSelect
      size="xs"
      label="Attribute"
      value={chosen}
      data={[{ value: '', label: 'Any' }, ...answers]}
      onChange={(event) => {
        const value = event.currentTarget.value;
        const [attribute, option] = value === '' ? [] : (JSON.parse(value) as string[]);
        set({ ...draft, attribute, option });
      }}
    />
  );
}

import { ActionIcon, Button, NativeSelect, TextInput, VisuallyHidden } from '@mantine/core';
import { useId, useState, type RefObject } from 'react';
import { CloseIcon } from '../shared/icons';
import { CHANNELS, SENTIMENTS } from '../shared/words';
import classes from './FilterBar.module.css';
import type { FilterName, Filters } from './filters';
import { chips } from './chips';
import { MoreFilters } from './MoreFilters';

interface Props {
  filters: Filters;
  project: string | undefined;
  searchField: RefObject<HTMLInputElement | null>;
  onChange: (filters: Filters) => void;
  onHelp: () => void;
}

const COMMENT = [
  { value: '', label: 'Comment or not' },
  { value: 'true', label: 'With a comment' },
  { value: 'false', label: 'Without' },
];

/** What the inbox is narrowed to. The address says the same. */
export function FilterBar({ filters, project, searchField, onChange, onHelp }: Props) {
  const [more, setMore] = useState(false);
  const moreId = useId();
  const set = (name: FilterName, value: string) => {
    onChange({ ...filters, [name]: value === '' ? undefined : value });
  };
  const said = chips(filters);
  return (
    <search className={classes.bar}>
      <div className={classes.line}>
        <SearchField
          field={searchField}
          value={filters.search ?? ''}
          onSearch={(value) => {
            set('search', value);
          }}
        />
        <NativeSelect
          aria-label="Sentiment"
          size="xs"
          value={filters.sentiment ?? ''}
          data={[{ value: '', label: 'Any sentiment' }, ...options(SENTIMENTS)]}
          onChange={(event) => {
            set('sentiment', event.currentTarget.value);
          }}
        />
        <NativeSelect
          aria-label="Channel"
          size="xs"
          value={filters.channel ?? ''}
          data={[{ value: '', label: 'Any channel' }, ...options(CHANNELS)]}
          onChange={(event) => {
            set('channel', event.currentTarget.value);
          }}
        />
        <NativeSelect
          aria-label="Comment"
          size="xs"
          value={filters.has_comment ?? ''}
          data={COMMENT}
          onChange={(event) => {
            set('has_comment', event.currentTarget.value);
          }}
        />
        <Button
          size="xs"
          variant="default"
          aria-expanded={more}
          aria-controls={moreId}
          onClick={() => {
            setMore(!more);
          }}
        >
          More filters
        </Button>
        <Button size="xs" variant="subtle" onClick={onHelp} className={classes.keys}>
          Keys
        </Button>
      </div>
      <div id={moreId}>
        {more && (
          <MoreFilters key={JSON.stringify(filters)} filters={filters} project={project} onApply={onChange} />
        )}
      </div>
      {said.length > 0 && (
        <ul className={classes.chips} aria-label="Filters">
          {said.map(({ name, text, clears }) => (
            <li key={name}>
              {text}
              <ActionIcon
                size="xs"
                variant="subtle"
                color="gray"
                aria-label={`Without: ${text}`}
                onClick={() => {
                  onChange({
                    ...filters,
                    ...Object.fromEntries(clears.map((each) => [each, undefined])),
                  });
                }}
              >
                <CloseIcon size={12} />
              </ActionIcon>
            </li>
          ))}
          <li>
            <Button
              size="compact-xs"
              variant="subtle"
              onClick={() => {
                onChange({});
              }}
            >
              Clear all
            </Button>
          </li>
        </ul>
      )}
    </search>
  );
}

function options(names: Record<string, string>) {
  return Object.entries(names).map(([value, label]) => ({ value, label }));
}

interface SearchFieldProps {
  field: RefObject<HTMLInputElement | null>;
  value: string;
  onSearch: (value: string) => void;
}

function SearchField({ field, value, onSearch }: SearchFieldProps) {
  const [typed, setTyped] = useState(value);
  const [last, setLast] = useState(value);
  if (value !== last) {
    // The address says something else now.
    setLast(value);
    setTyped(value);
  }
  const hint = useId();
  return (
    <form
      className={classes.search}
      onSubmit={(event) => {
        event.preventDefault();
        onSearch(typed.trim());
      }}
    >
      <TextInput
        ref={field}
        type="search"
        size="xs"
        aria-label="Search comments"
        aria-describedby={hint}
        placeholder="Search comments"
        maxLength={500}
        value={typed}
        onChange={(event) => {
          const next = event.currentTarget.value;
          setTyped(next);
          if (next === '' && value !== '') onSearch('');
        }}
        onKeyDown={(event) => {
          if (event.key === 'Escape') event.currentTarget.blur();
        }}
      />
      <VisuallyHidden id={hint}>Enter finds comments that have all of the words.</VisuallyHidden>
    </form>
  );
}

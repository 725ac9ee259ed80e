import { Button, Checkbox, Modal, NativeSelect, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, told, type Schemas } from '../api/client';
import { projects } from '../api/projects';
import { keys } from '../api/settings';
import { Refused } from '../shared/States';
import { CHANNELS } from '../shared/words';
import classes from './Forms.module.css';

interface Props {
  opened: boolean;
  onClose: () => void;
  onMade: (key: Schemas['IssuedKey']) => void;
}

/** Whose keys may be safe in a browser. */
const PUBLISHABLE: Schemas['Channel'][] = ['native', 'melodi'];

const RIGHTS = [
  { value: 'feedback:write', label: 'Send votes' },
  { value: 'feedback:write feedback:read', label: 'Send and read votes' },
  { value: 'admin', label: 'Everything' },
];

export function NewKey({ opened, onClose, onMade }: Props) {
  const queries = useQueryClient();
  const { data: known = [] } = useQuery(projects);
  const [dialect, setDialect] = useState<Schemas['Channel']>('dify');
  const [project, setProject] = useState('');
  const [name, setName] = useState('');
  const [rights, setRights] = useState('feedback:write feedback:read');
  const [publishable, setPublishable] = useState(false);
  const [clientId, setClientId] = useState('');
  const inBrowser = publishable && PUBLISHABLE.includes(dialect);
  const make = useMutation({
    mutationFn: () => {
      const body: Schemas['NewKey'] = { dialect, publishable: inBrowser };
      if (name !== '') body.name = name;
      if (project !== '') body.project = project;
      if (dialect === 'haptik' && clientId !== '') body.client_id = clientId;
      if (!inBrowser) body.scopes = rights.split(' ') as Schemas['Scope'][];
      return told(api.POST('/keys', { body }));
    },
    onSuccess: async (key) => {
      await queries.invalidateQueries({ queryKey: keys.queryKey });
      onMade(key);
    },
  });
  return (
    <Modal opened={opened} onClose={onClose} title="New key" transitionProps={{ duration: 0 }}>
      <form
        className={classes.form}
        onSubmit={(event) => {
          event.preventDefault();
          make.mutate();
        }}
      >
        <NativeSelect
          label="Dialect"
          description="The interface that your client speaks."
          data={Object.entries(CHANNELS).map(([value, label]) => ({ value, label }))}
          value={dialect}
          data-autofocus
          onChange={(event) => {
            setDialect(event.currentTarget.value as Schemas['Channel']);
          }}
        />
        <NativeSelect
          label="Opens"
          data={[
            { value: '', label: 'All projects' },
            ...known.map((each) => ({ value: each.id, label: each.name })),
          ]}
          value={project}
          onChange={(event) => {
            setProject(event.currentTarget.value);
          }}
        />
        <TextInput
          label="Name"
          description="What people call it."
          maxLength={255}
          value={name}
          onChange={(event) => {
            setName(event.currentTarget.value);
          }}
        />
        {dialect === 'haptik' && (
          <TextInput
            label="Client id"
            description="What your clients send beside the token. One is made, if this is empty."
            maxLength={255}
            value={clientId}
            onChange={(event) => {
              setClientId(event.currentTarget.value);
            }}
          />
        )}
        {PUBLISHABLE.includes(dialect) && (
          <Checkbox
            label="Safe in a browser: it may send votes and do nothing else"
            checked={publishable}
            onChange={(event) => {
              setPublishable(event.currentTarget.checked);
            }}
          />
        )}
        {!inBrowser && (
          <NativeSelect
            label="May"
            data={RIGHTS}
            value={rights}
            onChange={(event) => {
              setRights(event.currentTarget.value);
            }}
          />
        )}
        <Refused error={make.error} />
        <Button type="submit" loading={make.isPending}>
          Make the key
        </Button>
      </form>
    </Modal>
  );
}

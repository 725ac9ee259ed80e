import { Button, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, told, type Schemas } from '../api/client';
import { may } from '../api/session';
import { attributesOf } from '../api/settings';
import { Panel } from '../shared/Panel';
import { Empty, Failed, Loading, Refused } from '../shared/States';
import { useMe } from '../shell/me';
import classes from './Forms.module.css';
import own from './Attributes.module.css';

/** The questions with fixed answers that a project asks beside the thumb. */
export function Attributes({ project }: { project: Schemas['Project'] }) {
  const me = useMe();
  const { data, error, refetch } = useQuery(attributesOf(project.id));
  return (
    <Panel title="Attributes">
      <p className={classes.note}>
        Questions with fixed answers. Answers can be added; none is taken away, for votes may hold it.
      </p>
      {error && <Failed error={error} again={refetch} />}
      {!data && !error && <Loading label="Reading the attributes" />}
      {data?.length === 0 && <Empty>This project asks no question.</Empty>}
      <dl className={own.attributes}>
        {data?.map((attribute) => (
          <div key={attribute.id}>
            <dt>{attribute.name}</dt>
            <dd>{attribute.options.map((option) => option.name).join(', ') || 'No answer yet'}</dd>
          </div>
        ))}
      </dl>
      {may(me, 'write') && <Add project={project.id} />}
    </Panel>
  );
}

function Add({ project }: { project: string }) {
  const queries = useQueryClient();
  const [name, setName] = useState('');
  const [options, setOptions] = useState('');
  const add = useMutation({
    mutationFn: () => {
      const words = options.split(',').map((word) => word.trim());
      const body = { name, options: words.filter((word) => word !== '') };
      return told(api.POST('/projects/{project}/attributes', { params: { path: { project } }, body }));
    },
    onSuccess: async () => {
      setName('');
      setOptions('');
      await queries.invalidateQueries({ queryKey: attributesOf(project).queryKey });
    },
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        add.mutate();
      }}
    >
      <div className={classes.line}>
        <TextInput
          label="Question"
          required
          withAsterisk={false}
          maxLength={255}
          value={name}
          onChange={(event) => {
            setName(event.currentTarget.value);
          }}
        />
        <TextInput
          label="Answers, with commas between them"
          value={options}
          onChange={(event) => {
            setOptions(event.currentTarget.value);
          }}
        />
        <Button type="submit" variant="default" loading={add.isPending}>
          Add
        </Button>
      </div>
      <Refused error={add.error} />
    </form>
  );
}

import { Button, NativeSelect, Switch, Textarea, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { api, told, type Schemas } from '../api/client';
import { projects } from '../api/projects';
import { may } from '../api/session';
import { Copy } from '../shared/Copy';
import { Panel } from '../shared/Panel';
import { Empty, Failed, Loading, Refused } from '../shared/States';
import { useMe } from '../shell/me';
import { Attributes } from './Attributes';
import classes from './Forms.module.css';

type Change = Omit<Schemas['ProjectChange'], 'upstream' | 'rate_limit' | 'mode'>;
type Said = Omit<Schemas['Project'], keyof Change> & { [Name in keyof Change]-?: Schemas['Project'][Name] };

export function Project() {
  const { id } = useParams({ from: '/shell/settings/projects/$id' });
  const { data, error, refetch } = useQuery(projects);
  const project = data?.find((each) => each.id === id);
  if (error) return <Failed error={error} again={refetch} />;
  if (!data) return <Loading label="Reading the project" />;
  if (!project) return <Empty>There is no such project, or you may not see it.</Empty>;
  return (
    <div className={classes.parts}>
      <Facts key={project.updated_at} project={project} />
      <Attributes project={project} />
    </div>
  );
}

const UNKNOWN_TARGETS = [
  { value: 'accept', label: 'Keep the vote, and register what it names' },
  { value: 'reject', label: 'Refuse the vote, as the vendor does' },
];

const KEEP_TEXT = [
  { value: 'all', label: 'All texts' },
  { value: 'question_and_answer', label: 'The question and the answer that are judged' },
  { value: 'none', label: 'None' },
];

function Facts({ project }: { project: Schemas['Project'] }) {
  const me = useMe();
  const queries = useQueryClient();
  const mine = may(me, 'administer');
  const [draft, setDraft] = useState<Change>({});
  const said: Said = { ...project, ...draft };
  const change = useMutation({
    mutationFn: (body: Change) =>
      told(api.PATCH('/projects/{project}', { params: { path: { project: project.id } }, body })),
    onSuccess: () => queries.invalidateQueries({ queryKey: projects.queryKey }),
  });
  const set = (part: Change) => {
    setDraft({ ...draft, ...part });
  };
  return (
    <Panel title={project.name} aside={<Copy value={project.id} label="Copy its id" />}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          change.mutate(draft);
        }}
      >
        <fieldset disabled={!mine} className={classes.form}>
          <TextInput
            label="Name"
            required
            withAsterisk={false}
            maxLength={255}
            value={said.name}
            onChange={(event) => {
              set({ name: event.currentTarget.value });
            }}
          />
          <Textarea
            label="Description"
            rows={2}
            maxLength={2000}
            value={said.description ?? ''}
            onChange={(event) => {
              set({ description: event.currentTarget.value || null });
            }}
          />
          <Switch
            label="Takes feedback"
            checked={said.enabled}
            onChange={(event) => {
              set({ enabled: event.currentTarget.checked });
            }}
          />
          <NativeSelect
            label="A vote for something unknown"
            description="Of a person, a conversation or a message that this server has not heard of."
            data={UNKNOWN_TARGETS}
            value={said.unknown_targets}
            onChange={(event) => {
              set({ unknown_targets: event.currentTarget.value as Schemas['UnknownTargets'] });
            }}
          />
          <NativeSelect
            label="Texts of messages that are kept"
            data={KEEP_TEXT}
            value={said.keep_text}
            onChange={(event) => {
              set({ keep_text: event.currentTarget.value as Schemas['KeepText'] });
            }}
          />
          <ClientIds said={said} set={set} />
          {mine && (
            <div className={classes.line}>
              <Button type="submit" loading={change.isPending} disabled={Object.keys(draft).length === 0}>
                Save
              </Button>
            </div>
          )}
          <Refused error={change.error} />
        </fieldset>
      </form>
    </Panel>
  );
}

/** How vendors' clients name the project. */
function ClientIds({ said, set }: { said: Said; set: (part: Change) => void }) {
  return (
    <>
      <TextInput
        label="Number"
        description="By which Melodi's clients name it."
        type="number"
        min={1}
        required
        withAsterisk={false}
        value={said.number}
        onChange={(event) => {
          set({ number: Number(event.currentTarget.value) });
        }}
      />
      <TextInput
        label="Amazon Q application id"
        description="36 characters. Without one, the project's own id is it."
        value={said.amazon_q_application_id ?? ''}
        onChange={(event) => {
          set({ amazon_q_application_id: event.currentTarget.value || null });
        }}
      />
      <TextInput
        label="Haptik business id"
        type="number"
        value={said.haptik_business_id ?? ''}
        onChange={(event) => {
          const { value } = event.currentTarget;
          set({ haptik_business_id: value === '' ? null : Number(value) });
        }}
      />
      <TextInput
        label="Wonderchat chatbot id"
        value={said.wonderchat_chatbot_id ?? ''}
        onChange={(event) => {
          set({ wonderchat_chatbot_id: event.currentTarget.value || null });
        }}
      />
    </>
  );
}

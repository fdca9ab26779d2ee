import { Component, computed, effect, inject, signal, untracked } from '@angular/core';
import { FormRoot, form } from '@angular/forms/signals';
import { MatButton } from '@angular/material/button';
import { MAT_DIALOG_DATA, MatDialogModule, MatDialogRef } from '@angular/material/dialog';
import { Caches } from '../caches/caches.js';
import { type Faults, attempt } from '../forms/attempt.js';
import { FormAlert } from '../forms/form-alert.js';
import { Now } from '../live/now.js';
import { ServerClock } from '../live/server-clock.js';
import { agoText, countdownText, durationText, momentText } from '../time/duration.js';
import { Countdown } from './countdown.js';
import { type EntryDraft, entryRules, typedValue } from './entry-draft.js';
import { EntryFate } from './entry-fate.js';
import { EntryWrites } from './entry-writes.js';
import type { Row } from './row.js';
import { TtlField } from './ttl-field.js';
import { ttlDraft, ttlOf } from './ttl.js';
import { ValueField, laidOut } from './value-field.js';

export interface EditDialogData {
  cache: string;
  row: Row;
}

/**
 * An entry, to be read and changed. An edit replaces the version it began from and no other: when someone else was
 * quicker, both values are kept and a person decides. Closes with `delete` when that is what was asked for.
 */
@Component({
  selector: 'lapse-edit-dialog',
  imports: [Countdown, FormAlert, FormRoot, MatButton, MatDialogModule, TtlField, ValueField],
  providers: [EntryFate],
  templateUrl: './edit-dialog.html',
  styleUrl: './entry-dialog.scss',
})
export class EditDialog {
  private readonly writes = inject(EntryWrites);
  private readonly caches = inject(Caches);
  private readonly clock = inject(ServerClock);
  private readonly now = inject(Now);
  private readonly follower = inject(EntryFate);
  private readonly dialog = inject<MatDialogRef<EditDialog, 'delete'>>(MatDialogRef);
  protected readonly data = inject<EditDialogData>(MAT_DIALOG_DATA);

  /** What this edit began from, and replaces. */
  private readonly base = signal<Pick<Row, 'version' | 'value' | 'deadline' | 'writtenAt' | 'since'>>(
    this.data.row,
  );
  protected readonly fate = this.follower.fate;
  protected readonly gone = computed(() => this.fate().kind === 'gone');
  protected readonly deadline = computed(() => {
    const fate = this.fate();
    return fate.kind === 'renewed' ? moment(fate.expiresAt) : this.base().deadline;
  });
  protected readonly since = computed(() =>
    this.fate().kind === 'renewed' ? this.clock.now() : this.base().since,
  );
  protected readonly goneText = computed(() => {
    const fate = this.fate();
    if (fate.kind !== 'gone') return '';
    return fate.how === 'unknown' ? 'This entry is gone.' : `This entry was just ${fate.how}.`;
  });
  protected readonly written = computed(() => agoText(this.now.seconds() - this.base().writtenAt));
  protected readonly created = computed(() => {
    const created = this.follower.entry()?.createdAt;
    return created === undefined ? '–' : momentText(Date.parse(created), this.now.seconds());
  });
  protected readonly kept = computed(() => {
    const deadline = this.deadline();
    if (this.gone()) return undefined;
    return deadline === null ? 'no deadline' : countdownText(deadline - this.now.tenths());
  });
  private readonly policy = computed(() => this.caches.cache(this.data.cache));
  protected readonly fallback = computed(() => {
    const ttl = this.policy()?.defaultTtlMs;
    return ttl === undefined || ttl === null ? undefined : durationText(ttl);
  });

  protected readonly alert = signal<string | null>(null);
  private readonly draft = signal<EntryDraft>({
    key: this.data.row.key,
    generate: false,
    ...typedFrom(this.data.row.value),
    ttl: ttlDraft('keep'),
  });
  protected readonly entry = form(
    this.draft,
    (path) => entryRules(path, () => this.policy()?.maxTtlMs ?? null),
    { submission: { action: () => this.save() } },
  );

  constructor() {
    const { cache, row } = this.data;
    this.follower.follow(cache, row.key, row.version);
    void this.follower.look(cache, row.key);
    // What was typed is not lost to a click beside the dialog.
    effect(() => {
      this.dialog.disableClose = this.entry().dirty();
    });
    // Of an entry that is gone there is no ttl left to keep.
    effect(() => {
      if (!this.gone() || untracked(this.draft).ttl.choice !== 'keep') return;
      const choice = untracked(this.fallback) === undefined ? '1m' : 'default';
      this.draft.update((draft) => ({ ...draft, ttl: { ...draft.ttl, choice } }));
    });
  }

  /** Takes what someone else wrote, and lets go of what was typed. */
  protected useTheirs(): void {
    const fate = this.fate();
    if (fate.kind !== 'changed') return;
    this.draft.update((draft) => ({ ...draft, ...typedFrom(fate.value) }));
    this.keepMine();
  }

  /** Keeps what was typed; saving then replaces what someone else wrote. */
  protected keepMine(): void {
    const fate = this.fate();
    if (fate.kind !== 'changed') return;
    const at = this.clock.now();
    this.base.set({
      version: fate.version,
      value: fate.value,
      deadline: moment(fate.expiresAt),
      writtenAt: at,
      since: at,
    });
    this.alert.set(null);
    this.follower.follow(this.data.cache, this.data.row.key, fate.version);
  }

  protected remove(): void {
    this.dialog.close('delete');
  }

  private async save(): Promise<Faults> {
    const { cache, row } = this.data;
    const draft = this.draft();
    const typed = typedValue(draft);
    if ('fault' in typed) return [];
    const deadline = this.deadline();
    const ttlMs = ttlOf(
      draft.ttl,
      deadline === null ? null : Math.max(1, Math.round(deadline - this.clock.now())),
    );
    const write = async () => {
      const body = { value: typed.value, ...(ttlMs === undefined ? {} : { ttlMs }) };
      if (this.gone()) await this.writes.create(cache, row.key, body);
      else await this.writes.replace(cache, row.key, body, this.base().version);
      this.dialog.close();
    };
    return attempt(write, {
      alert: this.alert,
      fields: { '/value': this.entry.text, '/ttlMs': this.entry.ttl.choice },
      explain: async (problem) => {
        if (problem.status !== 412 && problem.code !== 'entry-exists') return undefined;
        await this.follower.look(cache, row.key);
        return OVERTAKEN;
      },
    });
  }
}

const OVERTAKEN =
  'Not saved: the entry is no longer the one you began to edit. What you typed is still here.';

function moment(time: string | null): number | null {
  return time === null ? null : Date.parse(time);
}

/** Text is shown as text; anything else as JSON, laid out. */
function typedFrom(value: unknown): Pick<EntryDraft, 'kind' | 'text'> {
  if (typeof value === 'string') return { kind: 'text', text: value };
  return { kind: 'json', text: value === undefined ? '' : laidOut(value) };
}

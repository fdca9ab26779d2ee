import { Component, computed, effect, inject, signal } from '@angular/core';
import { FormField, FormRoot, form } from '@angular/forms/signals';
import { MatButton } from '@angular/material/button';
import { MatCheckbox } from '@angular/material/checkbox';
import { MAT_DIALOG_DATA, MatDialogModule, MatDialogRef } from '@angular/material/dialog';
import { MatFormFieldModule } from '@angular/material/form-field';
import { MatInput } from '@angular/material/input';
import { MatSnackBar } from '@angular/material/snack-bar';
import { Caches } from '../caches/caches.js';
import { type Faults, attempt } from '../forms/attempt.js';
import { FormAlert } from '../forms/form-alert.js';
import { durationText } from '../time/duration.js';
import { type EntryDraft, entryRules, typedValue } from './entry-draft.js';
import { EntryWrites } from './entry-writes.js';
import { TtlField } from './ttl-field.js';
import { ttlDraft, ttlOf } from './ttl.js';
import { ValueField } from './value-field.js';

/** A new entry. Stays open, with all that was typed, until the server has it. */
@Component({
  selector: 'lapse-create-dialog',
  imports: [
    FormAlert,
    FormField,
    FormRoot,
    MatButton,
    MatCheckbox,
    MatDialogModule,
    MatFormFieldModule,
    MatInput,
    TtlField,
    ValueField,
  ],
  templateUrl: './create-dialog.html',
  styleUrl: './entry-dialog.scss',
})
export class CreateDialog {
  private readonly writes = inject(EntryWrites);
  private readonly caches = inject(Caches);
  private readonly snacks = inject(MatSnackBar);
  private readonly dialog = inject<MatDialogRef<CreateDialog>>(MatDialogRef);
  protected readonly cache = inject<string>(MAT_DIALOG_DATA);

  private readonly policy = computed(() => this.caches.cache(this.cache));
  protected readonly fallback = computed(() => {
    const ttl = this.policy()?.defaultTtlMs;
    return ttl === undefined || ttl === null ? undefined : durationText(ttl);
  });
  protected readonly alert = signal<string | null>(null);
  protected readonly draft = signal<EntryDraft>({
    key: '',
    generate: false,
    kind: 'json',
    text: '',
    ttl: ttlDraft(this.fallback() === undefined ? '1m' : 'default'),
  });
  protected readonly entry = form(
    this.draft,
    (path) => entryRules(path, () => this.policy()?.maxTtlMs ?? null),
    { submission: { action: () => this.create() } },
  );
  protected readonly keyFault = computed(() => this.entry.key().errors()[0]?.message);

  constructor() {
    // What was typed is not lost to a click beside the dialog.
    effect(() => {
      this.dialog.disableClose = this.entry().dirty();
    });
  }

  private async create(): Promise<Faults> {
    const draft = this.draft();
    const typed = typedValue(draft);
    if ('fault' in typed) return [];
    const ttlMs = ttlOf(draft.ttl, null);
    const write = async () => {
      const body = { value: typed.value, ...(ttlMs === undefined ? {} : { ttlMs }) };
      const entry = await this.writes.create(this.cache, draft.generate ? undefined : draft.key, body);
      this.dialog.close();
      this.snacks.open(`${entry.key} created`, undefined, { duration: 3000 });
    };
    const taken = {
      kind: 'server',
      message: 'An entry with this key is alive already.',
      fieldTree: this.entry.key,
    };
    return attempt(write, {
      alert: this.alert,
      fields: { '/key': this.entry.key, '/value': this.entry.text, '/ttlMs': this.entry.ttl.choice },
      explain: (problem) => (problem.code === 'entry-exists' ? [taken] : undefined),
    });
  }
}

import { Component, computed, effect, inject, signal } from '@angular/core';
import { FormField, FormRoot, form } from '@angular/forms/signals';
import { MatButton } from '@angular/material/button';
import { MatCheckbox } from '@angular/material/checkbox';
import { MAT_DIALOG_DATA, MatDialogModule, MatDialogRef } from '@angular/material/dialog';
import { MatFormFieldModule } from '@angular/material/form-field';
import { MatInput } from '@angular/material/input';
import { MatSnackBar } from '@angular/material/snack-bar';
import { toProblem } from '../api/problem.js';
import { Caches } from '../caches/caches.js';
import { FormAlert } from '../forms/form-alert.js';
import { type Faults, serverFaults } from '../forms/server-faults.js';
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
    return ttl == null ? undefined : durationText(ttl);
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
    this.alert.set(null);
    const draft = this.draft();
    const typed = typedValue(draft);
    if ('fault' in typed) return [];
    const ttlMs = ttlOf(draft.ttl, null);
    const write = { value: typed.value, ...(ttlMs === undefined ? {} : { ttlMs }) };
    try {
      const entry = await this.writes.create(this.cache, draft.generate ? undefined : draft.key, write);
      this.dialog.close();
      this.snacks.open(`${entry.key} created`, undefined, { duration: 3000 });
      return [];
    } catch (error) {
      return this.faults(error);
    }
  }

  private faults(error: unknown): Faults {
    const problem = toProblem(error);
    if (problem.code === 'entry-exists') {
      return [{ kind: 'server', message: 'An entry with this key is alive already.', fieldTree: this.entry.key }];
    }
    const faults = serverFaults(problem, {
      '/key': this.entry.key,
      '/value': this.entry.text,
      '/ttlMs': this.entry.ttl.choice,
    });
    if (faults.length === 0) this.alert.set(problem.detail);
    return faults;
  }
}

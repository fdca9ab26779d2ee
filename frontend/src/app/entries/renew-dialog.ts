import { Component, inject, signal } from '@angular/core';
import { FormRoot, form } from '@angular/forms/signals';
import { MatButton } from '@angular/material/button';
import { MAT_DIALOG_DATA, MatDialogModule, MatDialogRef } from '@angular/material/dialog';
import { Caches } from '../caches/caches.js';
import { type Faults, attempt } from '../forms/attempt.js';
import { FormAlert } from '../forms/form-alert.js';
import { EntryWrites } from './entry-writes.js';
import { TtlField } from './ttl-field.js';
import { type TtlDraft, ttlDraft, ttlOf, ttlRules } from './ttl.js';

export interface RenewDialogData {
  cache: string;
  key: string;
}

/** Gives an entry any ttl, counted from now. */
@Component({
  selector: 'lapse-renew-dialog',
  imports: [FormAlert, FormRoot, MatButton, MatDialogModule, TtlField],
  template: `
    <form [formRoot]="ttl">
      <h2 mat-dialog-title class="key">Renew {{ data.key }}</h2>
      <mat-dialog-content>
        <lapse-form-alert [message]="alert()" />
        <lapse-ttl-field legend="It lives, from now, for" [field]="ttl" />
      </mat-dialog-content>
      <mat-dialog-actions align="end">
        <button matButton type="button" mat-dialog-close>Cancel</button>
        <button matButton="filled" type="submit" [disabled]="ttl().submitting()">Renew</button>
      </mat-dialog-actions>
    </form>
  `,
  styles: `
    .key {
      overflow-wrap: anywhere;
    }
    mat-dialog-content {
      display: grid;
      gap: 12px;
    }
  `,
})
export class RenewDialog {
  private readonly writes = inject(EntryWrites);
  private readonly caches = inject(Caches);
  private readonly dialog = inject<MatDialogRef<RenewDialog>>(MatDialogRef);
  protected readonly data = inject<RenewDialogData>(MAT_DIALOG_DATA);

  protected readonly alert = signal<string | null>(null);
  private readonly draft = signal<TtlDraft>(ttlDraft('custom'));
  protected readonly ttl = form(
    this.draft,
    (path) => ttlRules(path, () => this.caches.cache(this.data.cache)?.maxTtlMs ?? null),
    { submission: { action: () => this.renew() } },
  );

  private renew(): Promise<Faults> {
    const write = async () => {
      await this.writes.renew(this.data.cache, this.data.key, ttlOf(this.draft(), null) ?? null);
      this.dialog.close();
    };
    return attempt(write, {
      alert: this.alert,
      fields: { '/ttlMs': this.ttl.choice },
      explain: (problem) => (problem.status === 404 ? GONE : undefined),
    });
  }
}

const GONE = 'This entry is gone: there is nothing left to renew.';

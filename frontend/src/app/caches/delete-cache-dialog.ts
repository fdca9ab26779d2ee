import { Component, computed, inject, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { MAT_DIALOG_DATA, MatDialogModule, MatDialogRef } from '@angular/material/dialog';
import { attempt } from '../forms/attempt.js';
import { FormAlert } from '../forms/form-alert.js';
import { Caches } from './caches.js';

/** Asks before a cache goes with all that is in it: this cannot be undone. Closes with true once it is gone. */
@Component({
  selector: 'lapse-delete-cache-dialog',
  imports: [FormAlert, MatButton, MatDialogModule],
  template: `
    <h2 mat-dialog-title>Delete {{ name }}?</h2>
    <mat-dialog-content>
      <p>{{ consequence() }} This cannot be undone.</p>
      <lapse-form-alert [message]="alert()" />
    </mat-dialog-content>
    <mat-dialog-actions align="end">
      <button matButton mat-dialog-close cdkFocusInitial>Keep it</button>
      <button matButton="filled" class="danger" (click)="remove()" [disabled]="busy()">Delete cache</button>
    </mat-dialog-actions>
  `,
  styles: `
    p {
      margin-bottom: 12px;
    }
    .danger {
      --mat-button-filled-container-color: var(--lapse-deleted);
      --mat-button-filled-label-text-color: var(--mat-sys-on-error);
    }
  `,
})
export class DeleteCacheDialog {
  private readonly caches = inject(Caches);
  private readonly dialog = inject<MatDialogRef<DeleteCacheDialog, boolean>>(MatDialogRef);
  protected readonly name = inject<string>(MAT_DIALOG_DATA);
  protected readonly busy = signal(false);
  protected readonly alert = signal<string | null>(null);

  protected readonly consequence = computed(() => {
    const entries = this.caches.cache(this.name)?.entries ?? 0;
    if (entries === 0) return 'It is empty; its policy goes with it.';
    return `${entries === 1 ? 'Its only entry' : `Its ${entries.toLocaleString('en')} entries`} and its policy go with it.`;
  });

  protected async remove(): Promise<void> {
    this.busy.set(true);
    const write = async () => {
      await this.caches.remove(this.name);
      this.dialog.close(true);
    };
    await attempt(write, { alert: this.alert });
    this.busy.set(false);
  }
}

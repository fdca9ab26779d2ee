import { Component, computed, inject, signal } from '@angular/core';
import { type FieldTree, FormField, FormRoot, form } from '@angular/forms/signals';
import { MatButton } from '@angular/material/button';
import { MAT_DIALOG_DATA, MatDialogModule, MatDialogRef } from '@angular/material/dialog';
import { MatFormFieldModule } from '@angular/material/form-field';
import { MatInput } from '@angular/material/input';
import { MatSlideToggle } from '@angular/material/slide-toggle';
import type { Cache } from '@lapse/protocol';
import { AmountField } from '../forms/amount-field.js';
import { BYTE_UNITS, DURATION_UNITS, bytesText } from '../forms/amount.js';
import { type Faults, attempt } from '../forms/attempt.js';
import { FormAlert } from '../forms/form-alert.js';
import { Caches } from './caches.js';
import { policyDraft, policyOf, policyRules } from './policy-form.js';

/** The cache whose policy is changed; none: a new one is created. */
export interface PolicyDialogData {
  cache?: Cache;
}

/** The policy of a new or an existing cache. Closes with the cache's name once it is saved. */
@Component({
  selector: 'lapse-policy-dialog',
  imports: [
    AmountField,
    FormAlert,
    FormField,
    FormRoot,
    MatButton,
    MatDialogModule,
    MatFormFieldModule,
    MatInput,
    MatSlideToggle,
  ],
  templateUrl: './policy-dialog.html',
  styleUrl: './policy-dialog.scss',
})
export class PolicyDialog {
  private readonly caches = inject(Caches);
  private readonly dialog = inject<MatDialogRef<PolicyDialog, string>>(MatDialogRef);
  protected readonly cache = inject<PolicyDialogData>(MAT_DIALOG_DATA).cache;

  protected readonly byteUnits = BYTE_UNITS;
  protected readonly durationUnits = DURATION_UNITS;
  protected readonly draft = signal(policyDraft(this.cache));
  protected readonly policy = form(
    this.draft,
    (path) => policyRules(path, this.cache ? undefined : (name) => this.caches.cache(name) !== undefined),
    { submission: { action: () => this.save() } },
  );
  protected readonly alert = signal<string | null>(null);

  /** Shrinking evicts at once: nobody should learn that afterwards. */
  protected readonly evicts = computed(() => {
    const now = this.cache && (this.caches.cache(this.cache.name) ?? this.cache);
    if (!now) return null;
    const policy = policyOf(this.draft());
    if (policy.maxEntries !== null && policy.maxEntries > 0 && policy.maxEntries < now.entries) {
      const count = now.entries - policy.maxEntries;
      return `Saving evicts ${count.toLocaleString('en')} ${count === 1 ? 'entry' : 'entries'} at once, the least recently used first.`;
    }
    if (policy.maxBytes !== null && policy.maxBytes > 0 && policy.maxBytes < now.bytes) {
      return `Saving evicts entries at once, the least recently used first: ${bytesText(now.bytes)} are held.`;
    }
    return null;
  });

  protected error(field: FieldTree<string> | FieldTree<number | null>): string | undefined {
    return field().errors()[0]?.message;
  }

  private save(): Promise<Faults> {
    const draft = this.draft();
    const write = async () => {
      await this.caches.setPolicy(draft.name, policyOf(draft));
      this.dialog.close(draft.name);
    };
    return attempt(write, {
      alert: this.alert,
      fields: {
        '/maxEntries': this.policy.maxEntries,
        '/maxBytes': this.policy.maxBytes.amount,
        '/defaultTtlMs': this.policy.defaultTtl.amount,
        '/maxTtlMs': this.policy.maxTtl.amount,
        '/history': this.policy.history,
      },
    });
  }
}

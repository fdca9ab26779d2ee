import { Component, computed, input } from '@angular/core';
import { type FieldTree, FormField } from '@angular/forms/signals';
import { MatFormFieldModule } from '@angular/material/form-field';
import { MatInput } from '@angular/material/input';
import { LIMITS } from '@lapse/protocol';
import { bytesText } from '../forms/amount.js';
import { type EntryDraft, typedValue, valueBytes } from './entry-draft.js';

/** A value, typed as JSON or as plain text, and how much of what is allowed it takes. */
@Component({
  selector: 'lapse-value-field',
  imports: [FormField, MatFormFieldModule, MatInput],
  templateUrl: './value-field.html',
  styleUrl: './value-field.scss',
})
export class ValueField {
  readonly field = input.required<FieldTree<EntryDraft>>();

  private readonly typed = computed(() => typedValue(this.field()().value()));
  protected readonly json = computed(() => this.field().kind().value() === 'json');
  protected readonly fault = computed(() => this.field().text().errors()[0]?.message);
  protected readonly size = computed(() => {
    const typed = this.typed();
    if ('fault' in typed) return '';
    return `${bytesText(valueBytes(typed.value))} of ${bytesText(LIMITS.valueBytes)}`;
  });
  /** What was typed is JSON, but not laid out. */
  protected readonly canFormat = computed(() => {
    const typed = this.typed();
    return this.json() && 'value' in typed && laidOut(typed.value) !== this.field().text().value();
  });
  /** What was typed is no JSON, but would do as text. */
  protected readonly couldBeText = computed(() => {
    return this.json() && this.field().text().value().trim() !== '' && 'fault' in this.typed();
  });

  protected format(): void {
    const typed = this.typed();
    if ('value' in typed) this.field().text().value.set(laidOut(typed.value));
  }

  protected asText(): void {
    this.field().kind().value.set('text');
  }
}

export function laidOut(value: unknown): string {
  return JSON.stringify(value, null, 2);
}

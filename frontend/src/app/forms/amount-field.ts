import { Component, computed, input } from '@angular/core';
import { type FieldTree, FormField } from '@angular/forms/signals';
import { MatFormFieldModule } from '@angular/material/form-field';
import { MatInput } from '@angular/material/input';
import type { Amount } from './amount.js';

/** A number and its unit in one field. */
@Component({
  selector: 'lapse-amount-field',
  imports: [FormField, MatFormFieldModule, MatInput],
  template: `
    <mat-form-field [subscriptSizing]="hint() ? 'fixed' : 'dynamic'">
      <mat-label>{{ label() }}</mat-label>
      <input matInput type="number" step="any" [formField]="field().amount" [placeholder]="placeholder()" />
      <select matTextSuffix [formField]="field().unit" [attr.aria-label]="label() + ': unit'">
        @for (unit of units(); track unit.unit) {
          <option [value]="unit.unit">{{ unit.name }}</option>
        }
      </select>
      @if (hint()) {
        <mat-hint>{{ hint() }}</mat-hint>
      }
      @if (error(); as error) {
        <mat-error>{{ error }}</mat-error>
      }
    </mat-form-field>
  `,
  styles: `
    :host {
      display: block;
    }
    mat-form-field {
      width: 100%;
    }
    select {
      border: 0;
      background: transparent;
      color: var(--lapse-text-2);
      font: inherit;
      font-size: 13px;
      cursor: pointer;
    }
    option {
      background: var(--lapse-raised);
      color: var(--lapse-text);
    }
  `,
})
export class AmountField {
  readonly field = input.required<FieldTree<Amount>>();
  readonly units = input.required<readonly { unit: string; name: string }[]>();
  readonly label = input.required<string>();
  readonly hint = input('');
  readonly placeholder = input('');

  protected readonly error = computed(() => this.field().amount().errors()[0]?.message);
}

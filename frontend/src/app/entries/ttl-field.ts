import { Component, computed, input } from '@angular/core';
import { type FieldTree, FormField } from '@angular/forms/signals';
import { AmountField } from '../forms/amount-field.js';
import { DURATION_UNITS } from '../forms/amount.js';
import type { TtlChoice, TtlDraft } from './ttl.js';

/** A ttl: the usual ones in one click, any other by typing it. */
@Component({
  selector: 'lapse-ttl-field',
  imports: [AmountField, FormField],
  template: `
    <fieldset>
      <legend>{{ legend() }}</legend>
      <div class="choices">
        @for (choice of shown(); track choice.choice) {
          <label>
            <input type="radio" [value]="choice.choice" [formField]="field().choice" />
            <span class="numeric">{{ choice.word }}</span>
          </label>
        }
      </div>
      @if (field().choice().value() === 'custom') {
        <lapse-amount-field label="Ttl" [field]="field().custom" [units]="units" />
      }
      @if (fault(); as fault) {
        <p role="alert">{{ fault }}</p>
      }
    </fieldset>
  `,
  styleUrl: './ttl-field.scss',
})
export class TtlField {
  readonly field = input.required<FieldTree<TtlDraft>>();
  readonly legend = input('Time to live');
  /** What is left of the present ttl, in words; absent where there is none to keep. */
  readonly kept = input<string>();
  /** The cache's default ttl, in words; absent where it has none. */
  readonly fallback = input<string>();

  protected readonly units = DURATION_UNITS;
  protected readonly shown = computed(() => {
    const choices: { choice: TtlChoice; word: string }[] = [
      { choice: '10s', word: '10 s' },
      { choice: '1m', word: '1 m' },
      { choice: '1h', word: '1 h' },
      { choice: 'custom', word: 'Custom' },
      { choice: 'none', word: 'No deadline' },
    ];
    const fallback = this.fallback();
    const kept = this.kept();
    if (fallback !== undefined) choices.unshift({ choice: 'default', word: `Default (${fallback})` });
    if (kept !== undefined) choices.unshift({ choice: 'keep', word: `Keep (${kept})` });
    return choices;
  });
  protected readonly fault = computed(() => this.field().choice().errors()[0]?.message);
}

import { Component, input } from '@angular/core';

/** What went wrong with a form as a whole, read out as it appears. Offers in words what can be done about it. */
@Component({
  selector: 'lapse-form-alert',
  template: `
    @if (message()) {
      <div class="alert" role="alert">
        <span class="icon" aria-hidden="true">error</span>
        <div>
          <p>{{ message() }}</p>
          <ng-content />
        </div>
      </div>
    }
  `,
  styles: `
    :host:empty {
      display: none;
    }
    .alert {
      display: flex;
      gap: 10px;
      padding: 10px 12px;
      border: 1px solid color-mix(in srgb, var(--lapse-deleted) 35%, transparent);
      border-radius: 10px;
      background: color-mix(in srgb, var(--lapse-deleted) 8%, transparent);
      font-size: 13px;
    }
    .icon {
      color: var(--lapse-deleted);
    }
  `,
})
export class FormAlert {
  readonly message = input<string | null | undefined>(null);
}

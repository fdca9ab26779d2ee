import {
  Component,
  DestroyRef,
  type ElementRef,
  effect,
  inject,
  input,
  output,
  signal,
  viewChild,
} from '@angular/core';

/** Wait after the last keystroke before the server is asked (ms). */
const DEBOUNCE_MS = 200;

/** The field that narrows the entries to keys that begin with what is typed. */
@Component({
  selector: 'lapse-entry-search',
  template: `
    <label>
      <span class="icon" aria-hidden="true">search</span>
      <span class="cdk-visually-hidden">Keys that begin with</span>
      <input
        #field
        type="search"
        class="mono"
        placeholder="Key prefix"
        autocomplete="off"
        autocapitalize="off"
        spellcheck="false"
        maxlength="512"
        [value]="typed()"
        (input)="type(field.value)"
        (keydown.escape)="type(''); field.blur()"
      />
      @if (!typed()) {
        <kbd aria-hidden="true">/</kbd>
      }
    </label>
  `,
  styleUrl: './entry-search.scss',
})
export class EntrySearch {
  readonly prefix = input.required<string>();
  readonly searched = output<string>();

  protected readonly typed = signal('');
  private readonly field = viewChild.required<ElementRef<HTMLInputElement>>('field');
  private timer: ReturnType<typeof setTimeout> | undefined;
  private sent = '';

  constructor() {
    inject(DestroyRef).onDestroy(() => clearTimeout(this.timer));
    // What comes back from the address is what was sent, or somebody went elsewhere; it never undoes typing.
    effect(() => {
      const prefix = this.prefix();
      if (prefix === this.sent) return;
      this.sent = prefix;
      this.typed.set(prefix);
    });
  }

  focus(): void {
    this.field().nativeElement.focus();
    this.field().nativeElement.select();
  }

  protected type(text: string): void {
    this.typed.set(text);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.send(text), DEBOUNCE_MS);
  }

  private send(prefix: string): void {
    if (prefix === this.sent) return;
    this.sent = prefix;
    this.searched.emit(prefix);
  }
}

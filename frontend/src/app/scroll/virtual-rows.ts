import { DestroyRef, Directive, ElementRef, computed, inject, input, signal } from '@angular/core';

/** Rows drawn above and below what is seen, so that a quick flick shows rows and not paper. */
const OVERSCAN = 8;
/** Browsers refuse elements higher than some 33 million pixels. */
const MOST_PX = 30_000_000;

/**
 * Makes its element a viewport onto rows of one height, of which only those near the visible part exist. The
 * template places rows `first()` to `last()` at `index * rowHeight` inside an element `height()` pixels high.
 */
@Directive({ selector: '[lapseVirtualRows]', exportAs: 'virtualRows', host: { '(scroll)': 'scrolled()' } })
export class VirtualRows {
  private readonly element = inject<ElementRef<HTMLElement>>(ElementRef).nativeElement;
  private readonly top = signal(0);
  private readonly viewport = signal(0);

  readonly rowCount = input(0);
  readonly rowHeight = input(40);
  /** Height of a heading that stays above the rows while they scroll. */
  readonly headHeight = input(0);

  readonly scrollTop = this.top.asReadonly();
  readonly first = computed(() => Math.max(0, Math.floor(this.top() / this.rowHeight()) - OVERSCAN));
  /** One past the last row to draw. */
  readonly last = computed(() => {
    const seen = Math.ceil((this.top() + this.viewport()) / this.rowHeight());
    return Math.min(this.rowCount(), seen + OVERSCAN);
  });
  readonly height = computed(() => Math.min(MOST_PX, this.rowCount() * this.rowHeight()));

  constructor() {
    const observer = new ResizeObserver(() => this.viewport.set(this.element.clientHeight));
    observer.observe(this.element);
    inject(DestroyRef).onDestroy(() => observer.disconnect());
  }

  protected scrolled(): void {
    this.top.set(this.element.scrollTop);
  }

  /** Scrolls by so much: what was that much further down is where the reader looks now. */
  shift(px: number): void {
    this.scrollTo(this.top() + px);
  }

  scrollTo(top: number): void {
    this.element.scrollTop = top;
    this.scrolled();
  }

  /** Scrolls as little as is needed to see all of this row. */
  reveal(index: number): void {
    const from = index * this.rowHeight();
    const to = from + this.rowHeight() + this.headHeight();
    if (from < this.top()) this.scrollTo(from);
    else if (to > this.top() + this.viewport()) this.scrollTo(to - this.viewport());
  }
}

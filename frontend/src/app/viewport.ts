import { BreakpointObserver } from '@angular/cdk/layout';
import { Injectable, type Signal, inject } from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import { map } from 'rxjs';

/** How much room there is, in the three steps that the layout knows. */
@Injectable({ providedIn: 'root' })
export class Viewport {
  private readonly breakpoints = inject(BreakpointObserver);

  /** A phone: rows take two lines, dialogs fill the screen. */
  readonly narrow = this.matches('(max-width: 640px)');
  /** Too narrow for the list of caches to stay open. */
  readonly collapsed = this.matches('(max-width: 860px)');
  /** Too narrow for entries and events side by side. */
  readonly onePane = this.matches('(max-width: 1120px)');

  private matches(query: string): Signal<boolean> {
    const matching = this.breakpoints.observe(query).pipe(map((state) => state.matches));
    return toSignal(matching, { initialValue: this.breakpoints.isMatched(query) });
  }
}

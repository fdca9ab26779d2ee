import { DecimalPipe } from '@angular/common';
import { Component, computed, input } from '@angular/core';
import type { Cache } from '@lapse/protocol';
import { bytesText } from '../forms/amount.js';

/** A cache's live figures in one line. */
@Component({
  selector: 'lapse-cache-figures',
  imports: [DecimalPipe],
  templateUrl: './cache-figures.html',
  styleUrl: './cache-figures.scss',
})
export class CacheFigures {
  readonly cache = input.required<Cache>();

  protected readonly bytes = computed(() => bytesText(this.cache().bytes));
  /** Percent of reads that found an entry; null before the first read. */
  protected readonly hitRate = computed(() => {
    const { hits, misses } = this.cache();
    return hits + misses === 0 ? null : (100 * hits) / (hits + misses);
  });
  protected readonly fill = computed(() => {
    const { entries, maxEntries } = this.cache();
    return maxEntries === null ? null : Math.min(1, entries / maxEntries);
  });
}

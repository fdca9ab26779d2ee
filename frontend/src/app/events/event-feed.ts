import { DecimalPipe } from '@angular/common';
import { Component, DestroyRef, computed, effect, inject, signal, untracked, viewChild } from '@angular/core';
import { MatIconButton } from '@angular/material/button';
import { MatIcon } from '@angular/material/icon';
import type { EventType } from '@lapse/protocol';
import { VirtualRows } from '../scroll/virtual-rows.js';
import { EventLine } from './event-line.js';
import { LOOKS } from './event-look.js';
import { FeedMark } from './feed-mark.js';
import { Feed, type FeedLine } from './feed.js';

const LINE_PX = 54;
/** How often what happened is summed up for those who listen instead of look (ms). */
const SAY_EVERY_MS = 6_000;

/** The kinds of event that the feed can be narrowed to. */
const FILTERS = [
  { name: 'All', types: null },
  { name: 'Expired', types: ['expired'] },
  { name: 'Evicted', types: ['evicted'] },
  { name: 'Deleted', types: ['deleted', 'cleared'] },
  { name: 'Writes', types: ['created', 'updated', 'renewed'] },
] as const satisfies readonly { name: string; types: readonly EventType[] | null }[];

/**
 * What happens in the selected cache, as it happens. Read by eye line by line; read out in a sentence every few
 * seconds, because a thousand lines a second are no news to anyone.
 */
@Component({
  selector: 'lapse-event-feed',
  imports: [DecimalPipe, EventLine, FeedMark, MatIcon, MatIconButton, VirtualRows],
  templateUrl: './event-feed.html',
  styleUrl: './event-feed.scss',
})
export class EventFeed {
  protected readonly feed = inject(Feed);
  private readonly list = viewChild.required(VirtualRows);

  protected readonly filters = FILTERS;
  protected readonly linePx = LINE_PX;
  protected readonly filter = signal<(typeof FILTERS)[number]>(FILTERS[0]);
  protected readonly lines = computed(() => {
    const types: readonly EventType[] | null = this.filter().types;
    if (types === null) return this.feed.all();
    return this.feed.all().filter((line) => line.kind !== 'event' || types.includes(line.event.type));
  });
  protected readonly first = computed(() => this.list().first());
  protected readonly shown = computed<readonly FeedLine[]>(() =>
    this.lines().slice(this.first(), this.list().last()),
  );
  protected readonly summary = signal('');
  private said: ReadonlyMap<EventType, number> = new Map();

  constructor() {
    // Someone who has scrolled down is reading: let the lines stand still.
    effect(() => {
      const reading = this.list().scrollTop() > LINE_PX;
      untracked(() => reading && this.feed.pause());
    });
    const timer = setInterval(() => this.sayWhatHappened(), SAY_EVERY_MS);
    inject(DestroyRef).onDestroy(() => clearInterval(timer));
  }

  protected togglePause(): void {
    if (this.feed.paused()) this.goOn();
    else this.feed.pause();
  }

  protected goOn(): void {
    this.list().scrollTo(0);
    this.feed.resume();
  }

  private sayWhatHappened(): void {
    const counts = this.feed.counts();
    const news = (['expired', 'evicted', 'deleted', 'cleared'] as const).flatMap((type) => {
      const count = (counts.get(type) ?? 0) - (this.said.get(type) ?? 0);
      return count > 0 ? [`${count} ${LOOKS[type].word}`] : [];
    });
    this.said = counts;
    this.summary.set(news.join(', '));
  }
}

import { provideHttpClient } from '@angular/common/http';
import { HttpTestingController, provideHttpClientTesting } from '@angular/common/http/testing';
import type { Type } from '@angular/core';
import { type ComponentFixture, TestBed } from '@angular/core/testing';
import { MAT_DIALOG_DATA, MatDialogRef } from '@angular/material/dialog';
import type { Cache } from '@lapse/protocol';
import { Caches } from '../app/caches/caches.js';
import { provideFakeLive } from './fake-live.js';

/** A dialog as a person meets it: fields by their label, buttons by their word. */
export class DialogDriver<T> {
  readonly fixture: ComponentFixture<T>;
  readonly http: HttpTestingController;
  readonly ref = { close: jasmine.createSpy('close'), disableClose: false };

  constructor(component: Type<T>, data: unknown, caches: Cache[] = []) {
    TestBed.configureTestingModule({
      providers: [
        provideHttpClient(),
        provideHttpClientTesting(),
        provideFakeLive(),
        { provide: MAT_DIALOG_DATA, useValue: data },
        { provide: MatDialogRef, useValue: this.ref },
      ],
    });
    this.http = TestBed.inject(HttpTestingController);
    TestBed.inject(Caches);
    this.http.expectOne('/api/v1/caches').flush({ items: caches });
    this.fixture = TestBed.createComponent(component);
    TestBed.tick();
  }

  get element(): HTMLElement {
    return this.fixture.nativeElement as HTMLElement;
  }

  text(): string {
    TestBed.tick();
    return this.element.textContent!.replace(/\s+/g, ' ');
  }

  field(label: string): HTMLInputElement {
    TestBed.tick();
    const labels = [...this.element.querySelectorAll('label')];
    const found = labels.find((one) => one.textContent!.trim() === label);
    const field = found?.querySelector('input') ?? (found?.htmlFor && document.getElementById(found.htmlFor));
    if (!field) throw new Error(`no field is labelled ${label}`);
    return field as HTMLInputElement;
  }

  type(label: string, text: string): void {
    const field = this.field(label);
    field.value = text;
    field.dispatchEvent(new Event('input', { bubbles: true }));
    TestBed.tick();
  }

  choose(label: string): void {
    this.field(label).click();
    TestBed.tick();
  }

  async press(word: string): Promise<void> {
    TestBed.tick();
    const buttons = [...this.element.querySelectorAll('button')];
    const button = buttons.find((one) => one.textContent!.trim() === word);
    if (!button) throw new Error(`no button says ${word}`);
    button.click();
    await this.settle();
  }

  /** Lets promises and timers of no length run out, and draws. */
  async settle(): Promise<void> {
    await new Promise((done) => setTimeout(done));
    TestBed.tick();
  }

  destroy(): void {
    this.fixture.destroy();
    TestBed.resetTestingModule();
  }
}

import { Injectable, inject } from '@angular/core';
import { MatDialog } from '@angular/material/dialog';
import { MatSnackBar } from '@angular/material/snack-bar';
import { Router } from '@angular/router';
import { firstValueFrom } from 'rxjs';
import type { Cache } from '@lapse/protocol';
import { toProblem } from '../api/problem.js';
import { Caches } from './caches.js';
import { DEMO_CACHE, Demo } from './demo.js';
import { DeleteCacheDialog } from './delete-cache-dialog.js';
import { PolicyDialog, type PolicyDialogData } from './policy-dialog.js';

/** What people do with whole caches: each asks what it has to, does it, and says what came of it. */
@Injectable({ providedIn: 'root' })
export class CacheActions {
  private readonly dialogs = inject(MatDialog);
  private readonly snacks = inject(MatSnackBar);
  private readonly router = inject(Router);
  private readonly caches = inject(Caches);
  private readonly demo = inject(Demo);

  async create(): Promise<void> {
    const name = await this.askPolicy({});
    if (name) await this.router.navigate(['/caches', name]);
  }

  async changePolicy(cache: Cache): Promise<void> {
    const saved = await this.askPolicy({ cache });
    if (saved) this.snacks.open(`Policy of ${cache.name} saved`, undefined, { duration: 3000 });
  }

  async remove(name: string): Promise<void> {
    const dialog = this.dialogs.open<DeleteCacheDialog, string, boolean>(DeleteCacheDialog, {
      data: name,
      width: '420px',
    });
    if (!(await firstValueFrom(dialog.afterClosed()))) return;
    this.snacks.open(`${name} deleted`, undefined, { duration: 3000 });
    await this.router.navigate(['/']);
  }

  /** Fills the demo cache and goes there. Says true when it worked. */
  async createDemo(): Promise<boolean> {
    try {
      await this.demo.create();
    } catch (error) {
      this.snacks.open(toProblem(error).detail, 'Close');
      return false;
    }
    this.caches.read();
    await this.router.navigate(['/caches', DEMO_CACHE]);
    return true;
  }

  /** The name of the cache whose policy was saved; nothing when it was not. */
  private askPolicy(data: PolicyDialogData): Promise<string | undefined> {
    const dialog = this.dialogs.open<PolicyDialog, PolicyDialogData, string>(PolicyDialog, {
      data,
      width: '520px',
      panelClass: 'form-dialog',
    });
    return firstValueFrom(dialog.afterClosed());
  }
}

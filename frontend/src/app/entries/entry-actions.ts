import { Injectable, inject } from '@angular/core';
import { MatDialog, type MatDialogConfig } from '@angular/material/dialog';
import { MatSnackBar } from '@angular/material/snack-bar';
import type { Entry } from '@lapse/protocol';
import { toProblem } from '../api/problem.js';
import { durationText } from '../time/duration.js';
import { CreateDialog } from './create-dialog.js';
import { EditDialog, type EditDialogData } from './edit-dialog.js';
import { EntryWrites } from './entry-writes.js';
import { RenewDialog, type RenewDialogData } from './renew-dialog.js';
import type { Row } from './row.js';

/** How long a deletion can be undone (ms). */
const UNDO_MS = 8_000;
const SAID_MS = 3_000;

const FORM: MatDialogConfig = { width: '540px', panelClass: 'form-dialog' };

/** What people do with single entries: each does it and says what came of it. */
@Injectable({ providedIn: 'root' })
export class EntryActions {
  private readonly dialogs = inject(MatDialog);
  private readonly snacks = inject(MatSnackBar);
  private readonly writes = inject(EntryWrites);

  create(cache: string): void {
    this.dialogs.open<CreateDialog, string>(CreateDialog, { ...FORM, data: cache });
  }

  edit(cache: string, row: Row): void {
    const data = { cache, row };
    const dialog = this.dialogs.open<EditDialog, EditDialogData, 'delete'>(EditDialog, { ...FORM, data });
    dialog.afterClosed().subscribe((wish) => wish === 'delete' && void this.remove(cache, row.key));
  }

  askRenew(cache: string, row: Row): void {
    this.dialogs.open<RenewDialog, RenewDialogData>(RenewDialog, {
      width: '420px',
      data: { cache, key: row.key },
    });
  }

  async renew(cache: string, key: string, ttlMs: number | null): Promise<void> {
    try {
      await this.writes.renew(cache, key, ttlMs);
      this.say(
        ttlMs === null ? `${key} has no deadline now` : `${key} lives for another ${durationText(ttlMs)}`,
      );
    } catch (error) {
      this.sayWhy(error, `${key} is gone: there is nothing left to renew.`);
    }
  }

  /** Deletes at once and offers to undo it: asking first would be in the way every time. */
  async remove(cache: string, key: string): Promise<void> {
    try {
      const taken = await this.writes.take(cache, key);
      const offer = this.snacks.open(`${key} deleted`, 'Undo', { duration: UNDO_MS });
      offer.onAction().subscribe(() => void this.undo(taken));
    } catch (error) {
      this.sayWhy(error, `${key} was gone already.`);
    }
  }

  private async undo(taken: Entry): Promise<void> {
    try {
      await this.writes.restore(taken);
      const left = taken.ttlMs === null ? 'without a deadline' : `with ${durationText(taken.ttlMs)} left`;
      this.say(`${taken.key} is back, ${left}`);
    } catch (error) {
      const problem = toProblem(error);
      if (problem.status === 412) {
        this.snacks.open(`${taken.key} has been created anew meanwhile and was left as it is.`, 'Close');
        return;
      }
      // What was deleted exists nowhere else now: the offer stands until it is taken or declined.
      const offer = this.snacks.open(`${taken.key} is not back yet. ${problem.detail}`, 'Try again');
      offer.onAction().subscribe(() => void this.undo(taken));
    }
  }

  private say(message: string): void {
    this.snacks.open(message, undefined, { duration: SAID_MS });
  }

  private sayWhy(error: unknown, gone: string): void {
    const problem = toProblem(error);
    this.snacks.open(problem.status === 404 ? gone : problem.detail, 'Close', { duration: UNDO_MS });
  }
}

import { CLOSE } from '@lapse/protocol';
import { afterClose } from './backoff.js';

describe('after a close', () => {
  const waits = (code: number, attempt: number, random: number) => {
    const next = afterClose(code, attempt, () => random);
    return next.retry ? next.delayMs : undefined;
  };

  it('waits anywhere between nothing and a bound that doubles with each failure', () => {
    expect([0, 1, 2, 3].map((attempt) => waits(1006, attempt, 1))).toEqual([500, 1000, 2000, 4000]);
    expect(waits(1006, 3, 0.25)).toBe(1000);
    expect(waits(1006, 3, 0)).toBe(0);
  });

  it('never waits longer than 15 seconds for a server that is away', () => {
    expect(waits(1006, 1000, 1)).toBe(15_000);
  });

  it('comes back by itself from restarts, shutdowns and overload', () => {
    for (const code of [CLOSE.goingAway, CLOSE.restarting, CLOSE.tryAgainLater]) {
      expect(afterClose(code, 0).retry).withContext(String(code)).toBeTrue();
    }
  });

  it('does not come back by itself where the same again would be refused again', () => {
    for (const code of [CLOSE.policyViolation, CLOSE.messageTooBig, CLOSE.notSignedIn, CLOSE.notAllowed]) {
      const next = afterClose(code, 0);
      expect(next.retry).withContext(String(code)).toBeFalse();
      expect(!next.retry && next.reason.length > 10).toBeTrue();
    }
  });

  it('stays away for half a minute and more where there were too many', () => {
    expect(waits(CLOSE.tooMany, 0, 0)).toBe(30_000);
    expect(waits(CLOSE.tooMany, 0, 1)).toBe(60_000);
  });
});

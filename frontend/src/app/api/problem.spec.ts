import { HttpErrorResponse } from '@angular/common/http';
import { ApiProblem, toProblem } from './problem.js';

describe('a problem', () => {
  const answered = (status: number, error: unknown) => toProblem(new HttpErrorResponse({ status, error }));

  it('has the last part of its type as code and says what the server says', () => {
    const problem = answered(409, {
      type: '/api/v1/problems/entry-exists',
      title: 'Taken',
      detail: 'It is alive.',
    });
    expect([problem.code, problem.detail, problem.passing]).toEqual(['entry-exists', 'It is alive.', false]);
  });

  it('tells what it says about a field', () => {
    const errors = [
      { pointer: '/key', detail: 'is too long' },
      { parameter: 'limit', detail: 'is too large' },
    ];
    const problem = answered(422, { type: '/p/invalid', errors });
    expect(problem.about('/key')).toBe('is too long');
    expect(problem.about('/value')).toBeUndefined();
  });

  it('tells what passes by itself from what has to be put right', () => {
    for (const status of [0, 429, 502, 503, 504])
      expect(answered(status, null).passing).withContext(`${status}`).toBeTrue();
    for (const status of [400, 404, 412, 422, 500, 507])
      expect(answered(status, null).passing).withContext(`${status}`).toBeFalse();
  });

  it('makes words of the page that a proxy answers with', () => {
    const problem = answered(502, '<html>Bad Gateway</html>');
    expect(problem.detail).toBe('The backend does not answer (502). Try again in a moment.');
    expect(problem.code).toBe('http-502');
  });

  it('reads a problem that came as text', () => {
    expect(answered(507, '{"type":"/p/redis-full","detail":"Full."}').detail).toBe('Full.');
  });

  it('is handed on as it is', () => {
    const problem = new ApiProblem(404, 'entry-not-found', 'Gone.');
    expect(toProblem(problem)).toBe(problem);
  });
});

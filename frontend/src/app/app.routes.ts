import type { Routes } from '@angular/router';
import { CachePage } from './caches/cache-page.js';
import { StartPage } from './caches/start-page.js';

export const routes: Routes = [
  { path: '', pathMatch: 'full', component: StartPage },
  { path: 'caches/:cache', component: CachePage },
  { path: '**', redirectTo: '' },
];

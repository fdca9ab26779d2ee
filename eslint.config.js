import angular from 'angular-eslint';
import { createNodeResolver, importX } from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';
import walls from './scripts/walls.mjs';

/** Imports name the `.js` that a `.ts` becomes. */
const resolver = createNodeResolver({
  extensions: ['.ts', '.js'],
  extensionAlias: { '.js': ['.ts', '.js'] },
});

const NO_ENUM = { selector: 'TSEnumDeclaration', message: 'A union and an `as const` array say the same.' };

export default tseslint.config(
  {
    ignores: ['**/dist/', '**/.angular/', '**/coverage/', 'backend/src/generated/', '.data/'],
  },
  {
    linterOptions: { reportUnusedDisableDirectives: 'error' },
  },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommended],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { 'import-x': importX, walls },
    settings: {
      'import-x/resolver-next': [resolver],
      'import-x/extensions': ['.ts'],
      'import-x/parsers': { '@typescript-eslint/parser': ['.ts'] },
    },
    rules: {
      'walls/knows': 'error',
      'import-x/no-cycle': ['error', { ignoreExternal: true }],
      'import-x/no-duplicates': 'error',
      'no-restricted-syntax': ['error', NO_ENUM],
      'no-console': 'error',
      eqeqeq: 'error',
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { arguments: false } }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/only-throw-error': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
    },
  },
  {
    // Settings have one door: what reads the environment elsewhere is a setting that nobody finds.
    files: ['backend/src/**/*.ts'],
    ignores: ['backend/src/config.ts', '**/*.spec.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'Only config.ts reads the environment.' },
      ],
      'no-restricted-imports': [
        'error',
        { name: 'node:process', importNames: ['env'], message: 'Only config.ts reads the environment.' },
      ],
    },
  },
  {
    files: ['backend/bench/**/*.ts', 'e2e/**/*.ts'],
    rules: { 'no-console': 'off' },
  },
  {
    files: ['frontend/src/**/*.ts'],
    extends: [angular.configs.tsRecommended],
    processor: angular.processInlineTemplates,
    rules: {
      '@angular-eslint/component-selector': [
        'error',
        { type: 'element', prefix: 'lapse', style: 'kebab-case' },
      ],
      '@angular-eslint/directive-selector': [
        'error',
        { type: 'attribute', prefix: 'lapse', style: 'camelCase' },
      ],
      'no-console': ['error', { allow: ['error'] }],
      'no-restricted-globals': [
        'error',
        { name: 'WebSocket', message: 'Only live/socket.ts opens sockets.' },
        { name: 'EventSource', message: 'Only live/socket.ts opens sockets.' },
      ],
    },
  },
  {
    files: ['frontend/src/app/live/socket.ts', 'frontend/src/**/*.spec.ts'],
    rules: { 'no-restricted-globals': 'off' },
  },
  {
    files: ['frontend/src/**/*.html'],
    extends: [angular.configs.templateRecommended, angular.configs.templateAccessibility],
    rules: {
      '@angular-eslint/template/prefer-control-flow': 'error',
    },
  },
  {
    // No types are read here: `tsc -p scripts` checks them.
    files: ['**/*.mjs', '**/*.js'],
    extends: [tseslint.configs.recommended],
    rules: { eqeqeq: 'error' },
  },
);

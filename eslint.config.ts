import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Linter } from 'eslint';
import prettier from 'eslint-config-prettier';
import vue from 'eslint-plugin-vue';
import tseslint from 'typescript-eslint';
import { houseRules } from './.ci/house/lint-rules.ts';
import { CLIENT_REFUSED_GLOBALS, FORBIDDEN_SYNTAX, PURE } from './.ci/house/lint-lists.ts';

const root = dirname(fileURLToPath(import.meta.url));
const modules = existsSync(join(root, 'src/modules')) ? readdirSync(join(root, 'src/modules')) : [];

// ESLint's cache asks a plugin for its version; ours changes whenever a wall or a module's name does.
const version = createHash('sha256')
  .update(modules.join())
  .update(
    ['rooms', 'lint-rules', 'lint-lists']
      .map((name) => readFileSync(join(root, `.ci/house/${name}.ts`)))
      .join(),
  )
  .digest('hex')
  .slice(0, 12);

/** Files known by name to be longer than 400 lines, each with its reason. */
const LONG_FILES: readonly string[] = [];

const SHARED = ['src/**/shared/**/*.ts'];
const CLIENT = ['src/**/client/**/*.{ts,vue}', 'src/**/worker/**/*.ts'];

const config: Linter.Config[] = [
  { ignores: ['dist/**', 'node_modules/**', 'data/**', 'public/**', '**/*.mjs', '**/*.d.ts'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  ...(tseslint.configs.recommended as Linter.Config[]),
  ...(vue.configs['flat/recommended'] as Linter.Config[]),
  {
    files: ['**/*.vue'],
    languageOptions: { parserOptions: { parser: tseslint.parser, extraFileExtensions: ['.vue'] } },
    rules: {
      'vue/block-lang': ['error', { script: { lang: 'ts' } }],
      'vue/component-api-style': ['error', ['script-setup']],
      'vue/no-v-html': 'error',
      'vue/no-undef-components': ['error', { ignorePatterns: ['^Router(Link|View)$'] }],
      'vue/prefer-true-attribute-shorthand': 'error',
      'vue/require-default-prop': 'off',
      'vue/no-required-prop-with-default': 'off',
    },
  },
  prettier,
  {
    plugins: { house: { meta: { name: 'house', version }, rules: houseRules } },
    settings: { house: { root } },
    rules: {
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-constant-binary-expression': 'error',
      'no-implicit-coercion': ['error', { boolean: false }],
      'no-self-compare': 'error',
      'no-var': 'error',
      'object-shorthand': 'error',
      'prefer-const': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports' }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
    },
  },
  {
    files: ['src/**/*.{ts,vue}'],
    rules: {
      'house/rooms': 'error',
      'house/module-names': ['error', { modules: modules.filter((name) => !name.startsWith('_')) }],
      'house/file-names': 'error',
      'house/no-leftovers': 'error',
      'max-lines': ['error', { max: 400 }],
      'no-console': ['error', { allow: ['warn', 'error'] }],
    },
  },
  { files: ['src/**/*.ts'], rules: { 'no-restricted-syntax': ['error', ...FORBIDDEN_SYNTAX.everywhere] } },
  {
    files: ['tests/**/*.ts', 'bench/**/*.ts', '.ci/**/*.ts'],
    rules: {
      'house/no-leftovers': 'error',
      'no-restricted-syntax': ['error', ...FORBIDDEN_SYNTAX.everywhere],
    },
  },
  {
    files: SHARED,
    rules: {
      'no-restricted-globals': ['error', ...PURE.globals],
      'no-restricted-properties': ['error', ...PURE.properties],
      'no-restricted-syntax': [
        'error',
        ...FORBIDDEN_SYNTAX.everywhere,
        ...FORBIDDEN_SYNTAX.oldBrowsers,
        ...PURE.syntax,
      ],
    },
  },
  {
    files: CLIENT,
    rules: {
      'no-restricted-globals': ['error', ...CLIENT_REFUSED_GLOBALS],
      'no-restricted-syntax': ['error', ...FORBIDDEN_SYNTAX.oldBrowsers],
    },
  },
  {
    files: ['src/**/client/**/*.ts'],
    rules: {
      'no-restricted-syntax': ['error', ...FORBIDDEN_SYNTAX.everywhere, ...FORBIDDEN_SYNTAX.oldBrowsers],
    },
  },
  { files: [...LONG_FILES], rules: { 'max-lines': 'off' } },
].filter((entry) => !('files' in entry) || entry.files!.length > 0) as Linter.Config[];

export default config;

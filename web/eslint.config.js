import js from '@eslint/js';
import hooks from 'eslint-plugin-react-hooks';
import { defineConfig } from 'eslint/config';
import ts from 'typescript-eslint';

/** What a floor of the house may not import: everything above it. */
const floors = {
  lib: ['~/api/*', '~/ui/*', '~/features/*', '~/routes/*'],
  api: ['~/ui/*', '~/features/*', '~/routes/*'],
  ui: ['~/features/*', '~/routes/*'],
  features: ['~/routes/*'],
};

export default defineConfig(
  { ignores: ['node_modules', 'eslint.config.js', 'src/api/schema.ts', 'src/early-theme.js'] },
  js.configs.recommended,
  ts.configs.strictTypeChecked,
  ts.configs.stylisticTypeChecked,
  hooks.configs.flat['recommended-latest'],
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-unused-vars': ['error', { varsIgnorePattern: '^_', argsIgnorePattern: '^_' }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true, ignoreVoidOperator: true }],
      'max-lines': ['error', { max: 350 }],
      // It takes every callback that is handed on for a read while drawing.
      'react-hooks/refs': 'off',
      'no-console': 'error',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
    },
  },
  {
    files: ['scripts/**', 'tests/**'],
    rules: { 'no-console': 'off', 'no-undef': 'off', '@typescript-eslint/no-unsafe-assignment': 'off' },
  },
  Object.entries(floors).map(([floor, above]) => ({
    files: [`src/${floor}/**`],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            { group: above, message: `${floor} is a lower floor: routes → features → ui, api, lib.` },
            { group: ['../*', './*'], message: 'Import by ~/ so that the floor can be seen.' },
          ],
        },
      ],
    },
  })),
);

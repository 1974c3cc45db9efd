import assert from 'node:assert/strict';
// TypeScript 7 has no such interface: it is that of version 6.
import ts from '@typescript/typescript6';
import { inRepo } from '../../support/repo-root.ts';

/** Marks in a text the place that is asked about. */
const CURSOR = '¦';

export interface Hover {
  /** The declaration, as an editor shows it. */
  readonly declaration: string;
  readonly text: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** What an editor knows of a file of an application that has this package, by the language service of TypeScript. */
export class Editor {
  readonly #file = inRepo('test', 'options', 'in-an-editor.ts');
  readonly #service: ts.LanguageService;
  #text = '';
  #version = 0;

  constructor() {
    const options: ts.CompilerOptions = {
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      target: ts.ScriptTarget.ES2023,
      strict: true,
      exactOptionalPropertyTypes: true,
      allowImportingTsExtensions: true,
      noEmit: true,
      skipLibCheck: true,
      types: ['node'],
    };
    this.#service = ts.createLanguageService({
      getCompilationSettings: () => options,
      getScriptFileNames: () => [this.#file],
      getScriptVersion: (name) => (name === this.#file ? String(this.#version) : '0'),
      getScriptSnapshot: (name) => {
        const text = name === this.#file ? this.#text : ts.sys.readFile(name);
        return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
      },
      getCurrentDirectory: () => inRepo(),
      getDefaultLibFileName: (its) => ts.getDefaultLibFilePath(its),
      fileExists: (name) => name === this.#file || ts.sys.fileExists(name),
      readFile: ts.sys.readFile,
      readDirectory: ts.sys.readDirectory,
      directoryExists: ts.sys.directoryExists,
      getDirectories: ts.sys.getDirectories,
    });
  }

  /** The names that are offered at the cursor. */
  completions(text: string): readonly string[] {
    const found = this.#service.getCompletionsAtPosition(this.#file, this.#open(text), {});
    return found?.entries.map(({ name }) => name) ?? [];
  }

  /** What is shown of the name at the cursor. */
  hover(text: string): Hover {
    const info = this.#service.getQuickInfoAtPosition(this.#file, this.#open(text));
    assert.ok(info !== undefined, text);
    return {
      declaration: ts.displayPartsToString(info.displayParts),
      text: ts.displayPartsToString(info.documentation),
      tags: Object.fromEntries((info.tags ?? []).map((tag) => [tag.name, ts.displayPartsToString(tag.text)])),
    };
  }

  /** What is wrong with the file. */
  mistakes(text: string): readonly string[] {
    this.#open(`${text}${CURSOR}`);
    return this.#service
      .getSemanticDiagnostics(this.#file)
      .concat(this.#service.getSyntacticDiagnostics(this.#file))
      .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
  }

  #open(text: string): number {
    const opened = text.replace(CURSOR, '');
    // The same text is not examined anew.
    if (opened !== this.#text) this.#version += 1;
    this.#text = opened;
    return text.indexOf(CURSOR);
  }
}

// What is in the package besides its code: owner and links. Called by the scripts of package.json:
//
//   node package/publishing.js check      prepublishOnly: refuses while package.json has the placeholder for its owner
//   node package/publishing.js absolute   prepack: links of the pages in the package lead to the repository, at this version
//   node package/publishing.js relative   postpack: links are as they were
import { readFileSync, writeFileSync } from 'node:fs';

const PLACEHOLDER = /\bOWNER\b/;
/** The pages in the package. What they link to stays in the repository. */
const PAGES = ['README.md', 'CHANGELOG.md'];

const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
const { author, homepage, bugs, repository, version } = manifest;
const owned = { author, homepage, bugs, repository };
const unknown = Object.keys(owned).filter((name) => PLACEHOLDER.test(owned[name] ?? 'OWNER'));
const site = String(repository).replace(/^github:/, 'https://github.com/');
const page = `${site}/blob/v${version}/`;
const image = `${site}/raw/v${version}/`;

/** Links and images of Markdown, and images of HTML: neither of other sites nor within the page. */
const RELATIVE = /((!?)\[[^\]]*\]\(|\bsrc(?:set)?=")(?![a-z]+:|#|\/)(?=[^)"\n]+[)"])/g;

/** @type {Record<string, () => void>} */
const COMMANDS = {
  check() {
    if (unknown.length === 0) return;
    console.error(
      `package.json: put the owner of the repository in the place of OWNER (${unknown.join(', ')})`,
    );
    process.exitCode = 1;
  },
  absolute() {
    // There is nothing yet for links to lead to.
    if (unknown.length === 0)
      rewrite((text) => text.replace(RELATIVE, (link, _start, mark) => link + (mark === '' ? page : image)));
  },
  relative() {
    rewrite((text) => text.replaceAll(page, '').replaceAll(image, ''));
  },
};

/** @param {(text: string) => string} change */
function rewrite(change) {
  for (const file of PAGES) {
    const text = readFileSync(file, 'utf8');
    const changed = change(text);
    if (changed !== text) writeFileSync(file, changed);
  }
}

const command = COMMANDS[process.argv[2] ?? ''];
if (command === undefined) throw new Error('usage: publishing.js check|absolute|relative');
command();

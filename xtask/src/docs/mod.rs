//! Every link of every Markdown file resolves, in the repository, in the package and in the book.
//!
//! - A relative link names a file that is there, and a heading of it if it names one.
//! - A link to the repository's own pages on GitHub names a file that is there.
//! - A file of the package links only to files of the package.
//! - A path of the repository's in inline code, as `src/lib.rs`, is there; the changelog may name
//!   what is gone, and placeholders as `src/NAME.rs` name nothing.
//! - Every chapter in `docs/` stands in `docs/SUMMARY.md`, and links only into `docs/`: mdBook
//!   copies nothing else.

mod markdown;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};
use std::process::Command;

use crate::failure::Failure;
use crate::{files, process, workspace};

use markdown::Page;

/// The repository's own pages on GitHub, by which chapters of the book link out of it.
const HOSTED: [&str; 2] = [
    "https://github.com/ddim-wgpu/ddim-wgpu/blob/main/",
    "https://github.com/ddim-wgpu/ddim-wgpu/tree/main/",
];

const BOOK: &str = "docs";
const SUMMARY: &str = "docs/SUMMARY.md";
const HISTORY: &str = "CHANGELOG.md";

/// The folders whose paths are looked for in inline code.
const FOLDERS: [&str; 11] = [
    ".github/",
    "benches/",
    "docs/",
    "examples/",
    "fuzz/",
    "models/",
    "scripts/",
    "shaders/",
    "src/",
    "tests/",
    "xtask/",
];

/// Checks everything, and prints each fault.
pub fn run(arguments: &[String]) -> Result<(), Failure> {
    if !arguments.is_empty() {
        return Err(Failure::usage(""));
    }
    let pages = pages()?;
    let checker = Checker {
        pages: &pages,
        package: package()?,
    };
    let mut faults = checker.unlisted_chapters();
    let mut links = 0;
    for (path, page) in &pages {
        for link in page.links() {
            links += 1;
            if let Some(fault) = checker.fault(path, link) {
                faults.push(format!("{}: {link}: {fault}", path.display()));
            }
        }
    }
    let mut paths = 0;
    for (path, page) in pages.iter().filter(|(path, _)| *path != Path::new(HISTORY)) {
        for named in page.code().filter(|code| is_path(code)) {
            paths += 1;
            if !workspace::root().join(named).exists() {
                faults.push(format!("{}: `{named}` is not there", path.display()));
            }
        }
    }
    for fault in &faults {
        println!("{fault}");
    }
    if faults.is_empty() {
        println!(
            "docs: {links} links and {paths} paths in {} files resolve",
            pages.len()
        );
        return Ok(());
    }
    Err(Failure::new(format_args!("{} faults", faults.len())))
}

/// Every Markdown file that git does not ignore, by its path in the repository.
fn pages() -> Result<BTreeMap<PathBuf, Page>, Failure> {
    let list = process::stdout(Command::new("git").current_dir(workspace::root()).args([
        "ls-files",
        "--cached",
        "--others",
        "--exclude-standard",
        "-z",
        "*.md",
    ]))?;
    let paths = list
        .split('\0')
        .filter(|path| !path.is_empty())
        .map(PathBuf::from);
    let mut pages = BTreeMap::new();
    for path in paths.filter(|path| workspace::root().join(path).is_file()) {
        let page = Page::read(&files::read(&workspace::root().join(&path))?);
        pages.insert(path, page);
    }
    Ok(pages)
}

/// The files that `cargo package` packs.
fn package() -> Result<BTreeSet<PathBuf>, Failure> {
    let list = process::stdout(workspace::cargo().args([
        "package",
        "--list",
        "--allow-dirty",
        "--quiet",
    ]))?;
    Ok(list.lines().map(PathBuf::from).collect())
}

/// All pages, and what is packed.
struct Checker<'a> {
    pages: &'a BTreeMap<PathBuf, Page>,
    package: BTreeSet<PathBuf>,
}

impl Checker<'_> {
    /// What is wrong with a link of a page, if anything is.
    fn fault(&self, page: &Path, link: &str) -> Option<String> {
        let (target, heading) = link
            .split_once('#')
            .map_or((link, None), |(target, heading)| (target, Some(heading)));
        let hosted = HOSTED
            .iter()
            .find_map(|address| target.strip_prefix(address));
        if hosted.is_none() && (target.contains("://") || target.starts_with("mailto:")) {
            return None;
        }
        let path = match hosted {
            Some(path) => PathBuf::from(path),
            None if target.is_empty() => page.to_owned(),
            None => match beside(page, target) {
                Some(path) => path,
                None => return Some("leaves the repository".to_owned()),
            },
        };
        let file = workspace::root().join(&path);
        if !file.exists() {
            return Some("no such file".to_owned());
        }
        if let Some(heading) = heading
            && !self
                .pages
                .get(&path)
                .is_some_and(|page| page.has_heading(heading))
        {
            return Some(format!("no heading #{heading}"));
        }
        if hosted.is_some() {
            return None;
        }
        if page.starts_with(BOOK) && !path.starts_with(BOOK) {
            return Some(format!(
                "leaves the book: write {}{}",
                HOSTED[0],
                path.display()
            ));
        }
        (self.package.contains(page) && file.is_file() && !self.package.contains(&path))
            .then(|| "is not in the package: see `include` in Cargo.toml".to_owned())
    }

    fn unlisted_chapters(&self) -> Vec<String> {
        let Some(summary) = self.pages.get(Path::new(SUMMARY)) else {
            return vec![format!("{SUMMARY} is missing")];
        };
        let listed: BTreeSet<PathBuf> = summary
            .links()
            .filter_map(|link| beside(Path::new(SUMMARY), link))
            .collect();
        let chapters = self
            .pages
            .keys()
            .filter(|path| path.starts_with(BOOK) && *path != Path::new(SUMMARY));
        chapters
            .filter(|path| !listed.contains(*path))
            .map(|path| format!("{} does not stand in {SUMMARY}", path.display()))
            .collect()
    }
}

/// Whether a piece of code is a path of the repository's: lower case, without placeholders.
fn is_path(code: &str) -> bool {
    let plain =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"/._-".contains(&byte);
    FOLDERS.iter().any(|folder| code.starts_with(folder)) && code.bytes().all(plain)
}

/// The path in the repository of a relative link, or `None` where it leaves the repository.
fn beside(page: &Path, link: &str) -> Option<PathBuf> {
    let mut path = page.parent()?.to_owned();
    for part in Path::new(link).components() {
        match part {
            Component::Normal(name) => path.push(name),
            Component::ParentDir => {
                if !path.pop() {
                    return None;
                }
            }
            Component::CurDir => {}
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(page: &str, link: &str) -> Option<String> {
        let pages = BTreeMap::from([
            (
                PathBuf::from("README.md"),
                Page::read("# Name\n## The command\n"),
            ),
            (
                PathBuf::from("docs/command.md"),
                Page::read("## Exit codes\n"),
            ),
        ]);
        let package = BTreeSet::from(["README.md", "Cargo.toml"].map(PathBuf::from));
        Checker {
            pages: &pages,
            package,
        }
        .fault(Path::new(page), link)
    }

    #[test]
    fn paths_and_what_is_none() {
        assert!(is_path("src/lib.rs") && is_path("shaders/shared/") && is_path("scripts/test.sh"));
        for other in [
            "src/NAME.rs",
            "shaders/*.wgsl",
            "cargo test",
            "scripts/live.sh --pictures x",
            "lib.rs",
        ] {
            assert!(!is_path(other), "{other}");
        }
    }

    #[test]
    fn links_that_resolve() {
        for (page, link) in [
            ("README.md", "Cargo.toml"),
            ("README.md", "#the-command"),
            ("README.md", "https://example.org/nothing"),
            (
                "docs/command.md",
                "https://github.com/ddim-wgpu/ddim-wgpu/blob/main/README.md#the-command",
            ),
        ] {
            assert_eq!(fault(page, link), None, "{page} {link}");
        }
    }

    #[test]
    fn links_that_do_not() {
        for (page, link, why) in [
            ("README.md", "nothing.md", "no such file"),
            ("README.md", "#the-commands", "no heading"),
            ("README.md", "../README.md", "leaves the repository"),
            ("README.md", "Cargo.lock", "not in the package"),
            ("docs/command.md", "../README.md", "leaves the book"),
            (
                "docs/command.md",
                "https://github.com/ddim-wgpu/ddim-wgpu/blob/main/nothing",
                "no such file",
            ),
        ] {
            let found = fault(page, link);
            assert!(
                found.as_ref().is_some_and(|found| found.contains(why)),
                "{page} {link}: {found:?}"
            );
        }
    }
}

//! Writes generated files that changed; with `--check`, only compares them.

use std::{
    fs,
    io::{self, IsTerminal, Write},
    path::{Path, PathBuf},
};

use anyhow::Context;
use similar::{ChangeTag, TextDiff};

/// A file whose content is generated.
#[derive(Debug)]
pub(crate) struct Generated {
    /// Relative to the root of the workspace.
    pub(crate) path: PathBuf,
    pub(crate) content: String,
}

/// What to do with generated files.
pub(crate) struct Output<'a> {
    pub(crate) root: &'a Path,
    pub(crate) check: bool,
    /// The command that brings stale files up to date.
    pub(crate) remedy: &'a str,
    pub(crate) colour: bool,
}

impl Output<'_> {
    /// Whether standard output is a terminal that wants colours.
    pub(crate) fn wants_colour() -> bool {
        io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none()
    }

    /// Writes or compares each file and prints a line for it. Returns whether any was stale.
    pub(crate) fn settle(&self, files: &[Generated], out: &mut dyn Write) -> anyhow::Result<bool> {
        let mut stale = false;
        for file in files {
            let path = self.root.join(&file.path);
            let present = match fs::read_to_string(&path) {
                Ok(text) => Some(text),
                Err(error) if error.kind() == io::ErrorKind::NotFound => None,
                Err(error) => {
                    return Err(error).with_context(|| format!("cannot read {}", path.display()));
                }
            };
            let shown = file.path.display();
            // A checkout on Windows may have converted the line endings.
            let same = present
                .as_ref()
                .is_some_and(|text| text.replace("\r\n", "\n") == file.content);
            if same {
                writeln!(out, "unchanged  {shown}")?;
            } else if self.check {
                stale = true;
                writeln!(out, "stale      {shown}")?;
                self.diff(
                    &file.path,
                    present.as_deref().unwrap_or_default(),
                    &file.content,
                    out,
                )?;
            } else {
                write_atomically(&path, &file.content)?;
                writeln!(out, "written    {shown}")?;
            }
        }
        if stale {
            let ci = std::env::var_os("CI").is_some();
            let commit = if ci { " and commit the result" } else { "" };
            writeln!(
                out,
                "error: generated files are stale; run `{}`{commit}",
                self.remedy
            )?;
        }
        Ok(stale)
    }

    fn diff(&self, path: &Path, old: &str, new: &str, out: &mut dyn Write) -> io::Result<()> {
        let old = old.replace("\r\n", "\n");
        let (red, green, cyan, reset) = if self.colour {
            ("\x1b[31m", "\x1b[32m", "\x1b[36m", "\x1b[0m")
        } else {
            ("", "", "", "")
        };
        let shown = path.display();
        writeln!(out, "{red}--- {shown} (in the tree){reset}")?;
        writeln!(out, "{green}+++ {shown} (generated now){reset}")?;
        let diff = TextDiff::from_lines(old.as_str(), new);
        for hunk in diff.unified_diff().context_radius(3).iter_hunks() {
            writeln!(out, "{cyan}{}{reset}", hunk.header())?;
            for change in hunk.iter_changes() {
                let (sign, colour) = match change.tag() {
                    ChangeTag::Delete => ('-', red),
                    ChangeTag::Insert => ('+', green),
                    ChangeTag::Equal => (' ', ""),
                };
                let line = change.value().trim_end_matches('\n');
                let end = if colour.is_empty() { "" } else { reset };
                writeln!(out, "{colour}{sign}{line}{end}")?;
            }
        }
        Ok(())
    }
}

/// Writes a temporary file beside it and renames that, so that a reader sees the old text or the new one, never a part.
fn write_atomically(path: &Path, content: &str) -> anyhow::Result<()> {
    let failed = || format!("cannot write {}", path.display());
    let folder = path.parent().with_context(failed)?;
    fs::create_dir_all(folder).with_context(failed)?;
    let name = path
        .file_name()
        .and_then(|name| name.to_str())
        .with_context(failed)?;
    let beside = folder.join(format!(".{name}.{}.tmp", std::process::id()));
    let written = fs::write(&beside, content).and_then(|()| fs::rename(&beside, path));
    if written.is_err() {
        // The first error matters; a leftover temporary file does not.
        let _ = fs::remove_file(&beside);
    }
    written.with_context(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settle(root: &Path, check: bool, colour: bool, content: &str) -> (bool, String) {
        let output = Output {
            root,
            check,
            remedy: "cargo xtask regen",
            colour,
        };
        let file = Generated {
            path: "deep/a.rs".into(),
            content: content.to_owned(),
        };
        let mut out = Vec::new();
        let stale = output.settle(&[file], &mut out).expect("settled");
        (stale, String::from_utf8(out).expect("text"))
    }

    #[test]
    fn a_file_is_written_once_and_then_left_alone() {
        let root = tempfile::tempdir().expect("a folder");
        assert_eq!(
            settle(root.path(), false, false, "x\n"),
            (false, "written    deep/a.rs\n".to_owned())
        );
        assert_eq!(
            settle(root.path(), false, false, "x\n"),
            (false, "unchanged  deep/a.rs\n".to_owned())
        );
        fs::write(root.path().join("deep/a.rs"), "x\r\n").expect("written");
        assert_eq!(
            settle(root.path(), true, false, "x\n").1,
            "unchanged  deep/a.rs\n"
        );
        let left: Vec<_> = fs::read_dir(root.path().join("deep"))
            .expect("a folder")
            .collect();
        assert_eq!(left.len(), 1, "temporary files stay behind: {left:?}");
    }

    #[test]
    fn a_check_shows_the_difference_and_changes_nothing() {
        let root = tempfile::tempdir().expect("a folder");
        settle(root.path(), false, false, "a\nb\n");
        let (stale, text) = settle(root.path(), true, false, "a\nc\n");
        assert!(stale);
        assert!(text.contains("@@ -1,2 +1,2 @@\n a\n-b\n+c\n"), "{text}");
        assert!(text.contains("run `cargo xtask regen`"), "{text}");
        assert_eq!(
            fs::read_to_string(root.path().join("deep/a.rs")).expect("there"),
            "a\nb\n"
        );
        let (_, text) = settle(root.path(), true, true, "a\nc\n");
        assert!(
            text.contains("\x1b[31m-b\x1b[0m\n\x1b[32m+c\x1b[0m\n"),
            "{text}"
        );
    }

    #[test]
    fn a_missing_file_is_stale() {
        let root = tempfile::tempdir().expect("a folder");
        assert!(settle(root.path(), true, false, "a\n").0);
        assert!(!root.path().join("deep").exists());
    }
}

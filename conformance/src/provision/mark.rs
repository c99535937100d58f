//! How a run marks what it makes: everybody recognises it, and sees whether the run still goes on.

use std::collections::hash_map::RandomState;
use std::fs::{File, TryLockError};
use std::hash::{BuildHasher as _, Hasher as _};
use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use chrono::{DateTime, Utc};

/// How the names of everything begin that the suite makes on a real target.
pub const PREFIX: &str = "polar-conformance-";

/// The mark of one run: the prefix, until when it may go on (seconds since 1970, eight hexadecimal digits), and four
/// digits by chance.
#[derive(Debug)]
pub(super) struct Mark {
    name: String,
    /// Locked as long as this process lives, however it ends.
    _lock: Option<File>,
}

impl Mark {
    /// The mark of a run that goes on for no longer than that.
    pub(super) fn new(lasts: Duration) -> Self {
        let end = (SystemTime::now() + lasts)
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let chance = RandomState::new().build_hasher().finish() & 0xffff;
        let name = format!("{PREFIX}{:08x}{chance:04x}", end.as_secs());
        // Where nothing can be locked, the end that the mark tells has to do.
        let lock = File::create_new(lock_path(&name)).ok();
        let lock = lock.filter(|file| file.try_lock().is_ok());
        Self { name, _lock: lock }
    }

    /// What the names of everything begin with that the run makes.
    pub(super) fn name(&self) -> &str {
        &self.name
    }
}

impl Drop for Mark {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(lock_path(&self.name));
    }
}

fn lock_path(run: &str) -> PathBuf {
    std::env::temp_dir().join(format!("{run}.lock"))
}

/// Whether a run goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Life {
    /// It is over.
    Over,
    /// It goes on, on this machine.
    Here,
    /// It may go on elsewhere, until then.
    Elsewhere(DateTime<Utc>),
}

/// The run whose mark stands at the beginning of a name, or of the part of a mail address behind a `+`.
pub(super) fn run_of(text: &str) -> Option<&str> {
    let start = if text.starts_with(PREFIX) {
        0
    } else {
        text.find(&format!("+{PREFIX}"))? + 1
    };
    let text = &text[start..];
    let rest = &text[PREFIX.len()..];
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric());
    Some(&text[..PREFIX.len() + end.unwrap_or(rest.len())])
}

/// Whether a run goes on: on this machine its lock tells, elsewhere the end that its mark tells.
pub(super) fn life(run: &str, now: DateTime<Utc>) -> Life {
    let path = lock_path(run);
    if let Ok(file) = File::open(&path) {
        match file.try_lock() {
            Ok(()) => {
                let _ = std::fs::remove_file(path);
                return Life::Over;
            }
            Err(TryLockError::WouldBlock) => return Life::Here,
            Err(TryLockError::Error(_)) => {}
        }
    }
    match end(run) {
        Some(end) if end > now => Life::Elsewhere(end),
        _ => Life::Over,
    }
}

/// When a run ends at the latest; nothing for a mark that does not say.
fn end(run: &str) -> Option<DateTime<Utc>> {
    let digits = run.strip_prefix(PREFIX).filter(|rest| rest.len() == 12)?;
    DateTime::from_timestamp(i64::from_str_radix(digits.get(..8)?, 16).ok()?, 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_found_where_the_suite_puts_it_and_nowhere_else() {
        let run = "polar-conformance-6921aabb01ff";
        for text in [
            run.to_owned(),
            format!("{run} product"),
            format!("{run}-ada-1"),
            format!("{run}-ada-1@example.com"),
            format!("me+{run}-ada-1@example.com"),
        ] {
            assert_eq!(run_of(&text), Some(run), "{text}");
        }
        for text in [
            "",
            "ada",
            "my polar-conformance-1 fan",
            "x@polar-conformance-1.example",
        ] {
            assert_eq!(run_of(text), None, "{text}");
        }
    }

    #[test]
    fn a_run_lives_as_long_as_its_process_or_its_mark() {
        let now = Utc::now();
        let mark = Mark::new(Duration::from_secs(60));
        let name = mark.name().to_owned();
        assert_eq!(life(&name, now), Life::Here);
        assert_eq!(life(&name, now + chrono::TimeDelta::hours(1)), Life::Here);
        drop(mark);
        // As on another machine.
        assert!(matches!(life(&name, now), Life::Elsewhere(end) if end > now));
        assert_eq!(life(&name, now + chrono::TimeDelta::hours(1)), Life::Over);
        // A process that was killed leaves the file and no lock.
        File::create_new(lock_path(&name)).unwrap();
        assert_eq!(life(&name, now), Life::Over);
        assert!(!lock_path(&name).exists());
        assert_eq!(life("polar-conformance-1a2b3c4d", now), Life::Over);
        assert_eq!(life("polar-conformance-é2b3c4d5678", now), Life::Over);
    }
}

//! The mark of a run on everything that it creates: shows which run it was, and whether that is still going.

use std::collections::hash_map::RandomState;
use std::fs::{File, TryLockError};
use std::hash::{BuildHasher as _, Hasher as _};
use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use chrono::{DateTime, Utc};

/// The beginning of every name that the suite uses on a real target.
pub const PREFIX: &str = "polar-conformance-";

/// The mark of one run: the prefix, the latest end of the run (seconds since 1970, eight hexadecimal digits), and four
/// random digits.
#[derive(Debug)]
pub(super) struct Mark {
    name: String,
    /// Locked for as long as this process lives. The file stays until the end in the mark has passed: so `clean` sees that a
    /// run on this machine is over.
    _lock: Option<File>,
}

impl Mark {
    /// The mark of a run that lasts this long at most.
    pub(super) fn new(lasts: Duration) -> Self {
        let end = (SystemTime::now() + lasts)
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let chance = RandomState::new().build_hasher().finish() & 0xffff;
        let name = format!("{PREFIX}{:08x}{chance:04x}", end.as_secs());
        forget_old(Utc::now());
        // Without a lock, the end in the mark has to suffice.
        let lock = File::create_new(lock_path(&name)).ok();
        let lock = lock.filter(|file| file.try_lock().is_ok());
        Self { name, _lock: lock }
    }

    /// The beginning of every name that the run uses.
    pub(super) fn name(&self) -> &str {
        &self.name
    }
}

fn lock_path(run: &str) -> PathBuf {
    std::env::temp_dir().join(format!("{run}.lock"))
}

/// Whether a run is still going.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Life {
    /// It is over.
    Over,
    /// It is running on this machine.
    Here,
    /// It may be running on another machine, until then.
    Elsewhere(DateTime<Utc>),
}

/// The run whose mark is at the beginning of a name, or after the `+` of a mail address.
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

/// Whether a run is still going: its lock says so on this machine, the end in its mark elsewhere.
pub(super) fn life(run: &str, now: DateTime<Utc>) -> Life {
    if let Ok(file) = File::open(lock_path(run)) {
        match file.try_lock() {
            Ok(()) => return Life::Over,
            Err(TryLockError::WouldBlock) => return Life::Here,
            Err(TryLockError::Error(_)) => {}
        }
    }
    match end(run) {
        Some(end) if end > now => Life::Elsewhere(end),
        _ => Life::Over,
    }
}

/// Removes the files of runs that have ended long ago. What cannot be removed does no harm.
fn forget_old(now: DateTime<Utc>) {
    let files = std::fs::read_dir(std::env::temp_dir());
    for file in files.into_iter().flatten().flatten() {
        let name = file.file_name();
        let run = name.to_str().and_then(|name| name.strip_suffix(".lock"));
        if run.and_then(end).is_some_and(|end| end < now) {
            let _ = std::fs::remove_file(file.path());
        }
    }
}

/// The latest end of a run; `None` if its mark has none.
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
        // Again and again: the first `clean` may have been interrupted.
        assert_eq!(life(&name, now), Life::Over);
        assert_eq!(life(&name, now), Life::Over);
        forget_old(now);
        assert!(lock_path(&name).exists());
        forget_old(now + chrono::TimeDelta::hours(1));
        // As on another machine.
        assert!(matches!(life(&name, now), Life::Elsewhere(end) if end > now));
        assert_eq!(life(&name, now + chrono::TimeDelta::hours(1)), Life::Over);
        assert_eq!(life("polar-conformance-1a2b3c4d", now), Life::Over);
        assert_eq!(life("polar-conformance-é2b3c4d5678", now), Life::Over);
    }
}

//! The world's own clock. Nothing else in the server asks the machine for the time.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use chrono::{DateTime, Datelike, TimeDelta, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Timestamp;

/// How a clock runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClockMode {
    /// It runs on, possibly shifted.
    Real,
    /// It stands still until it is advanced.
    Frozen,
}

/// A clock as `GET /_mock/clock` shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ClockView {
    /// How it runs.
    pub mode: ClockMode,
    /// What it shows.
    pub now: Timestamp,
}

/// What a clock goes by, in microseconds.
#[derive(Debug, Clone, Copy)]
enum Reading {
    /// Ahead of the machine's clock by this much.
    Shifted(i64),
    /// Stopped at this moment since 1970.
    Frozen(i64),
}

impl Reading {
    /// Both in one word, which every request reads without a lock: the lowest bit says whether the clock is frozen.
    fn packed(self) -> i64 {
        match self {
            Self::Shifted(micros) => micros << 1,
            Self::Frozen(micros) => micros << 1 | 1,
        }
    }

    fn unpacked(word: i64) -> Self {
        match word & 1 {
            0 => Self::Shifted(word >> 1),
            _ => Self::Frozen(word >> 1),
        }
    }

    fn now(self) -> DateTime<Utc> {
        let micros = match self {
            Self::Shifted(micros) => Utc::now().timestamp_micros().saturating_add(micros),
            Self::Frozen(micros) => micros,
        };
        DateTime::from_timestamp_micros(micros).unwrap_or(DateTime::<Utc>::MAX_UTC)
    }
}

/// A clock that runs, stands still, or is moved.
#[derive(Debug)]
pub struct Clock(AtomicI64);

impl Default for Clock {
    fn default() -> Self {
        Self(AtomicI64::new(Reading::Shifted(0).packed()))
    }
}

impl Clock {
    fn reading(&self) -> Reading {
        Reading::unpacked(self.0.load(Ordering::Acquire))
    }

    /// What the clock shows.
    pub fn now(&self) -> Timestamp {
        Timestamp::new(self.reading().now())
    }

    /// How the clock runs and what it shows.
    pub fn view(&self) -> ClockView {
        let reading = self.reading();
        let mode = match reading {
            Reading::Shifted(_) => ClockMode::Real,
            Reading::Frozen(_) => ClockMode::Frozen,
        };
        ClockView {
            mode,
            now: Timestamp::new(reading.now()),
        }
    }

    /// Sets the clock. Without a moment, a real clock shows the machine's time again and a frozen one stops where it is.
    pub fn set(&self, mode: ClockMode, now: Option<Timestamp>) {
        let target = now.map(|now| DateTime::<Utc>::from(now).timestamp_micros());
        let reading = match mode {
            ClockMode::Real => {
                Reading::Shifted(target.map_or(0, |target| target - Utc::now().timestamp_micros()))
            }
            ClockMode::Frozen => {
                Reading::Frozen(target.unwrap_or_else(|| self.reading().now().timestamp_micros()))
            }
        };
        self.0.store(reading.packed(), Ordering::Release);
    }

    /// Moves the clock forward. Returns false, and moves nothing, if that would pass the year 9999.
    #[must_use]
    pub fn advance(&self, by: Duration) -> bool {
        let moved = |word: i64| {
            let reading = Reading::unpacked(word);
            let delta = TimeDelta::from_std(by).ok()?;
            let then = reading.now().checked_add_signed(delta)?;
            let micros = delta.num_microseconds()?;
            (then.year() <= 9999).then(|| {
                match reading {
                    Reading::Shifted(shift) => Reading::Shifted(shift + micros),
                    Reading::Frozen(moment) => Reading::Frozen(moment + micros),
                }
                .packed()
            })
        };
        self.0
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, moved)
            .is_ok()
    }
}

impl Timestamp {
    /// What the machine's clock shows: the time of a world that is only just being read.
    pub fn now() -> Self {
        Self::new(Utc::now())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    #[test]
    fn a_frozen_clock_moves_only_when_it_is_advanced() {
        let clock = Clock::default();
        clock.set(ClockMode::Frozen, Some(moment("2026-01-01T00:00:00Z")));
        assert_eq!(clock.now(), clock.now());
        assert!(clock.advance(Duration::from_secs(90)));
        assert_eq!(
            clock.view(),
            ClockView {
                mode: ClockMode::Frozen,
                now: moment("2026-01-01T00:01:30Z")
            }
        );
    }

    #[test]
    fn a_real_clock_keeps_its_shift() {
        let clock = Clock::default();
        clock.set(ClockMode::Real, Some(moment("2040-01-01T00:00:00Z")));
        assert!(clock.advance(Duration::from_secs(3_600)));
        assert!(clock.now() >= moment("2040-01-01T01:00:00Z"));
        assert_eq!(clock.view().mode, ClockMode::Real);
        clock.set(ClockMode::Real, None);
        assert!(clock.now() < moment("2040-01-01T00:00:00Z"));
    }

    #[test]
    fn the_end_of_time_is_not_passed() {
        let clock = Clock::default();
        clock.set(ClockMode::Frozen, Some(moment("9999-12-31T23:59:59Z")));
        assert!(!clock.advance(Duration::from_secs(1)));
        assert!(!clock.advance(Duration::from_secs(u64::MAX)));
        assert_eq!(clock.now(), moment("9999-12-31T23:59:59Z"));
    }
}

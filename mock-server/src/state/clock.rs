//! The world's own clock. Nothing else in the server asks the machine for the time.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

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

/// The machine's time, which never goes back, in microseconds since 1970.
///
/// It runs by the monotonic clock, from what the machine's clock showed at first. Where the machine's clock is ahead of
/// that, after the machine slept or was set forward, it follows; where that was set back it does not, so that nothing that
/// waits has to wait longer.
#[derive(Debug)]
struct Machine {
    begun: Instant,
    /// The furthest that the machine's clock has been ahead of the monotonic clock since the start.
    ahead: AtomicI64,
}

impl Machine {
    fn new() -> Self {
        Self {
            begun: Instant::now(),
            ahead: AtomicI64::new(since_1970(SystemTime::now())),
        }
    }

    fn now(&self) -> i64 {
        // Read in this order: a delay between the two makes the machine's clock look late, which changes nothing.
        let shown = since_1970(SystemTime::now());
        self.at(shown, micros(self.begun.elapsed()))
    }

    /// The time, given what the machine's clock shows and how long ago the start was.
    fn at(&self, shown: i64, passed: i64) -> i64 {
        let ahead = shown - passed;
        let most = self.ahead.load(Ordering::Relaxed);
        if ahead > most {
            self.ahead.fetch_max(ahead, Ordering::Relaxed);
        }
        passed + ahead.max(most)
    }

    /// Follows the machine's clock, even backwards.
    fn follow(&self) {
        let ahead = since_1970(SystemTime::now()) - micros(self.begun.elapsed());
        self.ahead.store(ahead, Ordering::Relaxed);
    }
}

/// The moments of the years 1 to 9999, in microseconds since 1970.
const FIRST_AND_LAST: [i64; 2] = [-62_135_596_800_000_000, 253_402_300_799_999_999];

/// Microseconds since 1970; negative before.
fn since_1970(time: SystemTime) -> i64 {
    let [first, last] = FIRST_AND_LAST;
    let since = match time.duration_since(UNIX_EPOCH) {
        Ok(since) => micros(since),
        Err(until) => -micros(until.duration()),
    };
    since.clamp(first, last)
}

/// Whether the machine's clock shows a time that HTTP has no date for.
pub fn machine_is_before_1970() -> bool {
    SystemTime::now() < UNIX_EPOCH
}

fn micros(time: Duration) -> i64 {
    i64::try_from(time.as_micros()).unwrap_or(i64::MAX)
}

/// How a clock finds its time, in microseconds.
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

    fn now(self, machine: &Machine) -> DateTime<Utc> {
        let micros = match self {
            Self::Shifted(micros) => machine.now().saturating_add(micros),
            Self::Frozen(micros) => micros,
        };
        DateTime::from_timestamp_micros(micros).unwrap_or(DateTime::<Utc>::MAX_UTC)
    }
}

/// A clock that runs, stands still, or is moved.
#[derive(Debug)]
pub struct Clock {
    machine: Machine,
    reading: AtomicI64,
}

impl Default for Clock {
    fn default() -> Self {
        Self {
            machine: Machine::new(),
            reading: AtomicI64::new(Reading::Shifted(0).packed()),
        }
    }
}

impl Clock {
    fn reading(&self) -> Reading {
        Reading::unpacked(self.reading.load(Ordering::Acquire))
    }

    /// What the clock shows.
    pub fn now(&self) -> Timestamp {
        Timestamp::new(self.reading().now(&self.machine))
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
            now: Timestamp::new(reading.now(&self.machine)),
        }
    }

    /// Sets the clock. Without a moment, a real clock shows the machine's time again and a frozen one stops where it is.
    pub fn set(&self, mode: ClockMode, now: Option<Timestamp>) {
        let target = now.map(|now| DateTime::<Utc>::from(now).timestamp_micros());
        let reading = match (mode, target) {
            (ClockMode::Real, None) => {
                self.machine.follow();
                Reading::Shifted(0)
            }
            (ClockMode::Real, Some(target)) => Reading::Shifted(target - self.machine.now()),
            (ClockMode::Frozen, target) => Reading::Frozen(
                target.unwrap_or_else(|| self.reading().now(&self.machine).timestamp_micros()),
            ),
        };
        self.reading.store(reading.packed(), Ordering::Release);
    }

    /// Moves the clock forward. Returns false, and moves nothing, if that would pass the year 9999.
    #[must_use]
    pub fn advance(&self, by: Duration) -> bool {
        let moved = |word: i64| {
            let reading = Reading::unpacked(word);
            let delta = TimeDelta::from_std(by).ok()?;
            let then = reading.now(&self.machine).checked_add_signed(delta)?;
            let micros = delta.num_microseconds()?;
            (then.year() <= 9999).then(|| {
                match reading {
                    Reading::Shifted(shift) => Reading::Shifted(shift + micros),
                    Reading::Frozen(moment) => Reading::Frozen(moment + micros),
                }
                .packed()
            })
        };
        self.reading
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, moved)
            .is_ok()
    }
}

impl Timestamp {
    /// What the machine's clock shows: the time of a world that is only just being read.
    pub fn now() -> Self {
        Self::new(
            DateTime::from_timestamp_micros(since_1970(SystemTime::now())).unwrap_or_default(),
        )
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
    fn the_machines_time_does_not_go_back() {
        const HOUR: i64 = 3_600_000_000;
        let machine = Machine {
            begun: Instant::now(),
            ahead: AtomicI64::new(100 * HOUR),
        };
        for (what, shown, passed, now) in [
            ("as it was", 100 * HOUR, 0, 100 * HOUR),
            ("both go on", 101 * HOUR, HOUR, 101 * HOUR),
            ("set back a month", -600 * HOUR, 2 * HOUR, 102 * HOUR),
            ("time goes on", -599 * HOUR, 3 * HOUR, 103 * HOUR),
            ("set right again", 104 * HOUR, 4 * HOUR, 104 * HOUR),
            ("slept for a day", 128 * HOUR, 4 * HOUR, 128 * HOUR),
            (
                "read a little late",
                128 * HOUR,
                4 * HOUR + 9,
                128 * HOUR + 9,
            ),
        ] {
            assert_eq!(machine.at(shown, passed), now, "{what}");
        }
    }

    #[test]
    fn a_machine_may_be_before_1970_and_after_9999() {
        let hour = Duration::from_secs(3_600);
        assert_eq!(since_1970(UNIX_EPOCH - hour), -3_600_000_000);
        let [first, last] = FIRST_AND_LAST;
        let centuries = Duration::from_secs(1 << 40);
        // Not every system can say these.
        let before = UNIX_EPOCH.checked_sub(centuries);
        let after = UNIX_EPOCH.checked_add(centuries);
        assert_eq!(before.map_or(first, since_1970), first);
        assert_eq!(after.map_or(last, since_1970), last);
        for (moment, text) in [
            (first, "0001-01-01T00:00:00"),
            (last, "9999-12-31T23:59:59.999999"),
        ] {
            let moment = DateTime::from_timestamp_micros(moment).unwrap();
            assert_eq!(Timestamp::new(moment).to_string(), text);
        }
    }

    #[test]
    fn a_real_clock_that_is_set_shows_the_machines_time_again() {
        let clock = Clock::default();
        // As if the machine's clock had been a year ahead for a while.
        let year = 31_536_000_000_000;
        clock.machine.at(since_1970(SystemTime::now()) + year, 0);
        assert!(clock.now() > Timestamp::now().plus_seconds(31_000_000));
        clock.set(ClockMode::Real, None);
        assert!(clock.now() < Timestamp::now().plus_seconds(3_600));
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

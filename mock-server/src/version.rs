//! Versions of the API (docs/behaviour.md#versions and docs/behaviour.md#newer-versions).

use http::{HeaderMap, HeaderValue};

/// A version of the API, asked for with `Polar-Version`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Version {
    /// 2026-04, the default.
    #[default]
    V2026_04,
    /// 2026-10: license keys name their member.
    V2026_10,
    /// 2027-01: validated and activated keys name their subscription and order.
    V2027_01,
}

impl Version {
    const ALL: [Self; 3] = [Self::V2026_04, Self::V2026_10, Self::V2027_01];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::V2026_04 => "2026-04",
            Self::V2026_10 => "2026-10",
            Self::V2027_01 => "2027-01",
        }
    }

    /// Its name as a number: 202604.
    pub fn number(self) -> u32 {
        match self {
            Self::V2026_04 => 202_604,
            Self::V2026_10 => 202_610,
            Self::V2027_01 => 202_701,
        }
    }

    /// The version of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|version| version.name() == name)
    }

    /// The version that a request asks for; `None` if there is no such version.
    pub fn of(headers: &HeaderMap) -> Option<Self> {
        match headers.get("polar-version").map(HeaderValue::as_bytes) {
            None | Some(b"") => Some(Self::default()),
            Some(name) => Self::ALL
                .into_iter()
                .find(|version| version.name().as_bytes() == name),
        }
    }

    pub(crate) fn header(self) -> HeaderValue {
        HeaderValue::from_static(self.name())
    }
}

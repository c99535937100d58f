//! Fields that Polar sends by now and the recorded server of August 2026 did not (docs/behaviour.md#newer-versions).

/// The fields that an answer may have beyond the recorded one. Allowed, never required.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewerFields(&'static [&'static str]);

impl NewerFields {
    /// The fields that come with a `Polar-Version`; `None` is the default version.
    pub fn of_version(version: Option<&str>) -> Self {
        const FIELDS: [&str; 7] = [
            "is_deletable",
            "member_id",
            "member",
            "subscription_id",
            "subscription",
            "order_id",
            "order",
        ];
        let version = version.unwrap_or_default().trim();
        let count = if version >= "2027-01" {
            7
        } else if version >= "2026-10" {
            3
        } else {
            1
        };
        Self(&FIELDS[..count])
    }

    /// Whether an answer may have this field.
    pub fn allow(self, field: &str) -> bool {
        self.0.contains(&field)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn newer_versions_have_more_fields() {
        let allowed = |version, field| NewerFields::of_version(version).allow(field);
        assert!(allowed(None, "is_deletable") && !allowed(None, "member"));
        assert!(allowed(Some("2026-10"), "member_id") && !allowed(Some("2026-10"), "order"));
        assert!(allowed(Some(" 2027-01 "), "order") && allowed(Some("2027-01"), "member"));
        assert!(!allowed(Some("2027-01"), "anything"));
    }
}

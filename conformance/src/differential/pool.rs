//! What a random request can refer to: what earlier steps of its sequence created.

use super::chance::Chance;

/// References to what earlier steps created, by kind.
///
/// A reference (`«4.id»`) names the step and the field of its answer, so that it means each server's own value and stays
/// right when a sequence gets shorter.
#[derive(Debug, Default, Clone)]
pub(super) struct Pool {
    /// Kind and step.
    made: Vec<(&'static str, usize)>,
}

impl Pool {
    /// A step creates (or shows) something of this kind.
    pub(super) fn add(&mut self, kind: &'static str, step: usize) {
        self.made.push((kind, step));
    }

    fn step(&self, kind: &str, chance: &mut Chance) -> Option<usize> {
        let steps: Vec<usize> = self
            .made
            .iter()
            .filter(|(made, _)| *made == kind)
            .map(|(_, step)| *step)
            .collect();
        chance.one(&steps).copied()
    }

    /// The id of one of this kind.
    pub(super) fn id(&self, kind: &str, chance: &mut Chance) -> Option<String> {
        Some(format!("«{}.id»", self.step(kind, chance)?))
    }

    /// A license key.
    pub(super) fn key(&self, chance: &mut Chance) -> Option<String> {
        Some(format!("«{}.key»", self.step("license_key", chance)?))
    }

    /// The external id of a customer.
    pub(super) fn external(&self, chance: &mut Chance) -> Option<String> {
        Some(format!("«{}.external_id»", self.step("customer", chance)?))
    }

    /// The token of a customer session.
    pub(super) fn session(&self, chance: &mut Chance) -> Option<String> {
        Some(format!(
            "«{}.token»",
            self.step("customer_session", chance)?
        ))
    }
}

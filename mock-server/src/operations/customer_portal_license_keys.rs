//! `customer_portal:license_keys:*`: validate, activate and deactivate for anybody, the rest for the key's holder.

use std::sync::Arc;

use uuid::Uuid;

use super::Call;
use super::license_keys::{
    Reach, activate_within, deactivate_within, key_with_activations, page_of_keys, rotate_key,
    validate_within,
};
use crate::answer::Outcome;
use crate::generated::answers::{
    LicenseKeyActivationCreated, LicenseKeyRead, LicenseKeyWithActivations,
    ListResourceLicenseKeyRead, ValidatedLicenseKey,
};
use crate::generated::operations::CustomerPortalLicenseKeys;
use crate::generated::requests::{
    CustomerPortalLicenseKeysActivate, CustomerPortalLicenseKeysDeactivate,
    CustomerPortalLicenseKeysGet, CustomerPortalLicenseKeysList, CustomerPortalLicenseKeysRotate,
    CustomerPortalLicenseKeysValidate,
};
use crate::refusal::Refusal;
use crate::rules::Page;
use crate::state::{Caller, KeyCell};

impl CustomerPortalLicenseKeys for Call<'_> {
    fn list(
        &self,
        asked: CustomerPortalLicenseKeysList,
    ) -> Outcome<ListResourceLicenseKeyRead<'static>> {
        let page = Page::new(asked.page, asked.limit)?;
        let id = self.portal_customer().ok_or(Refusal::UNKNOWN)?;
        let customer = self.world.read().customers.get(id);
        let organization = customer.ok_or(Refusal::UNKNOWN)?.organization_id;
        let all = self.world.keys.list(&[organization], |cell| {
            asked.benefit_id.is_none_or(|id| id == cell.benefit_id) && self.holds(cell)
        });
        page_of_keys(self, page.of(&all), page, all.len())
    }

    fn get(
        &self,
        asked: CustomerPortalLicenseKeysGet,
    ) -> Outcome<LicenseKeyWithActivations<'static>> {
        let key = held_key(self, asked.id)?.row.lock().clone();
        let benefit = self.world.read().benefits.get(key.benefit_id);
        let shown = benefit.is_some_and(|benefit| benefit.enable_customer_admin());
        let activations = if shown {
            key.activations.as_slice()
        } else {
            &[]
        };
        key_with_activations(self, &key, activations)
    }

    fn rotate(&self, asked: CustomerPortalLicenseKeysRotate) -> Outcome<LicenseKeyRead<'static>> {
        rotate_key(self, &held_key(self, asked.id)?)
    }

    fn validate(
        &self,
        asked: CustomerPortalLicenseKeysValidate,
    ) -> Outcome<ValidatedLicenseKey<'static>> {
        validate_within(self, asked.body, &Reach::Everything)
    }

    fn activate(
        &self,
        asked: CustomerPortalLicenseKeysActivate,
    ) -> Outcome<LicenseKeyActivationCreated<'static>> {
        activate_within(self, asked.body, &Reach::Everything)
    }

    fn deactivate(&self, asked: CustomerPortalLicenseKeysDeactivate) -> Outcome<()> {
        deactivate_within(self, &asked.body, &Reach::Everything)
    }
}

fn held_key(call: &Call<'_>, id: Uuid) -> Result<Arc<KeyCell>, Refusal> {
    let cell = call.world.keys.get(id);
    cell.filter(|cell| call.holds(cell)).ok_or(Refusal::UNKNOWN)
}

impl Call<'_> {
    /// The customer whose portal it is.
    pub(super) fn portal_customer(&self) -> Option<uuid::Uuid> {
        match self.caller.as_ref()? {
            Caller::Customer { customer_id } | Caller::Member { customer_id, .. } => {
                Some(*customer_id)
            }
            Caller::Organization(_) | Caller::User { .. } => None,
        }
    }

    /// Whether the caller holds a key: a customer all of theirs, a member only their own.
    fn holds(&self, cell: &KeyCell) -> bool {
        match &self.caller {
            Some(Caller::Customer { customer_id }) => cell.customer_id == *customer_id,
            Some(Caller::Member {
                member_id,
                customer_id,
            }) => cell.customer_id == *customer_id && cell.row.lock().member_id == Some(*member_id),
            _ => false,
        }
    }
}

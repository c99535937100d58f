//! What no schema says about a customer. Learnt from recordings, and from the open backend where nothing was recorded.

use serde_json::{Value as Json, json};
use uuid::Uuid;

use crate::contract::Arguments;
use crate::json::Value;
use crate::rules::{BusinessError, Refusal};
use crate::state::{Customer, CustomerType, Directory};

/// Where tax numbers are those of the European Union.
const UNION: [&str; 27] = [
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT",
    "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
];
/// The kinds of numbers of other countries; a country's first one is taken.
const FORMATS: [&str; 48] = [
    "ad_nrt", "ae_trn", "ar_cuit", "au_abn", "bh_vat", "bo_tin", "br_cnpj", "ca_bn", "ch_vat",
    "cl_tin", "cn_tin", "co_nit", "cr_tin", "do_rcn", "ec_ruc", "eg_tin", "gb_vat", "ge_vat",
    "hk_br", "id_npwp", "il_vat", "in_gst", "is_vat", "jp_cn", "ke_pin", "kr_brn", "kz_bin",
    "li_uid", "mk_vat", "mx_rfc", "my_frp", "ng_tin", "no_vat", "nz_gst", "om_vat", "pe_ruc",
    "ph_tin", "rs_pib", "ru_inn", "sa_vat", "sg_gst", "sv_nit", "th_vat", "tr_tin", "tw_vat",
    "ua_vat", "us_ein", "uy_ruc",
];

fn wrong(field: &str, message: &'static str, input: Option<&str>) -> BusinessError {
    let input = input.map_or(Value::Null, |text| Value::Str(text.to_owned()));
    BusinessError::at(vec![Value::Str(field.to_owned())], message, input)
}

/// Another customer has the address.
pub(super) fn email_taken(
    directory: &Directory,
    organization_id: Uuid,
    email: &str,
) -> Option<BusinessError> {
    directory.customer_by_email(organization_id, email)?;
    let message = "A customer with this email address already exists.";
    Some(wrong("email", message, Some(email)))
}

/// Another customer has the id.
pub(super) fn external_id_taken(
    directory: &Directory,
    organization_id: Uuid,
    external_id: &str,
) -> Option<BusinessError> {
    directory.customer_by_external_id(&[organization_id], external_id)?;
    let message = "A customer with this external ID already exists.";
    Some(wrong("external_id", message, Some(external_id)))
}

/// Everything that cannot be changed as asked. `email` is the new address, if it is another one.
pub(super) fn wrong_update(
    directory: &Directory,
    asked: &Arguments,
    old: &Customer,
    email: Option<&str>,
) -> Vec<BusinessError> {
    let organization = old.organization_id;
    let mut errors = Vec::new();
    errors.extend(email.and_then(|email| email_taken(directory, organization, email)));
    if asked.body_has("billing_address") && asked.object("billing_address").is_none() {
        let message = "Customer billing address cannot be reset to null once set.";
        errors.push(wrong("billing_address", message, None));
    }
    let external_id = asked.text("external_id");
    // By external id, that one names the customer and is no change.
    if asked.body_has("external_id") && external_id != old.external_id.as_deref() {
        if old.external_id.is_some() {
            let message = "Customer external ID cannot be updated.";
            errors.push(wrong("external_id", message, external_id));
        } else {
            errors
                .extend(external_id.and_then(|id| external_id_taken(directory, organization, id)));
        }
    }
    if old.kind == CustomerType::Team && asked.text("type") == Some("individual") {
        let message = "Customer type cannot be downgraded from 'team' to 'individual'.";
        errors.push(wrong("type", message, Some("individual")));
    }
    errors
}

/// The tax number with its kind, which the country of the address decides. The number itself is taken as it is.
pub(super) fn tax_id(
    number: Option<&str>,
    address: Option<&Json>,
) -> Result<Option<Json>, Refusal> {
    let Some(number) = number else {
        return Ok(None);
    };
    let Some(country) = address.and_then(|address| address["country"].as_str()) else {
        return Err(Refusal::Invalid(vec![BusinessError {
            kind: "missing",
            ..wrong(
                "billing_address",
                "Country is required to validate tax ID.",
                None,
            )
        }]));
    };
    let prefix = format!("{}_", country.to_lowercase());
    let mut formats = FORMATS.iter().copied();
    let format = if UNION.contains(&country) {
        Some("eu_vat")
    } else {
        formats.find(|format| format.starts_with(&prefix))
    };
    match format {
        Some(format) => Ok(Some(json!([number, format]))),
        None => Err(Refusal::Invalid(vec![BusinessError {
            kind: "invalid",
            ..wrong("tax_id", "Invalid tax ID.", Some(number))
        }])),
    }
}

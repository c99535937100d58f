//! Which kind of tax number a customer gives. No recording shows it; it is learnt from the open backend.

use serde_json::{Value as Json, json};

use crate::json::Value;
use crate::refusal::{BusinessError, Refusal};

/// The member states of the European Union, which share one kind of tax number.
const EU: [&str; 27] = [
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

/// A tax number with its kind, which the country of the billing address decides. The number itself is not checked.
pub fn tax_id(number: &str, billing_address: Option<&Json>) -> Result<Json, Refusal> {
    let refuse = |kind, field: &str, message, input| {
        Refusal::Invalid(vec![BusinessError {
            kind,
            ..BusinessError::at(vec![Value::Str(field.to_owned())], message, input)
        }])
    };
    let Some(country) = billing_address.and_then(|address| address["country"].as_str()) else {
        let message = "Country is required to validate tax ID.";
        return Err(refuse("missing", "billing_address", message, Value::Null));
    };
    let prefix = format!("{}_", country.to_lowercase());
    let format = if EU.contains(&country) {
        Some("eu_vat")
    } else {
        FORMATS
            .into_iter()
            .find(|format| format.starts_with(&prefix))
    };
    format.map(|format| json!([number, format])).ok_or_else(|| {
        let input = Value::Str(number.to_owned());
        refuse("invalid", "tax_id", "Invalid tax ID.", input)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_country_decides_the_kind() {
        let missing = ("missing", "billing_address", Value::Null);
        let invalid = ("invalid", "tax_id", Value::Str("1".to_owned()));
        for (address, outcome) in [
            (Some(json!({"country": "FR"})), Ok(json!(["1", "eu_vat"]))),
            (Some(json!({"country": "US"})), Ok(json!(["1", "us_ein"]))),
            (Some(json!({"country": "GB"})), Ok(json!(["1", "gb_vat"]))),
            (Some(json!({"country": "AQ"})), Err(invalid)),
            (Some(json!({})), Err(missing.clone())),
            (None, Err(missing)),
        ] {
            let decided = tax_id("1", address.as_ref()).map_err(|refusal| match refusal {
                Refusal::Invalid(errors) => errors
                    .into_iter()
                    .map(|error| (error.kind, error.loc, error.input))
                    .next()
                    .unwrap(),
                other => panic!("{other:?}"),
            });
            let outcome = outcome
                .map_err(|(kind, field, input)| (kind, vec![Value::Str(field.into())], input));
            assert_eq!(decided, outcome, "{address:?}");
        }
    }
}

//! Which tax number a customer gives, and of which kind (docs/behaviour.md#tax-ids).

mod digits;
mod europe;
mod format;
mod world;

use serde_json::{Value as Json, json};

use crate::json::Value;
use crate::refusal::{BusinessError, Refusal};
use format::{Format, format};
use world::UNITED_KINGDOM;

/// The member states of the European Union, which share one kind of number.
const EUROPE: [&str; 27] = [
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT",
    "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
];

/// The kinds of numbers of other countries, in the order in which they are tried. Countries that are not here have none
/// that the server takes.
const WORLD: [(&str, Format); 39] = [
    ("AD", format("ad_nrt", " -.", world::andorra)),
    ("AE", format("ae_trn", " -.", world::emirates)),
    ("AR", format("ar_cuit", " -", world::argentina)),
    ("AU", format("au_abn", " ", world::australia)),
    ("BR", format("br_cnpj", " -./", world::brazilian_company)),
    ("BR", format("br_cpf", " -.", world::brazilian_person)),
    (
        "CA",
        format("ca_gst_hst", "- ", world::canadian_account).in_any_case(false),
    ),
    ("CA", format("ca_bn", "- ", world::canadian_business)),
    (
        "CH",
        format("ch_uid", " -.", world::switzerland).shape(world::swiss),
    ),
    ("CH", format("ch_vat", " -.", world::swiss_vat)),
    (
        "CL",
        format("cl_tin", " -.", world::chile).prefixes(&["CL"]),
    ),
    ("CO", format("co_nit", ".,- ", world::colombia)),
    ("CR", format("cr_tin", " -", world::costa_rica)),
    ("EC", format("ec_ruc", " -", world::ecuador)),
    ("GB", UNITED_KINGDOM),
    (
        "GE",
        format("ge_vat", " -.", world::georgia).prefixes(&["GE"]),
    ),
    ("HK", format("hk_br", " \t\n\r.()-", world::eight_digits)),
    ("ID", format("id_npwp", " -.", world::indonesia)),
    (
        "IL",
        format("il_vat", " -", world::israel).shape(world::israeli),
    ),
    ("IN", format("in_gst", " -", world::india)),
    (
        "IS",
        format("is_vat", " ", world::iceland).prefixes(&["IS"]),
    ),
    ("JP", format("jp_cn", "- ", world::japan)),
    ("KE", format("ke_pin", " -", world::kenya)),
    ("KR", format("kr_brn", " -", world::korea)),
    (
        "MK",
        format("mk_vat", " -", world::macedonia).prefixes(&["MK", "МК"]),
    ),
    ("MU", format("mu_tan", " -.", world::mauritius)),
    ("MX", format("mx_rfc", "-_ ", world::mexico)),
    ("NO", format("no_vat", " ", world::norway).prefixes(&["NO"])),
    ("PE", format("pe_ruc", " ", world::peru)),
    ("RS", format("rs_pib", " -.", world::serbia)),
    ("SG", format("sg_uen", "", world::singapore)),
    (
        "SV",
        format("sv_nit", " -", world::salvador).prefixes(&["SV"]),
    ),
    ("TH", format("th_vat", " -", world::thailand)),
    ("TR", format("tr_tin", "", world::turkey)),
    ("TW", format("tw_vat", " -", world::taiwan)),
    (
        "UY",
        format("uy_ruc", " -", world::uruguay).prefixes(&["UY"]),
    ),
    ("VE", format("ve_rif", " -", world::venezuela)),
    (
        "US",
        format("us_ein", "", world::united_states).shape_after(world::without_dash),
    ),
    ("VN", format("vn_tin", " -.", world::vietnam)),
];

/// A tax number with its kind, which the country of the billing address decides.
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
    read(number, country).ok_or_else(|| {
        let input = Value::Str(number.to_owned());
        refuse("invalid", "tax_id", "Invalid tax ID.", input)
    })
}

fn read(number: &str, country: &str) -> Option<Json> {
    if EUROPE.contains(&country) {
        return europe::vat(number).map(|number| json!([number, "eu_vat"]));
    }
    let mut formats = WORLD.iter().filter(|(known, _)| *known == country);
    formats.find_map(|(_, format)| Some(json!([format.read(number)?, format.name])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_the_server_reads_them() {
        let rows = include_str!("numbers.txt").lines();
        for row in rows.filter(|row| !row.starts_with('#')) {
            let columns: Vec<&str> = row.split('\t').collect();
            let (country, number, kept) = match columns[..] {
                [country, number] => (country, number, None),
                [country, number, kept, kind] => (country, number, Some(json!([kept, kind]))),
                _ => panic!("{row}"),
            };
            assert_eq!(read(number, country), kept, "{country} {number}");
        }
    }

    #[test]
    fn a_refusal_says_what_is_wrong() {
        let refused = |kind, field: &str, message, input| {
            Err(Refusal::Invalid(vec![BusinessError {
                kind,
                ..BusinessError::at(vec![Value::Str(field.into())], message, input)
            }]))
        };
        let message = "Country is required to validate tax ID.";
        let missing = refused("missing", "billing_address", message, Value::Null);
        let input = Value::Str("1".to_owned());
        let invalid = refused("invalid", "tax_id", "Invalid tax ID.", input);
        assert_eq!(tax_id("1", None), missing);
        assert_eq!(tax_id("1", Some(&json!({"country": "FR"}))), invalid);
    }
}

//! Checkouts as they are answered: to the seller, to the buyer, and to the buyer who has just confirmed one.

use std::borrow::Cow;

use serde_json::{Map, Value as Json};

use super::customer::{address, text};
use super::discount::checkout_discount;
use super::organization::subscriber_organization;
use super::price::{price, prices};
use super::subscription::benefit_public;
use crate::answer::MetadataView;
use crate::generated::answers::{
    Checkout, CheckoutBase, CheckoutBillingAddressFields, CheckoutCustomerBillingAddressFields,
    CheckoutProduct, CheckoutPublic, CheckoutPublicConfirmed, ProductPrice,
};
use crate::refusal::Refusal;
use crate::rules::{self, Goods};
use crate::state::{self, Directory, Product};

/// What a checkout sells. Its product is never lost; that would be a mistake of this server.
pub(in crate::operations) fn goods<'d>(
    directory: &'d Directory,
    row: &state::Checkout,
) -> Result<Goods<'d>, Refusal> {
    let product = directory.products.find(row.product_id);
    Ok(Goods {
        product: product.ok_or_else(|| Refusal::internal("a checkout has no product"))?,
        discount: row.discount_id.and_then(|id| directory.discounts.find(id)),
    })
}

/// What the seller sees. `site` is where the pages are.
pub(in crate::operations) fn checkout<'a>(
    directory: &'a Directory,
    row: &'a state::Checkout,
    site: &str,
) -> Result<Checkout<'a>, Refusal> {
    let shown = checkout_public(directory, row, site)?;
    Ok(Checkout {
        checkout_base: shown.checkout_base,
        trial_interval: text(&row.trial_interval),
        trial_interval_count: row.trial_interval_count,
        metadata: MetadataView(&row.metadata.0),
        external_customer_id: text(&row.external_customer_id),
        customer_external_id: text(&row.external_customer_id),
        products: shown.products,
        product: shown.product,
        product_price: shown.product_price,
        prices: shown.prices,
        discount: shown.discount,
        subscription_id: row.subscription_id,
        attached_custom_fields: shown.attached_custom_fields,
        customer_metadata: MetadataView(&row.customer_metadata.0),
        subtotal_amount: row.net_amount,
    })
}

/// What the buyer sees.
pub(in crate::operations) fn checkout_public<'a>(
    directory: &'a Directory,
    row: &'a state::Checkout,
    site: &str,
) -> Result<CheckoutPublic<'a>, Refusal> {
    let goods = goods(directory, row)?;
    let organization = directory.organizations.find(row.organization_id);
    let organization =
        organization.ok_or_else(|| Refusal::internal("a checkout has no organization"))?;
    let products = row.products.iter();
    let products: Vec<&Product> = products
        .filter_map(|&id| directory.products.find(id))
        .collect();
    let fields = goods.product.attached_custom_fields.iter();
    Ok(CheckoutPublic {
        checkout_base: base(row, goods, site),
        product: Some(checkout_product(directory, goods.product)),
        product_price: rules::price_of(goods.product, row).map(|row| price(goods.product, row)),
        prices: Some(Cow::Owned(all_prices(&products)?)),
        products: products
            .iter()
            .map(|row| checkout_product(directory, row))
            .collect(),
        discount: goods.discount.map(checkout_discount),
        organization: subscriber_organization(organization),
        attached_custom_fields: Some(fields.map(Cow::Borrowed).collect()),
        subtotal_amount: row.net_amount,
    })
}

/// What the buyer sees who has just confirmed it, with the token of the session that comes with it.
pub(in crate::operations) fn checkout_confirmed<'a>(
    directory: &'a Directory,
    row: &'a state::Checkout,
    site: &str,
    session: Option<&'a str>,
) -> Result<CheckoutPublicConfirmed<'a>, Refusal> {
    let shown = checkout_public(directory, row, site)?;
    Ok(CheckoutPublicConfirmed {
        checkout_base: shown.checkout_base,
        products: shown.products,
        product: shown.product,
        product_price: shown.product_price,
        prices: shown.prices,
        discount: shown.discount,
        organization: shown.organization,
        attached_custom_fields: shown.attached_custom_fields,
        customer_session_token: session.map(Cow::Borrowed),
        subtotal_amount: row.net_amount,
    })
}

fn base<'a>(row: &'a state::Checkout, goods: Goods<'a>, site: &str) -> CheckoutBase<'a> {
    let url = format!("{site}/checkout/{}", row.client_secret);
    let success_url = match &row.success_url {
        Some(own) => own.replace("{CHECKOUT_ID}", &row.id.to_string()),
        None => format!("{url}/confirmation"),
    };
    let trial = rules::active_trial(row, goods.product);
    let tax_id = row.customer_tax_id.as_ref();
    let tax_id = tax_id.and_then(|tax_id| tax_id[0].as_str());
    CheckoutBase {
        id: row.id,
        created_at: row.created_at,
        modified_at: row.modified_at,
        custom_field_data: MetadataView(&row.custom_field_data.0),
        status: Cow::Borrowed(&row.status),
        client_secret: Cow::Borrowed(&row.client_secret),
        url: url.into(),
        expires_at: row.expires_at,
        success_url: success_url.into(),
        return_url: text(&row.return_url),
        embed_origin: text(&row.embed_origin),
        amount: row.amount,
        discount_amount: goods.discount_amount(row),
        net_amount: row.net_amount,
        tax_amount: row.tax_amount,
        tax_behavior: text(&row.tax_behavior),
        total_amount: row.total_amount(),
        currency: Cow::Borrowed(&row.currency),
        allow_trial: row.allow_trial,
        active_trial_interval: trial.map(|(unit, _)| unit.into()),
        active_trial_interval_count: trial.map(|(_, count)| count),
        trial_end: row.trial_end,
        organization_id: row.organization_id,
        product_id: Some(row.product_id),
        product_price_id: Some(row.product_price_id),
        discount_id: row.discount_id,
        allow_discount_codes: row.allow_discount_codes,
        require_billing_address: row.require_billing_address,
        is_discount_applicable: goods.is_discount_applicable(),
        is_free_product_price: goods.is_free(),
        is_payment_required: row.is_payment_required(),
        is_payment_setup_required: goods.is_payment_setup_required(row),
        is_payment_form_required: goods.is_payment_form_required(row),
        customer_id: row.customer_id,
        is_business_customer: row.is_business_customer,
        customer_name: text(&row.customer_name),
        customer_email: text(&row.customer_email),
        customer_ip_address: text(&row.customer_ip_address),
        customer_billing_name: text(&row.customer_billing_name),
        customer_billing_address: row.customer_billing_address.as_ref().map(address),
        customer_tax_id: tax_id.map(Cow::Borrowed),
        payment_method_type: text(&row.payment_method_type),
        payment_processor_metadata: Cow::Owned(Json::Object(
            row.payment_processor_metadata.clone(),
        )),
        customer_billing_address_fields: CheckoutCustomerBillingAddressFields {
            country: true,
            state: row.needs_state(),
            city: row.needs_full_address(),
            postal_code: row.needs_full_address(),
            line1: row.needs_full_address(),
            line2: false,
        },
        billing_address_fields: address_fields(row),
    }
}

fn address_fields(row: &state::Checkout) -> CheckoutBillingAddressFields<'static> {
    let where_full = |word: &'static str| match row.needs_full_address() {
        true => word.into(),
        false => "disabled".into(),
    };
    CheckoutBillingAddressFields {
        country: "required".into(),
        state: match row.needs_state() {
            true => "required".into(),
            false => where_full("optional"),
        },
        city: where_full("required"),
        postal_code: where_full("required"),
        line1: where_full("required"),
        line2: where_full("optional"),
    }
}

/// The prices of each product.
fn all_prices(products: &[&Product]) -> Result<Json, Refusal> {
    let all = products.iter().map(|row| {
        let offered: Vec<ProductPrice<'_>> = prices(row);
        let written = serde_json::to_value(&offered);
        let written = written
            .map_err(|error| Refusal::internal(format!("a price cannot be written: {error}")));
        Ok((row.id.to_string(), written?))
    });
    Ok(Json::Object(all.collect::<Result<Map<_, _>, Refusal>>()?))
}

/// A product as a buyer sees it.
pub(super) fn checkout_product<'a>(
    directory: &'a Directory,
    row: &'a Product,
) -> CheckoutProduct<'a> {
    let benefits = row.benefits.iter();
    let benefits = benefits.filter_map(|&id| directory.benefits.find(id));
    let shown = benefits.filter(|row| row.deleted_at.is_none() && row.visibility == "public");
    CheckoutProduct {
        id: row.id,
        created_at: row.created_at,
        modified_at: row.modified_at,
        trial_interval: text(&row.trial_interval),
        trial_interval_count: row.trial_interval_count,
        name: Cow::Borrowed(&row.name),
        description: text(&row.description),
        visibility: Cow::Borrowed(&row.visibility),
        recurring_interval: text(&row.recurring_interval),
        recurring_interval_count: row.recurring_interval_count,
        meter_interval: text(&row.meter_interval),
        meter_interval_count: row.meter_interval_count,
        is_recurring: row.recurring_interval.is_some(),
        is_archived: row.is_archived,
        organization_id: row.organization_id,
        prices: prices(row),
        benefits: shown.map(benefit_public).collect(),
    }
}

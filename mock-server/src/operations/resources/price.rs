//! `ProductPrice`: prices of all kinds.

use std::borrow::Cow;

use super::kept::Kept;
use crate::generated::answers::{
    ProductPrice, ProductPriceBase, ProductPriceCustom, ProductPriceFixed, ProductPriceMeter,
    ProductPriceMeteredUnit, ProductPriceSeatBased, ProductPriceSeatTier,
    ProductPriceSeatTiersOutput, ProductPriceUnitBased, TierOutput, TiersOutput,
};
use crate::state::{Price, Product, Subscription};

/// The prices of a product that are still offered.
pub(in crate::operations) fn prices(product: &Product) -> Vec<ProductPrice<'_>> {
    let offered = product.prices.iter().filter(|price| !price.is_archived);
    offered.map(|row| price(product, row)).collect()
}

/// The prices that a subscription is paid by, also where they are no longer offered.
pub(super) fn subscription_prices<'a>(
    product: &'a Product,
    subscription: &'a Subscription,
) -> Vec<ProductPrice<'a>> {
    let prices = subscription.prices_of(product);
    prices.map(|row| price(product, row)).collect()
}

fn price<'a>(product: &'a Product, row: &'a Price) -> ProductPrice<'a> {
    let product_price_base = base(product, row);
    let amount = Kept(Some(&row.amount));
    match row.amount_type.as_str() {
        "custom" => ProductPrice::ProductPriceCustom(ProductPriceCustom {
            product_price_base,
            minimum_amount: amount.some_integer("minimum_amount").unwrap_or(50),
            maximum_amount: amount.some_integer("maximum_amount"),
            preset_amount: amount.some_integer("preset_amount"),
        }),
        "seat_based" => {
            let seat_tiers = seat_tiers(amount.object("seat_tiers"));
            ProductPrice::ProductPriceSeatBased(ProductPriceSeatBased {
                product_price_base,
                price_per_seat: seat_tiers
                    .tiers
                    .first()
                    .map_or(0, |tier| tier.price_per_seat),
                seat_tiers,
            })
        }
        "unit_based" => {
            let tiers = tiers(amount.object("tiers"));
            ProductPrice::ProductPriceUnitBased(ProductPriceUnitBased {
                product_price_base,
                maximum_units: tiers.tiers.last().and_then(|tier| tier.bound),
                tiers,
                minimum_units: amount.some_integer("minimum_units"),
                unit_label: amount.json("unit_label"),
            })
        }
        "metered_unit" => ProductPrice::ProductPriceMeteredUnit(ProductPriceMeteredUnit {
            product_price_base,
            unit_amount: amount.decimal("unit_amount"),
            cap_amount: amount.some_integer("cap_amount"),
            meter_id: amount.id("meter_id"),
            // There are no meters; one that a fixture names has no name here.
            meter: ProductPriceMeter {
                id: amount.id("meter_id"),
                name: "".into(),
                unit: "scalar".into(),
                custom_label: None,
                custom_multiplier: None,
            },
        }),
        _ => ProductPrice::ProductPriceFixed(ProductPriceFixed {
            product_price_base,
            price_amount: amount.integer("price_amount"),
        }),
    }
}

fn base<'a>(product: &'a Product, row: &'a Price) -> ProductPriceBase<'a> {
    let interval = product.recurring_interval.as_deref();
    ProductPriceBase {
        created_at: row.created_at,
        modified_at: row.modified_at,
        id: row.id,
        amount_type: Cow::Borrowed(&row.amount_type),
        price_currency: Cow::Borrowed(&row.price_currency),
        tax_behavior: row.tax_behavior.as_deref().map(Cow::Borrowed),
        is_archived: row.is_archived,
        product_id: product.id,
        r#type: interval.map_or("one_time", |_| "recurring").into(),
        recurring_interval: interval.map(Cow::Borrowed),
    }
}

fn seat_tiers(kept: Kept<'_>) -> ProductPriceSeatTiersOutput<'_> {
    let tiers = kept.objects("tiers").map(|tier| ProductPriceSeatTier {
        min_seats: tier.integer("min_seats"),
        max_seats: tier.some_integer("max_seats"),
        price_per_seat: tier.integer("price_per_seat"),
    });
    let tiers: Vec<_> = tiers.collect();
    let kind = kept.some_text("seat_tier_type");
    ProductPriceSeatTiersOutput {
        seat_tier_type: kind.unwrap_or("volume".into()),
        minimum_seats: tiers.first().map_or(0, |tier| tier.min_seats),
        maximum_seats: tiers.last().and_then(|tier| tier.max_seats),
        tiers,
    }
}

fn tiers(kept: Kept<'_>) -> TiersOutput<'_> {
    let tiers = kept.objects("tiers").map(|tier| TierOutput {
        bound: tier.some_integer("bound"),
        unit_amount: tier.decimal("unit_amount"),
    });
    TiersOutput {
        r#type: kept.text("type"),
        tiers: tiers.collect(),
    }
}

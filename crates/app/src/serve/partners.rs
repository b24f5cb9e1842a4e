//! Customers by pseudonym or name, and suppliers with what they ask of an order.

use crate::dispatch::Serve;
use crate::failure::{Failure, Result};
use crate::limits;
use crate::open::App;
use contract::{
    AllowCustomerNames, CustomerPage, CustomerRow, Done, ListCustomers, ListSupplied, ListSuppliers,
    SaveSupplier, SuppliedRow, SupplierRow, Topic,
};
use domain::{Actor, Supplier};
use store::{SupplierCard, SupplierTerms};
use units::{Quantity, SupplierId};

impl Serve<ListCustomers> for App {
    async fn serve(&self, call: ListCustomers, _: &Actor) -> Result<CustomerPage> {
        self.blocking(move |inner| {
            let records = &inner.store.records;
            let limit = call.limit.min(limits::LIST_ROWS_MAX);
            let page = records.customers(&call.filter, call.offset, limit)?;
            let row = |one: store::CustomerRow| CustomerRow {
                customer: one.customer.id,
                shown: one.customer.shown().to_owned(),
                pseudonym: one.customer.pseudonym,
                code: one.customer.code,
                name: one.customer.name,
                address: one.customer.address,
                at: one.at,
                lines: one.lines,
                quantity: one.quantity,
                last_day: one.last_day,
                orders: one.orders,
                open: one.open,
                returns: one.returns,
            };
            Ok(CustomerPage {
                total: page.total,
                names: records.customer_names()?,
                rows: page.rows.into_iter().map(row).collect(),
            })
        })
        .await
    }
}

impl Serve<AllowCustomerNames> for App {
    async fn serve(&self, call: AllowCustomerNames, by: &Actor) -> Result<Done> {
        let by = by.clone();
        self.blocking(move |inner| {
            inner.store.records.allow_customer_names(&inner.act_because(&by, &call.why), call.allow)?;
            for topic in [Topic::Stock, Topic::Imports, Topic::Audit] {
                inner.bus.changed(topic);
            }
            Ok(Done {})
        })
        .await
    }
}

fn row(one: SupplierCard) -> SupplierRow {
    SupplierRow {
        supplier: one.supplier.id,
        code: one.supplier.code,
        name: one.supplier.name,
        lead_time_days: one.supplier.lead_time_days,
        pack_size: one.terms.pack_size,
        order_quantity_min: one.terms.order_quantity_min,
        note: one.terms.note.unwrap_or_default(),
        items: one.items,
        coming: one.coming,
        took_days: one.took_days,
    }
}

impl Serve<ListSuppliers> for App {
    async fn serve(&self, call: ListSuppliers, _: &Actor) -> Result<Vec<SupplierRow>> {
        self.blocking(move |inner| {
            let sought = call.filter.trim().to_lowercase();
            let found = inner.store.records.supplier_cards()?;
            let passes = |one: &SupplierCard| {
                let has = |text: &str| text.to_lowercase().contains(&sought);
                sought.is_empty() || has(&one.supplier.code) || has(&one.supplier.name)
            };
            Ok(found.into_iter().filter(passes).map(row).collect())
        })
        .await
    }
}

impl Serve<ListSupplied> for App {
    async fn serve(&self, call: ListSupplied, _: &Actor) -> Result<Vec<SuppliedRow>> {
        self.blocking(move |inner| {
            let found = inner.store.records.supplied(call.supplier, call.limit.min(limits::LIST_ROWS_MAX))?;
            let row = |item: domain::Item| SuppliedRow {
                item: item.id,
                sku: item.sku,
                name: item.name,
                lead_time_days: item.lead_time_days,
                pack_size: item.pack_size,
                order_quantity_min: item.order_quantity_min,
            };
            Ok(found.into_iter().map(row).collect())
        })
        .await
    }
}

impl Serve<SaveSupplier> for App {
    async fn serve(&self, call: SaveSupplier, by: &Actor) -> Result<SupplierId> {
        let by = by.clone();
        self.blocking(move |inner| {
            let text = |what: &str, text: &str, needed: bool| -> Result<String> {
                let text = text.trim();
                if text.is_empty() && needed || text.chars().count() > limits::TEXT_CHARS_MAX {
                    let most = limits::TEXT_CHARS_MAX;
                    return Err(Failure::bad_input(format!(
                        "{what} has 1 to {most} characters; say it again"
                    )));
                }
                Ok(text.to_owned())
            };
            let more = |what: &str, quantity: Option<Quantity>| match quantity {
                Some(one) if one.0 <= 0 => Err(Failure::bad_input(format!(
                    "{what} is more than nothing; leave it empty where there is none"
                ))),
                one => Ok(one),
            };
            let supplier = Supplier {
                id: call.supplier,
                code: text("a supplier's code", &call.code, true)?,
                name: text("a supplier's name", &call.name, true)?,
                lead_time_days: call.lead_time_days,
            };
            let terms = SupplierTerms {
                pack_size: more("a pack", call.pack_size)?,
                order_quantity_min: more("the least order", call.order_quantity_min)?,
                note: Some(text("a note", &call.note, false)?).filter(|note| !note.is_empty()),
            };
            let act = inner.act_because(&by, &call.why);
            let id = inner.store.records.save_supplier_terms(&act, &supplier, &terms)?;
            for topic in [Topic::Stock, Topic::Audit] {
                inner.bus.changed(topic);
            }
            Ok(id)
        })
        .await
    }
}

//! The warehouse as the CSV files a person would bring.

use crate::warehouse::Warehouse;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// Where [`Warehouse::write_csv`] put what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CsvFiles {
    /// `order_ref,order_date,sku,quantity,net_amount,customer`
    pub orders: PathBuf,
    /// `sku,name,name_zh,category,zone,unit_of_measure,unit_cost,supplier_code,supplier_name,supplier_name_zh,lead_time_days,pack_size,order_quantity_min,service_level`
    pub items: PathBuf,
    /// `sku,on_hand,allocated,on_order,as_of`
    pub stock: PathBuf,
    /// `code,name,name_zh,lead_time_days,on_time`
    pub suppliers: PathBuf,
    /// Lines of `orders`, without its header.
    pub order_lines: u64,
}

/// A field as RFC 4180 wants it.
pub(crate) fn field(text: &str) -> String {
    if text.contains(['"', ',', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

fn optional<T: ToString>(value: Option<T>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

impl Warehouse {
    /// Writes orders.csv, items.csv, stock.csv and suppliers.csv into an existing folder: UTF-8, comma, LF, a header each.
    pub fn write_csv(&self, folder: &Path) -> io::Result<CsvFiles> {
        let mut files = CsvFiles {
            orders: folder.join("orders.csv"),
            items: folder.join("items.csv"),
            stock: folder.join("stock.csv"),
            suppliers: folder.join("suppliers.csv"),
            order_lines: 0,
        };
        let mut orders = BufWriter::with_capacity(1 << 16, File::create(&files.orders)?);
        writeln!(orders, "order_ref,order_date,sku,quantity,net_amount,customer")?;
        for (day, lines) in self.order_lines() {
            let date = day.to_string();
            for line in &lines {
                let net = line.net_amount.unwrap_or_default();
                let customer = line.customer.as_deref().unwrap_or_default();
                writeln!(
                    orders,
                    "{},{date},{},{},{net:.2},{customer}",
                    line.order_ref, line.sku, line.quantity
                )?;
            }
            files.order_lines += lines.len() as u64;
        }
        orders.flush()?;

        let mut items = BufWriter::new(File::create(&files.items)?);
        writeln!(
            items,
            "sku,name,name_zh,category,zone,unit_of_measure,unit_cost,supplier_code,supplier_name,supplier_name_zh,lead_time_days,pack_size,order_quantity_min,service_level"
        )?;
        for entry in self.items() {
            let item = &entry.item;
            let zone = self.zones().iter().find(|zone| zone.id == entry.zone).map_or("", |zone| zone.code);
            let supplier = item.supplier.and_then(|id| self.suppliers().iter().find(|s| s.supplier.id == id));
            writeln!(
                items,
                "{},{},{},{},{zone},{},{},{},{},{},{},{},{},{}",
                item.sku,
                field(&item.name),
                field(&entry.name_zh),
                field(item.category.as_deref().unwrap_or_default()),
                item.unit_of_measure.as_deref().unwrap_or_default(),
                item.unit_cost.map(|cost| format!("{cost:.2}")).unwrap_or_default(),
                supplier.map_or("", |partner| partner.supplier.code.as_str()),
                field(supplier.map_or("", |partner| partner.supplier.name.as_str())),
                field(supplier.map_or("", |partner| partner.name_zh.as_str())),
                optional(item.lead_time_days),
                optional(item.pack_size),
                optional(item.order_quantity_min),
                optional(item.service_level),
            )?;
        }
        items.flush()?;

        let mut stock = BufWriter::new(File::create(&files.stock)?);
        writeln!(stock, "sku,on_hand,allocated,on_order,as_of")?;
        for level in self.stock() {
            let Some(entry) = self.items().iter().find(|entry| entry.item.id == level.item) else { continue };
            let as_of = optional(level.as_of);
            writeln!(
                stock,
                "{},{},{},{},{as_of}",
                entry.item.sku, level.on_hand, level.allocated, level.on_order
            )?;
        }
        stock.flush()?;

        let mut suppliers = BufWriter::new(File::create(&files.suppliers)?);
        writeln!(suppliers, "code,name,name_zh,lead_time_days,on_time")?;
        for partner in self.suppliers() {
            let supplier = &partner.supplier;
            let lead = optional(supplier.lead_time_days);
            let name = field(&supplier.name);
            writeln!(
                suppliers,
                "{},{name},{},{lead},{}",
                supplier.code,
                field(&partner.name_zh),
                partner.on_time
            )?;
        }
        suppliers.flush()?;
        Ok(files)
    }
}

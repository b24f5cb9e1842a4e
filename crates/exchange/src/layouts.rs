//! The files other programs write, told by their columns: a header in, what the file is and which column means what out.
//!
//! A layout is a row of the table below: the columns that only this file has, and what each column means. The layout with most
//! of its own columns in the header wins. Does not know rows. Sources: the files themselves (OpenBoxes, frePPLe, vrp-cli) and the
//! documented columns of the others. Start at [`recognise`]. Tests: `src/layouts/tests.rs`, `tests/it/erp.rs`.

use crate::columns::{Field, Kind, Mapping, plain, suggest};
use crate::dates::DateOrder;

#[cfg(test)]
mod tests;

/// A file another program writes.
#[derive(Debug, PartialEq, Eq)]
pub struct Layout {
    /// Its name in reports: `openboxes-inventory`.
    pub key: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// One of each of these must stand in the header.
    signature: &'static [&'static [&'static str]],
    /// Where the columns alone don't tell, the sheet's (or file's) name must be one of these.
    named: &'static [&'static str],
    /// What columns mean: the first of the names that is there.
    columns: &'static [(Field, &'static [&'static str])],
    /// How its dates are written where the column itself does not show it.
    pub date_order: Option<DateOrder>,
}

/// What a file turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recognised {
    /// The program's file, where it is one of those known.
    pub layout: Option<&'static Layout>,
    /// What the columns mean.
    pub mapping: Mapping,
    /// The columns that told.
    pub because: Vec<String>,
}

use Field::*;

/// Every layout known, the more telling first where two would fit.
pub static LAYOUTS: &[Layout] = &[
    Layout {
        key: "openboxes-inventory",
        title: "OpenBoxes inventory",
        kind: Kind::Stock,
        signature: &[&["Product code"], &["Lot number"], &["OB QOH"], &["Physical QOH"]],
        named: &[],
        columns: &[
            (Sku, &["Product code"]),
            (Name, &["Product name", "Product"]),
            (Lot, &["Lot number"]),
            (Expiry, &["Expiration date"]),
            (Bin, &["Bin location"]),
            (OnHand, &["Physical QOH"]),
            (Note, &["Comment"]),
        ],
        date_order: Some(DateOrder::MonthFirst),
    },
    Layout {
        key: "openboxes-products",
        title: "OpenBoxes products",
        kind: Kind::Items,
        signature: &[&["ProductCode"], &["ProductType"], &["LotAndExpiryControl"], &["UnitOfMeasure"]],
        named: &[],
        columns: &[
            (Active, &["Active"]),
            (Sku, &["ProductCode"]),
            (Name, &["Name"]),
            (Category, &["Category"]),
            (Note, &["Description"]),
            (UnitOfMeasure, &["UnitOfMeasure"]),
            (Tags, &["Tags"]),
            (UnitCost, &["UnitCost"]),
            (LotControl, &["LotAndExpiryControl"]),
            (ColdChain, &["ColdChain"]),
            (Controlled, &["ControlledSubstance"]),
            (Hazardous, &["HazardousMaterial"]),
            (Manufacturer, &["ManufacturerName"]),
            (ManufacturerCode, &["ManufacturerCode"]),
            (SupplierCode, &["VendorCode"]),
            (SupplierName, &["VendorName"]),
            (Gtin, &["UPC"]),
        ],
        date_order: None,
    },
    Layout {
        key: "openboxes-levels",
        title: "OpenBoxes inventory levels",
        kind: Kind::Levels,
        signature: &[
            &["Product code", "productCode"],
            &["Min quantity", "minQuantity"],
            &["Reorder quantity", "reorderQuantity"],
            &["Max quantity", "maxQuantity"],
            &["Preferred bin location", "preferredBinLocation"],
        ],
        named: &[],
        columns: &[
            (Status, &["Status"]),
            (Sku, &["Product code", "productCode"]),
            (Name, &["Product", "productName"]),
            (Category, &["Category"]),
            (Tags, &["Tags"]),
            (Manufacturer, &["Manufacturer"]),
            (ManufacturerCode, &["Manufacturer code"]),
            (SupplierName, &["Vendor"]),
            (SupplierCode, &["Vendor code"]),
            (Bin, &["Preferred bin location", "preferredBinLocation"]),
            (Site, &["facility"]),
            (AbcClass, &["abcClass"]),
            (UnitOfMeasure, &["Unit of measure"]),
            (PackageType, &["Package UoM", "Package"]),
            (PackSize, &["Package Size"]),
            (PackagePrice, &["Price per package"]),
            (UnitCost, &["Price per unit"]),
            (LevelMin, &["Min quantity", "minQuantity"]),
            (LevelReorder, &["Reorder quantity", "reorderQuantity"]),
            (LevelMax, &["Max quantity", "maxQuantity"]),
            (OnHand, &["Current quantity"]),
            (LeadTimeDays, &["Expected Lead Time Days"]),
            (ReviewDays, &["Replenishment Period Days"]),
        ],
        date_order: None,
    },
    Layout {
        key: "openboxes-places",
        title: "OpenBoxes locations and bins",
        kind: Kind::Places,
        signature: &[&["locationType"], &["parentLocation"], &["locationNumber"], &["locationGroup"]],
        named: &[],
        columns: &[
            (PlaceName, &["name"]),
            (Active, &["active"]),
            (PlaceType, &["locationType"]),
            (Organization, &["organization"]),
            (PlaceParent, &["parentLocation"]),
            (PlaceCode, &["locationNumber"]),
            (Address, &["streetAddress"]),
            (City, &["city"]),
            (Postcode, &["postalCode"]),
            (Country, &["country"]),
            (Note, &["description"]),
        ],
        date_order: None,
    },
    Layout {
        key: "openboxes-bins",
        title: "OpenBoxes bins of zones",
        kind: Kind::Places,
        signature: &[&["bin name"], &["zone name"]],
        named: &[],
        columns: &[(PlaceName, &["bin name"]), (Zone, &["zone name"])],
        date_order: None,
    },
    Layout {
        key: "openboxes-product-suppliers",
        title: "OpenBoxes product suppliers",
        kind: Kind::Items,
        signature: &[
            &["Product Code"],
            &["Product Source Code"],
            &["Supplier Item No"],
            &["Quantity per Package"],
        ],
        named: &[],
        columns: &[
            (Sku, &["Product Code"]),
            (Name, &["Product Name"]),
            (SupplierName, &["Supplier Name"]),
            (SupplierItem, &["Supplier Item No"]),
            (Manufacturer, &["Manufacturer Name"]),
            (ManufacturerCode, &["Manufacturer item No"]),
            (OrderQuantityMin, &["Minimum Order Quantity (Each)"]),
            (UnitCost, &["Contract price (Each)"]),
            (PackageType, &["Default Package Type"]),
            (PackSize, &["Quantity per Package"]),
            (PackagePrice, &["Package Price"]),
        ],
        date_order: None,
    },
    Layout {
        key: "vrp-jobs",
        title: "vrp-cli jobs",
        kind: Kind::Deliveries,
        signature: &[&["ID"], &["LAT"], &["LNG"], &["DEMAND"], &["DURATION"], &["TW_START"], &["TW_END"]],
        named: &[],
        columns: &[
            (DeliveryCode, &["ID"]),
            (Latitude, &["LAT"]),
            (Longitude, &["LNG"]),
            (Demand, &["DEMAND"]),
            (ServiceMinutes, &["DURATION"]),
            (DeliveryDay, &["TW_START"]),
            (WindowFrom, &["TW_START"]),
            (WindowTo, &["TW_END"]),
        ],
        date_order: None,
    },
    Layout {
        key: "vrp-vehicles",
        title: "vrp-cli vehicles",
        kind: Kind::Vehicles,
        signature: &[&["ID"], &["LAT"], &["LNG"], &["CAPACITY"], &["AMOUNT"], &["PROFILE"]],
        named: &[],
        columns: &[
            (VehicleCode, &["ID"]),
            (Latitude, &["LAT"]),
            (Longitude, &["LNG"]),
            (CapacityKg, &["CAPACITY"]),
            (ShiftFrom, &["TW_START"]),
            (ShiftTo, &["TW_END"]),
            (Count, &["AMOUNT"]),
            (Profile, &["PROFILE"]),
        ],
        date_order: None,
    },
    Layout {
        key: "frepple-demand",
        title: "frePPLe sales orders",
        kind: Kind::Orders,
        signature: &[&["Name"], &["Item"], &["Location"], &["Customer"], &["Due"], &["Quantity"]],
        named: &[],
        columns: &[
            (OrderRef, &["Name"]),
            (Customer, &["Customer"]),
            (Sku, &["Item"]),
            (Site, &["Location"]),
            (OrderedAt, &["Due"]),
            (Status, &["Status"]),
            (Quantity, &["Quantity"]),
        ],
        date_order: None,
    },
    Layout {
        key: "frepple-buffer",
        title: "frePPLe inventory",
        kind: Kind::Stock,
        signature: &[&["Item"], &["Location"], &["Onhand", "On hand"]],
        named: &[],
        columns: &[
            (Sku, &["Item"]),
            (Site, &["Location"]),
            (OnHand, &["Onhand", "On hand"]),
            (Lot, &["Batch"]),
        ],
        date_order: None,
    },
    Layout {
        key: "frepple-item-supplier",
        title: "frePPLe item suppliers",
        kind: Kind::Items,
        signature: &[&["Item"], &["Supplier"], &["Lead Time"], &["Size Minimum"]],
        named: &[],
        columns: &[
            (Sku, &["Item"]),
            (Site, &["Location"]),
            (SupplierName, &["Supplier"]),
            (LeadTimeDays, &["Lead Time"]),
            (OrderQuantityMin, &["Size Minimum"]),
            (PackSize, &["Size Multiple"]),
            (UnitCost, &["Cost"]),
        ],
        date_order: None,
    },
    Layout {
        key: "frepple-item",
        title: "frePPLe items",
        kind: Kind::Items,
        signature: &[&["Name"], &["Owner"], &["Description"], &["Cost"]],
        named: &[],
        columns: &[
            (Sku, &["Name"]),
            (Name, &["Description"]),
            (Category, &["Category", "Owner"]),
            (UnitCost, &["Cost"]),
        ],
        date_order: None,
    },
    Layout {
        key: "frepple-location",
        title: "frePPLe locations",
        kind: Kind::Places,
        signature: &[&["Name"], &["Owner"], &["Description"]],
        named: &["location", "locations"],
        columns: &[(PlaceName, &["Name"]), (PlaceParent, &["Owner"]), (Note, &["Description"])],
        date_order: None,
    },
    Layout {
        key: "frepple-supplier",
        title: "frePPLe suppliers",
        kind: Kind::Suppliers,
        signature: &[&["Name"], &["Description"]],
        named: &["supplier", "suppliers"],
        columns: &[(SupplierName, &["Name"]), (Note, &["Description"])],
        date_order: None,
    },
    Layout {
        key: "frepple-policy",
        title: "frePPLe inventory policies",
        kind: Kind::Levels,
        signature: &[&["Item"], &["Location"], &["ROQ minimum quantity"], &["Safety stock minimum quantity"]],
        named: &[],
        columns: &[
            (Sku, &["Item"]),
            (Site, &["Location"]),
            (LevelMin, &["Safety stock minimum quantity"]),
            (LevelMax, &["Safety stock maximum quantity"]),
        ],
        date_order: None,
    },
    Layout {
        key: "inventree-stock",
        title: "InvenTree stock",
        kind: Kind::Stock,
        signature: &[
            &["part_detail.IPN", "part_detail.name", "part", "Part", "零件"],
            &["quantity", "Quantity", "数量"],
            &["location_detail.pathstring", "location_detail.name", "location", "Location", "仓储地点"],
            &["status", "stocktake_date", "delete_on_deplete", "状态"],
            &["supplier_part", "batch", "serial", "Batch", "批次"],
        ],
        named: &[],
        columns: &[
            (Sku, &["part_detail.IPN", "IPN", "part_detail.name", "part", "Part", "零件"]),
            (Name, &["part_detail.name", "part_detail.description"]),
            (OnHand, &["quantity", "Quantity", "数量"]),
            (Serial, &["serial", "Serial Number"]),
            (Lot, &["batch", "Batch", "Batch Code", "批次"]),
            (Expiry, &["expiry_date", "Expiry Date", "有效期"]),
            (
                Bin,
                &["location_detail.pathstring", "location_detail.name", "location", "Location", "仓储地点"],
            ),
            (AsOf, &["stocktake_date", "Stocktake Date"]),
            (UnitCost, &["purchase_price", "Purchase Price"]),
            (Status, &["status", "Status", "状态"]),
            (Note, &["notes", "Notes"]),
        ],
        date_order: None,
    },
    Layout {
        key: "inventree-parts",
        title: "InvenTree parts",
        kind: Kind::Items,
        signature: &[
            &["IPN"],
            &["name", "Name"],
            &["minimum_stock", "Minimum Stock"],
            &["units", "Units", "in_stock"],
        ],
        named: &[],
        columns: &[
            (Sku, &["IPN"]),
            (Name, &["name", "Name"]),
            (Category, &["category_detail.name", "category_name", "category", "Category"]),
            (UnitOfMeasure, &["units", "Units"]),
            (LevelMin, &["minimum_stock", "Minimum Stock"]),
            (Active, &["active", "Active"]),
            (Bin, &["default_location"]),
            (Note, &["description", "Description"]),
        ],
        date_order: None,
    },
    Layout {
        key: "erpnext-reconciliation",
        title: "ERPNext Stock Reconciliation",
        kind: Kind::Stock,
        signature: &[
            &["Item Code", "物料代码", "物料编码"],
            &["Warehouse", "仓库"],
            &["Quantity", "Qty", "数量"],
            &["Valuation Rate", "估值率", "成本价"],
        ],
        named: &[],
        columns: &[
            (Sku, &["Item Code", "物料代码", "物料编码"]),
            (Name, &["Item Name", "物料名称"]),
            (Site, &["Warehouse", "仓库"]),
            (OnHand, &["Quantity", "Qty", "数量"]),
            (UnitCost, &["Valuation Rate", "估值率", "成本价"]),
            (Lot, &["Batch No", "批号"]),
            (Serial, &["Serial No", "Serial No / Batch Bundle", "序列号"]),
        ],
        date_order: None,
    },
    Layout {
        key: "erpnext-items",
        title: "ERPNext items",
        kind: Kind::Items,
        signature: &[
            &["Item Code", "物料代码", "物料编码"],
            &["Item Group", "物料组"],
            &["Default Unit of Measure", "stock_uom", "默认单位", "默认计量单位"],
        ],
        named: &[],
        columns: &[
            (Sku, &["Item Code", "物料代码", "物料编码"]),
            (Name, &["Item Name", "物料名称"]),
            (Category, &["Item Group", "物料组"]),
            (UnitOfMeasure, &["Default Unit of Measure", "stock_uom", "默认单位", "默认计量单位"]),
            (UnitCost, &["Valuation Rate", "估值率"]),
            (LeadTimeDays, &["Lead Time in days", "lead_time_days", "交货天数"]),
            (OrderQuantityMin, &["Minimum Order Qty", "min_order_qty", "最小订货量"]),
            (LevelMin, &["Safety Stock", "safety_stock", "安全库存"]),
            (SupplierName, &["Default Supplier", "默认供应商"]),
            (Gtin, &["Barcode", "Barcode (Barcodes)"]),
            (LotControl, &["Has Batch No"]),
            (Note, &["Description", "描述"]),
        ],
        date_order: None,
    },
    Layout {
        key: "odoo-quant",
        title: "Odoo stock",
        kind: Kind::Stock,
        signature: &[
            &["Product", "Product/Internal Reference", "product_id", "产品"],
            &["Location", "Location/Complete Name", "location_id", "位置"],
            &[
                "Quantity",
                "Counted Quantity",
                "Inventoried Quantity",
                "inventory_quantity",
                "On Hand Quantity",
                "数量",
                "在手数量",
            ],
            &[
                "Lot/Serial Number",
                "lot_id",
                "Available Quantity",
                "Reserved Quantity",
                "Package",
                "批次/序列号",
            ],
        ],
        named: &[],
        columns: &[
            (Sku, &["Product/Internal Reference", "Internal Reference", "Product", "product_id", "产品"]),
            (Name, &["Product/Name"]),
            (Bin, &["Location/Complete Name", "Location", "location_id", "位置"]),
            (Lot, &["Lot/Serial Number", "lot_id", "批次/序列号"]),
            (
                OnHand,
                &[
                    "Counted Quantity",
                    "Inventoried Quantity",
                    "inventory_quantity",
                    "On Hand Quantity",
                    "Quantity",
                    "在手数量",
                    "数量",
                ],
            ),
            (Allocated, &["Reserved Quantity", "预留数量"]),
            (UnitOfMeasure, &["Unit of Measure", "UoM", "计量单位"]),
            (Expiry, &["Expiration Date", "removal_date"]),
        ],
        date_order: None,
    },
    Layout {
        key: "odoo-products",
        title: "Odoo products",
        kind: Kind::Items,
        signature: &[
            &["Name", "名称"],
            &["Internal Reference", "内部参考", "内部货号"],
            &[
                "External ID",
                "Sale Price",
                "Sales Price",
                "Product Type",
                "Can be Sold",
                "销售价格",
                "产品类型",
            ],
        ],
        named: &[],
        columns: &[
            (Sku, &["Internal Reference", "内部参考", "内部货号"]),
            (Name, &["Name", "名称"]),
            (Category, &["Product Category", "Category/External ID", "Category", "产品类别"]),
            (UnitPrice, &["Sale Price", "Sales Price", "销售价格"]),
            (UnitCost, &["Cost", "成本"]),
            (UnitOfMeasure, &["Unit of Measure", "UoM", "计量单位"]),
            (Gtin, &["Barcode", "条码"]),
            (SupplierName, &["Vendors", "Vendors/Vendor", "供应商"]),
        ],
        date_order: None,
    },
    Layout {
        key: "greaterwms-bins",
        title: "GreaterWMS stock by bin",
        kind: Kind::Stock,
        signature: &[
            &["bin_name", "Bin Name", "库位名称"],
            &["goods_code", "Goods Code", "商品编码"],
            &["goods_qty", "Goods Qty", "Bin Stock Qty", "On-Hand Stock", "商品数量", "库位库存", "现有库存"],
        ],
        named: &[],
        columns: &[
            (Bin, &["bin_name", "Bin Name", "库位名称"]),
            (Sku, &["goods_code", "Goods Code", "商品编码"]),
            (Name, &["goods_desc", "Goods Description", "Goods Desc", "商品描述"]),
            (
                OnHand,
                &[
                    "goods_qty",
                    "Goods Qty",
                    "Bin Stock Qty",
                    "On-Hand Stock",
                    "商品数量",
                    "库位库存",
                    "现有库存",
                ],
            ),
            (
                Allocated,
                &["pick_qty", "Pick Qty", "Quantity to be picked", "待拣货数量", "拣货数量", "等待拣货数量"],
            ),
            (AsOf, &["update_time", "Update Time", "更新时间"]),
        ],
        date_order: None,
    },
    Layout {
        key: "greaterwms-stock",
        title: "GreaterWMS stock",
        kind: Kind::Stock,
        signature: &[
            &["goods_code", "Goods Code", "商品编码"],
            &["onhand_stock", "On-Hand Stock", "Onhand Stock", "现有库存", "现有数量"],
            &[
                "can_order_stock",
                "ordered_stock",
                "inspect_stock",
                "Can Order Stock",
                "Ordered Stock",
                "可被下单数量",
                "可下单数量",
                "已被下单数量",
                "质检数量",
            ],
        ],
        named: &[],
        columns: &[
            (Sku, &["goods_code", "Goods Code", "商品编码"]),
            (Name, &["goods_desc", "Goods Description", "Goods Desc", "商品描述"]),
            (OnHand, &["onhand_stock", "On-Hand Stock", "Onhand Stock", "现有库存", "现有数量"]),
            (Allocated, &["ordered_stock", "Ordered Stock", "已被下单数量"]),
            (OnOrder, &["asn_stock", "ASN Stock", "到货通知数量", "ASN数量"]),
            (AsOf, &["update_time", "Update Time", "更新时间"]),
        ],
        date_order: None,
    },
    Layout {
        key: "greaterwms-goods",
        title: "GreaterWMS goods",
        kind: Kind::Items,
        signature: &[
            &["goods_code", "Goods Code", "商品编码"],
            &["goods_desc", "Goods Description", "Goods Desc", "商品描述"],
            &["goods_supplier", "Goods Supplier", "Supplier", "商品供应商", "供应商"],
            &["goods_weight", "Goods Weight", "Goods Weight(Unit:g)", "商品单位重量", "单位重量", "商品重量"],
        ],
        named: &[],
        columns: &[
            (Sku, &["goods_code", "Goods Code", "商品编码"]),
            (Name, &["goods_desc", "Goods Description", "Goods Desc", "商品描述"]),
            (SupplierName, &["goods_supplier", "Goods Supplier", "Supplier", "商品供应商", "供应商"]),
            (UnitOfMeasure, &["goods_unit", "Goods Unit", "商品单位"]),
            (Category, &["goods_class", "Goods Class", "商品类别"]),
            (Manufacturer, &["goods_brand", "Goods Brand", "商品品牌"]),
            (UnitCost, &["goods_cost", "Goods Cost", "商品成本"]),
            (UnitPrice, &["goods_price", "Goods Price", "商品价格"]),
            (Gtin, &["bar_code", "Bar Code", "条形码"]),
        ],
        date_order: None,
    },
    Layout {
        key: "sap-b1-opening",
        title: "SAP Business One opening balance",
        kind: Kind::Stock,
        signature: &[&["Item Code"], &["Warehouse Code"], &["Counted Quantity"]],
        named: &[],
        columns: &[
            (Sku, &["Item Code"]),
            (Name, &["Item Description"]),
            (Site, &["Warehouse Code"]),
            (Bin, &["Bin Location Code"]),
            (OnHand, &["Counted Quantity"]),
            (UnitCost, &["Price"]),
        ],
        date_order: None,
    },
    Layout {
        key: "shopify-orders",
        title: "Shopify orders",
        kind: Kind::Orders,
        signature: &[&["Name"], &["Financial Status"], &["Lineitem quantity"], &["Lineitem name"]],
        named: &[],
        columns: &[
            (OrderRef, &["Name"]),
            (OrderedAt, &["Created at"]),
            (Customer, &["Email"]),
            (Status, &["Financial Status"]),
            (Quantity, &["Lineitem quantity"]),
            (Name, &["Lineitem name"]),
            (UnitPrice, &["Lineitem price"]),
            (Discount, &["Lineitem discount"]),
            (Sku, &["Lineitem sku"]),
        ],
        date_order: None,
    },
    Layout {
        key: "woocommerce-orders",
        title: "WooCommerce orders",
        kind: Kind::Orders,
        signature: &[
            &["Order Number", "order_number", "Order ID", "order_id"],
            &["Order Date", "date", "order_date"],
            &["Order Status", "status", "order_status"],
            &["SKU", "item_sku", "Product SKU"],
            &["Quantity", "item_quantity", "Quantity (- Refund)"],
            &["Item Name", "item_name", "Item Cost", "item_total", "Product Name"],
        ],
        named: &[],
        columns: &[
            (OrderRef, &["Order Number", "order_number", "Order ID", "order_id"]),
            (OrderedAt, &["Order Date", "date", "order_date"]),
            (Status, &["Order Status", "status", "order_status"]),
            (Customer, &["Customer User Email", "Email (Billing)", "customer_id", "billing_email"]),
            (Sku, &["SKU", "item_sku", "Product SKU"]),
            (Name, &["Item Name", "item_name", "Product Name"]),
            (Quantity, &["Quantity (- Refund)", "Quantity", "item_quantity"]),
            (NetAmount, &["Order Line Total", "item_total", "Item Total"]),
            (UnitPrice, &["Item Cost", "item_price"]),
        ],
        date_order: None,
    },
    Layout {
        key: "edi-stock",
        title: "Inventory report (X12 846, EDIFACT INVRPT)",
        kind: Kind::Stock,
        signature: &[&["edi_inventory"], &["sku"], &["on_hand"]],
        named: &[],
        columns: &[
            (Sku, &["sku"]),
            (OnHand, &["on_hand"]),
            (Gtin, &["gtin"]),
            (Name, &["name"]),
            (UnitOfMeasure, &["uom"]),
            (Lot, &["lot"]),
            (Expiry, &["expiry"]),
            (Site, &["partner"]),
            (AsOf, &["as_of"]),
        ],
        date_order: None,
    },
    Layout {
        key: "edi-outbound",
        title: "Order (X12 940, EDIFACT ORDERS)",
        kind: Kind::Shipments,
        signature: &[&["edi_order"], &["direction"], &["sku"], &["quantity"]],
        named: &[],
        columns: &[
            (ShipmentRef, &["edi_order"]),
            (Direction, &["direction"]),
            (ShippedAt, &["ordered_at"]),
            (ExpectedAt, &["expected_at"]),
            (Partner, &["partner"]),
            (LineRef, &["line"]),
            (Sku, &["sku"]),
            (Gtin, &["gtin"]),
            (Name, &["name"]),
            (Quantity, &["quantity"]),
            (UnitOfMeasure, &["uom"]),
        ],
        date_order: None,
    },
    Layout {
        key: "edi-orders",
        title: "Order as history (X12 940, EDIFACT ORDERS)",
        kind: Kind::Orders,
        signature: &[&["edi_order"], &["sku"], &["quantity"]],
        named: &[],
        columns: &[
            (OrderRef, &["edi_order"]),
            (OrderedAt, &["ordered_at"]),
            (ExpectedAt, &["expected_at"]),
            (Customer, &["partner"]),
            (LineRef, &["line"]),
            (Sku, &["sku"]),
            (Gtin, &["gtin"]),
            (Name, &["name"]),
            (Quantity, &["quantity"]),
            (UnitOfMeasure, &["uom"]),
            (UnitPrice, &["unit_price"]),
        ],
        date_order: None,
    },
    Layout {
        key: "edi-shipments",
        title: "Despatch advice (X12 856, 945, EDIFACT DESADV)",
        kind: Kind::Shipments,
        signature: &[&["edi_shipment"], &["sku"], &["quantity"]],
        named: &[],
        columns: &[
            (ShipmentRef, &["edi_shipment"]),
            (Direction, &["direction"]),
            (OrderRef, &["order"]),
            (LineRef, &["line"]),
            (ShippedAt, &["shipped_at"]),
            (ExpectedAt, &["expected_at"]),
            (Partner, &["partner"]),
            (Sku, &["sku"]),
            (Gtin, &["gtin"]),
            (Name, &["name"]),
            (Quantity, &["quantity"]),
            (UnitOfMeasure, &["uom"]),
            (Lot, &["lot"]),
            (Expiry, &["expiry"]),
            (Sscc, &["sscc"]),
        ],
        date_order: None,
    },
];

/// A heading with nothing but its letters and digits, in lower case.
fn whole(heading: &str) -> String {
    heading.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

struct Header<'a> {
    names: &'a [String],
    plain: Vec<String>,
    whole: Vec<String>,
}

impl<'a> Header<'a> {
    fn new(names: &'a [String]) -> Self {
        Self {
            plain: names.iter().map(|name| plain(name)).collect(),
            whole: names.iter().map(|name| whole(name)).collect(),
            names,
        }
    }

    fn find(&self, name: &str) -> Option<usize> {
        let (as_plain, as_whole) = (plain(name), whole(name));
        self.whole
            .iter()
            .position(|heading| *heading == as_whole)
            .or_else(|| self.plain.iter().position(|heading| *heading == as_plain))
    }

    fn any(&self, names: &[&str]) -> Option<usize> {
        names.iter().find_map(|name| self.find(name))
    }
}

impl Layout {
    /// The columns that tell, where all of them are there.
    fn told_by(&self, header: &Header<'_>, named: &str) -> Option<Vec<usize>> {
        if !self.named.is_empty() && !self.named.contains(&named) {
            return None;
        }
        let mut told = Vec::with_capacity(self.signature.len());
        for names in self.signature {
            let column = header.any(names)?;
            if !told.contains(&column) {
                told.push(column);
            }
        }
        // Two names of one column are one proof, not two.
        (told.len() == self.signature.len()).then_some(told)
    }

    fn mapping(&self, header: &Header<'_>) -> Mapping {
        let mut mapping = Mapping::of(self.kind);
        for (field, names) in self.columns {
            if let Some(column) = header.any(names) {
                mapping.set(*field, Some(column));
            }
        }
        mapping
    }
}

/// The layout of a name.
pub fn layout(key: &str) -> Option<&'static Layout> {
    LAYOUTS.iter().find(|layout| layout.key == key)
}

/// Tells what a file is by its columns; `named` is the sheet's name, or the file's without its ending. `None`: its columns fit
/// no file we know, and do not name what any import needs.
pub fn recognise(header: &[String], named: &str) -> Option<Recognised> {
    recognise_as(header, named, None)
}

/// The same among what holds one kind, where somebody says which: an order of EDI is an order to be sent, or history.
pub(crate) fn recognise_as(header: &[String], named: &str, kind: Option<Kind>) -> Option<Recognised> {
    let read = Header::new(header);
    let named = named.trim().to_lowercase();
    let best = LAYOUTS
        .iter()
        .filter(|layout| kind.is_none_or(|kind| kind == layout.kind))
        .filter_map(|layout| {
            let told = layout.told_by(&read, &named)?;
            let mapping = layout.mapping(&read);
            mapping.missing().is_empty().then_some((layout, told, mapping))
        })
        // The first of equals stays.
        .reduce(|best, next| if next.1.len() > best.1.len() { next } else { best });
    if let Some((layout, told, mapping)) = best {
        let because = told.iter().filter_map(|column| read.names.get(*column).cloned()).collect();
        return Some(Recognised { layout: Some(layout), mapping, because });
    }
    by_names(header).filter(|known| kind.is_none_or(|kind| kind == known.mapping.kind))
}

/// What a file of nobody's layout is, by the names of its columns alone: the kind that finds all it needs, and most columns.
fn by_names(header: &[String]) -> Option<Recognised> {
    // Each asks for two columns or more that say what the file is; an item master needs but one, so it must show others.
    const KINDS: [(Kind, usize); 7] = [
        (Kind::Orders, 3),
        (Kind::Deliveries, 4),
        (Kind::Vehicles, 2),
        (Kind::Stock, 2),
        (Kind::Items, 3),
        (Kind::Places, 3),
        (Kind::Customers, 2),
    ];
    let (_, mapping) = KINDS
        .into_iter()
        .map(|(kind, least)| (least, suggest(kind, header)))
        .filter(|(least, mapping)| mapping.missing().is_empty() && mapping.columns.len() >= *least)
        // A name and an address may be anybody's; what lists bins says more of them.
        .filter(|(_, mapping)| {
            let has = |field| mapping.column(field).is_some();
            mapping.kind != Kind::Places || has(Zone) || has(PosX) || has(PickOrder) || has(CapacityUnits)
        })
        // What names goods or orders tells of customers by the way.
        .filter(|(_, mapping)| {
            let orders = suggest(Kind::Orders, header);
            let tells = |field| orders.column(field).is_some();
            mapping.kind != Kind::Customers || !(tells(Sku) || tells(OrderRef) || tells(Quantity))
        })
        .reduce(|best, next| if own(&next.1) > own(&best.1) { next } else { best })?;
    let because = mapping.columns.iter().filter_map(|(_, column)| header.get(*column).cloned()).collect();
    Some(Recognised { layout: None, mapping, because })
}

/// How much of a mapping is of its own kind: needed fields count, then how many columns it explains.
fn own(mapping: &Mapping) -> usize {
    mapping.columns.len() + mapping.kind.needed().len()
}

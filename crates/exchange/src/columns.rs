//! Which column of a file means what.

use crate::column_format::{ColumnFormat, ColumnUnit};
use crate::dates::DateOrder;
use crate::numbers::DecimalMark;

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Order lines.
    Orders,
    /// The item master.
    Items,
    /// Stock on hand.
    Stock,
    /// Deliveries of a day or several.
    Deliveries,
    /// The vehicles of the fleet.
    Vehicles,
    /// How much of an item should be kept: least, reorder point, most.
    Levels,
    /// Sites, rooms and bins; suppliers where the file lists them among its places.
    Places,
    /// Suppliers.
    Suppliers,
    /// Goods announced or sent: a line each.
    Shipments,
    /// Customers.
    Customers,
}

/// What a column means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// The order's number.
    OrderRef,
    /// The day it was ordered.
    OrderedAt,
    /// SKU.
    Sku,
    /// How much was ordered.
    Quantity,
    /// What the line brought.
    NetAmount,
    /// Who ordered.
    Customer,
    /// The item's name.
    Name,
    /// The item's category.
    Category,
    /// Unit of measure.
    UnitOfMeasure,
    /// What a unit costs us.
    UnitCost,
    /// The supplier's code.
    SupplierCode,
    /// The supplier's name.
    SupplierName,
    /// Order to arrival in days.
    LeadTimeDays,
    /// Orders come in multiples of this.
    PackSize,
    /// Orders are at least this.
    OrderQuantityMin,
    /// Physically there.
    OnHand,
    /// Promised to orders.
    Allocated,
    /// On the way.
    OnOrder,
    /// The day the stock was counted.
    AsOf,
    /// The delivery's number, unique within its day.
    DeliveryCode,
    /// The day it is to be brought.
    DeliveryDay,
    /// To whom.
    Recipient,
    /// Where, as people write it.
    Address,
    /// Degrees north.
    Latitude,
    /// Degrees east.
    Longitude,
    /// How heavy, kg.
    WeightKg,
    /// How large, m³.
    VolumeM3,
    /// Time at the door, minutes.
    ServiceMinutes,
    /// The customer is there from.
    WindowFrom,
    /// The customer is there to.
    WindowTo,
    /// What the driver should know.
    Note,
    /// The vehicle's code or number plate.
    VehicleCode,
    /// What a vehicle may load, kg.
    CapacityKg,
    /// What fits into it, m³.
    CapacityM3,
    /// Its driver's shift begins.
    ShiftFrom,
    /// Its driver's shift ends.
    ShiftTo,
    /// What a day on the road costs before the first kilometre.
    CostFixed,
    /// What a kilometre costs.
    CostPerKm,
    /// What an hour costs.
    CostPerHour,
    /// The lot's number.
    Lot,
    /// The lot's last day.
    Expiry,
    /// The unit's own number.
    Serial,
    /// The bin.
    Bin,
    /// The site or room.
    Site,
    /// The bar code: GTIN, EAN or UPC.
    Gtin,
    /// Who makes it.
    Manufacturer,
    /// What its maker calls it.
    ManufacturerCode,
    /// What the supplier calls it.
    SupplierItem,
    /// Lots and expiry are kept of it.
    LotControl,
    /// It must be kept cold.
    ColdChain,
    /// It is a controlled substance.
    Controlled,
    /// It is dangerous.
    Hazardous,
    /// It is in use.
    Active,
    /// Its words.
    Tags,
    /// What a package of it costs.
    PackagePrice,
    /// What the package is.
    PackageType,
    /// What one is sold at.
    UnitPrice,
    /// What was taken off the line's price.
    Discount,
    /// The least there should be.
    LevelMin,
    /// Order when there is no more than this.
    LevelReorder,
    /// The most there should be.
    LevelMax,
    /// How long an order lasts, days.
    ReviewDays,
    /// A class by value or movement.
    AbcClass,
    /// The place's name.
    PlaceName,
    /// The place's code.
    PlaceCode,
    /// What the place is: depot, bin, supplier.
    PlaceType,
    /// The place it is in.
    PlaceParent,
    /// Whose it is.
    Organization,
    /// The town.
    City,
    /// The postal code.
    Postcode,
    /// The country.
    Country,
    /// A load to bring (below zero) or fetch (above), in whatever the vehicles' capacity is counted in.
    Demand,
    /// So many of the kind.
    Count,
    /// What it drives like: car, truck.
    Profile,
    /// How far the order is.
    Status,
    /// The shipment's number.
    ShipmentRef,
    /// The day it was, or will be, sent.
    ShippedAt,
    /// The day it should be there.
    ExpectedAt,
    /// The line's number.
    LineRef,
    /// The handling unit's number.
    Sscc,
    /// Coming in or going out.
    Direction,
    /// Who it comes from or goes to.
    Partner,
    /// The zone of a bin.
    Zone,
    /// Where a bin is, along, metres.
    PosX,
    /// The same across.
    PosY,
    /// Its level above the floor.
    PosLevel,
    /// Its turn on a picking walk.
    PickOrder,
    /// What it holds, in units.
    CapacityUnits,
    /// What it holds, in handling units.
    CapacityHandlingUnits,
    /// How cold it is kept, or wants to lie.
    TemperatureClass,
    /// How many of the item's own unit are in the row's unit.
    UnitFactor,
    /// How long one is.
    Length,
    /// How wide.
    Width,
    /// How high.
    Height,
    /// Another item that may stand in for it.
    Substitute,
}

impl Kind {
    /// Every field a file of this kind may have, needed ones first.
    pub const fn fields(self) -> &'static [Field] {
        use Field::*;
        match self {
            Kind::Orders => &[
                Sku,
                OrderedAt,
                Quantity,
                OrderRef,
                NetAmount,
                Customer,
                Name,
                Category,
                UnitOfMeasure,
                UnitPrice,
                Discount,
                LineRef,
                Site,
                Gtin,
                ExpectedAt,
                Status,
            ],
            Kind::Items => &[
                Sku,
                Name,
                Category,
                UnitOfMeasure,
                UnitCost,
                SupplierCode,
                SupplierName,
                LeadTimeDays,
                PackSize,
                OrderQuantityMin,
                Gtin,
                Manufacturer,
                ManufacturerCode,
                SupplierItem,
                PackagePrice,
                PackageType,
                LotControl,
                ColdChain,
                Controlled,
                Hazardous,
                Active,
                Tags,
                UnitPrice,
                LevelMin,
                Bin,
                Site,
                Note,
                UnitFactor,
                Length,
                Width,
                Height,
                WeightKg,
                VolumeM3,
                TemperatureClass,
                Substitute,
            ],
            Kind::Stock => &[
                Sku,
                OnHand,
                Allocated,
                OnOrder,
                AsOf,
                Lot,
                Expiry,
                Serial,
                Bin,
                Site,
                Name,
                UnitOfMeasure,
                UnitCost,
                Gtin,
                Status,
                Note,
            ],
            Kind::Levels => &[
                Sku,
                Name,
                LevelMin,
                LevelReorder,
                LevelMax,
                OnHand,
                Bin,
                Site,
                Category,
                UnitOfMeasure,
                LeadTimeDays,
                ReviewDays,
                PackSize,
                PackageType,
                PackagePrice,
                UnitCost,
                SupplierCode,
                SupplierName,
                Manufacturer,
                ManufacturerCode,
                Tags,
                AbcClass,
                Status,
            ],
            Kind::Places => &[
                PlaceName,
                PlaceCode,
                PlaceType,
                PlaceParent,
                Organization,
                Active,
                Address,
                City,
                Postcode,
                Country,
                Latitude,
                Longitude,
                Note,
                Zone,
                PosX,
                PosY,
                PosLevel,
                PickOrder,
                CapacityUnits,
                CapacityHandlingUnits,
                CapacityM3,
                CapacityKg,
                TemperatureClass,
            ],
            Kind::Suppliers => &[SupplierName, SupplierCode, LeadTimeDays, Note],
            Kind::Customers => &[Customer, Recipient, Address, City, Postcode, Country, Note],
            Kind::Shipments => &[
                ShipmentRef,
                Sku,
                Quantity,
                Direction,
                OrderRef,
                LineRef,
                ShippedAt,
                ExpectedAt,
                Partner,
                Name,
                UnitOfMeasure,
                Lot,
                Expiry,
                Gtin,
                Sscc,
            ],
            Kind::Deliveries => &[
                DeliveryCode,
                DeliveryDay,
                Latitude,
                Longitude,
                Recipient,
                Address,
                WeightKg,
                VolumeM3,
                ServiceMinutes,
                WindowFrom,
                WindowTo,
                Note,
                Demand,
            ],
            Kind::Vehicles => &[
                VehicleCode,
                CapacityKg,
                Name,
                CapacityM3,
                ShiftFrom,
                ShiftTo,
                CostFixed,
                CostPerKm,
                CostPerHour,
                Count,
                Profile,
                Latitude,
                Longitude,
            ],
        }
    }

    /// The fields a file must have.
    pub const fn needed(self) -> &'static [Field] {
        use Field::*;
        match self {
            Kind::Orders => &[Sku, OrderedAt, Quantity],
            Kind::Items => &[Sku],
            Kind::Stock => &[Sku, OnHand],
            Kind::Deliveries => &[DeliveryCode, DeliveryDay, Latitude, Longitude],
            Kind::Vehicles => &[VehicleCode, CapacityKg],
            Kind::Levels => &[Sku],
            Kind::Places => &[PlaceName],
            Kind::Suppliers => &[SupplierName],
            Kind::Customers => &[Customer],
            Kind::Shipments => &[ShipmentRef, Sku, Quantity],
        }
    }

    /// All of them.
    pub const ALL: [Self; 10] = [
        Kind::Orders,
        Kind::Items,
        Kind::Stock,
        Kind::Deliveries,
        Kind::Vehicles,
        Kind::Levels,
        Kind::Places,
        Kind::Suppliers,
        Kind::Shipments,
        Kind::Customers,
    ];

    /// Its name on the command line and in reports.
    pub const fn key(self) -> &'static str {
        match self {
            Kind::Orders => "orders",
            Kind::Items => "items",
            Kind::Stock => "stock",
            Kind::Deliveries => "deliveries",
            Kind::Vehicles => "vehicles",
            Kind::Levels => "levels",
            Kind::Places => "places",
            Kind::Suppliers => "suppliers",
            Kind::Shipments => "shipments",
            Kind::Customers => "customers",
        }
    }
}

impl Field {
    /// Its name in settings and saved mappings; also what our own templates call the column.
    pub const fn key(self) -> &'static str {
        match self {
            Field::OrderRef => "order_id",
            Field::OrderedAt => "ordered_at",
            Field::Sku => "sku",
            Field::Quantity => "quantity",
            Field::NetAmount => "net_amount",
            Field::Customer => "customer_id",
            Field::Name => "name",
            Field::Category => "category",
            Field::UnitOfMeasure => "uom",
            Field::UnitCost => "unit_cost",
            Field::SupplierCode => "supplier_code",
            Field::SupplierName => "supplier_name",
            Field::LeadTimeDays => "lead_time_days",
            Field::PackSize => "pack_size",
            Field::OrderQuantityMin => "order_quantity_min",
            Field::OnHand => "on_hand",
            Field::Allocated => "allocated",
            Field::OnOrder => "on_order",
            Field::AsOf => "as_of",
            Field::DeliveryCode => "delivery",
            Field::DeliveryDay => "day",
            Field::Recipient => "customer",
            Field::Address => "address",
            Field::Latitude => "latitude",
            Field::Longitude => "longitude",
            Field::WeightKg => "weight_kg",
            Field::VolumeM3 => "volume_m3",
            Field::ServiceMinutes => "service_minutes",
            Field::WindowFrom => "window_from",
            Field::WindowTo => "window_to",
            Field::Note => "note",
            Field::VehicleCode => "vehicle",
            Field::CapacityKg => "capacity_kg",
            Field::CapacityM3 => "capacity_m3",
            Field::ShiftFrom => "shift_from",
            Field::ShiftTo => "shift_to",
            Field::CostFixed => "cost_fixed",
            Field::CostPerKm => "cost_per_km",
            Field::CostPerHour => "cost_per_hour",
            Field::Lot => "lot",
            Field::Expiry => "expiry",
            Field::Serial => "serial",
            Field::Bin => "bin",
            Field::Site => "site",
            Field::Gtin => "gtin",
            Field::Manufacturer => "manufacturer",
            Field::ManufacturerCode => "manufacturer_code",
            Field::SupplierItem => "supplier_item",
            Field::LotControl => "lot_control",
            Field::ColdChain => "cold_chain",
            Field::Controlled => "controlled",
            Field::Hazardous => "hazardous",
            Field::Active => "active",
            Field::Tags => "tags",
            Field::PackagePrice => "package_price",
            Field::PackageType => "package_type",
            Field::UnitPrice => "sale_price",
            Field::Discount => "discount",
            Field::LevelMin => "level_min",
            Field::LevelReorder => "level_reorder",
            Field::LevelMax => "level_max",
            Field::ReviewDays => "review_days",
            Field::AbcClass => "abc_class",
            Field::PlaceName => "place_name",
            Field::PlaceCode => "place_code",
            Field::PlaceType => "place_type",
            Field::PlaceParent => "place_parent",
            Field::Organization => "organization",
            Field::City => "city",
            Field::Postcode => "postcode",
            Field::Country => "country",
            Field::Demand => "signed_load",
            Field::Count => "count",
            Field::Profile => "profile",
            Field::Status => "status",
            Field::ShipmentRef => "shipment",
            Field::ShippedAt => "shipped_at",
            Field::ExpectedAt => "expected_at",
            Field::LineRef => "line",
            Field::Sscc => "sscc",
            Field::Direction => "direction",
            Field::Partner => "partner",
            Field::Zone => "zone",
            Field::PosX => "x_m",
            Field::PosY => "y_m",
            Field::PosLevel => "level",
            Field::PickOrder => "pick_order",
            Field::CapacityUnits => "capacity_units",
            Field::CapacityHandlingUnits => "capacity_handling_units",
            Field::TemperatureClass => "temperature_class",
            Field::UnitFactor => "unit_factor",
            Field::Length => "length",
            Field::Width => "width",
            Field::Height => "height",
            Field::Substitute => "substitute",
        }
    }

    /// Whether it holds numbers that add up.
    pub const fn is_number(self) -> bool {
        use Field::*;
        matches!(
            self,
            Quantity
                | NetAmount
                | OnHand
                | Allocated
                | OnOrder
                | WeightKg
                | VolumeM3
                | CapacityKg
                | Count
                | Demand
                | LevelMin
                | LevelReorder
                | LevelMax
        )
    }

    /// The field of a [`Field::key`].
    pub fn from_key(key: &str) -> Option<Self> {
        Kind::ALL.into_iter().flat_map(|kind| kind.fields()).find(|field| field.key() == key).copied()
    }
}

/// Which column of a file means what, and how its dates and numbers are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapping {
    /// What the file holds.
    pub kind: Kind,
    /// Field and column index (from 0), each field at most once.
    pub columns: Vec<(Field, usize)>,
    /// How dates that could be read two ways are written; `None`: not known yet ([`crate::survey`] finds out, else a person
    /// is asked). Dates that start with a year or name their month need no answer.
    pub date_order: Option<DateOrder>,
    /// How decimals are written; `None`: with a point.
    pub decimal_mark: Option<DecimalMark>,
    /// The day of rows that give none, where the file's other rows all have the same.
    pub day: Option<units::Day>,
    /// Columns that are written otherwise than the file.
    pub formats: Vec<(Field, ColumnFormat)>,
}

impl Mapping {
    /// A mapping of no column yet.
    pub fn of(kind: Kind) -> Self {
        Self {
            kind,
            columns: Vec::new(),
            date_order: None,
            decimal_mark: None,
            day: None,
            formats: Vec::new(),
        }
    }

    /// How a field's column is written, as far as it is not as the file.
    pub fn format(&self, field: Field) -> ColumnFormat {
        self.formats.iter().find(|(f, _)| *f == field).map(|(_, format)| *format).unwrap_or_default()
    }

    /// Says of a field's column how it is written.
    pub fn set_format(&mut self, field: Field, say: impl FnOnce(&mut ColumnFormat)) {
        let mut format = self.format(field);
        say(&mut format);
        self.formats.retain(|(f, _)| *f != field);
        if format != ColumnFormat::default() {
            self.formats.push((field, format));
        }
    }

    /// Takes units from the names of columns, where nobody said any.
    pub fn units_of(&mut self, header: &[String]) {
        for (field, column) in self.columns.clone() {
            let told = header.get(column).and_then(|heading| ColumnUnit::told_by(field, heading));
            // An item's own size is read finer than a thousandth of a cubic metre: it knows the metric units of its headings itself.
            let sized = matches!(self.kind, Kind::Items | Kind::Levels)
                && matches!(field, Field::WeightKg | Field::VolumeM3);
            let told = told.filter(|unit| !sized || !["kg", "g", "m3", "l", "ml"].contains(&unit.key));
            if self.format(field).unit.is_none() && told.is_some() {
                self.set_format(field, |format| format.unit = told);
            }
        }
    }

    /// The column of a field.
    pub fn column(&self, field: Field) -> Option<usize> {
        self.columns.iter().find(|(f, _)| *f == field).map(|(_, column)| *column)
    }

    /// Points a field at a column, or at none.
    pub fn set(&mut self, field: Field, column: Option<usize>) {
        self.columns.retain(|(f, _)| *f != field);
        if let Some(column) = column {
            self.columns.push((field, column));
        }
    }

    /// The needed fields that have no column.
    pub fn missing(&self) -> Vec<Field> {
        self.kind.needed().iter().filter(|field| self.column(**field).is_none()).copied().collect()
    }
}

/// The names a column goes by in a kind of file. In a file of orders a bare `name` is the item's only where no
/// better column is: it may be the order's number (Shopify).
const fn names_in(kind: Kind, field: Field) -> &'static [&'static str] {
    match (kind, field) {
        (Kind::Orders, Field::Name) => &[
            "item name",
            "product name",
            "item description",
            "product description",
            "lineitem name",
            "goods_desc",
            "description",
            "product",
            "part name",
            "商品名称",
            "物料名称",
            "产品名称",
            "货品名称",
            "品名",
            "商品描述",
            "name",
            "名称",
        ],
        (Kind::Orders, Field::Category) => &[
            "category",
            "product category",
            "item group",
            "item category",
            "category name",
            "goods_class",
            "商品类别",
            "商品分类",
            "类别",
            "品类",
            "物料组",
        ],
        (Kind::Places, Field::PlaceName) => &[
            "place_name",
            "bin",
            "bin code",
            "bin name",
            "bin location",
            "location code",
            "location name",
            "storage bin",
            "slot",
            "库位",
            "库位编码",
            "库位编号",
            "库位代码",
            "库位名称",
            "货位",
            "货位编码",
            "货位编号",
            "货位名称",
            "储位",
            "储位编码",
            "name",
            "warehouse name",
            "仓库名称",
            "名称",
        ],
        (Kind::Places, Field::PlaceParent) => &[
            "place_parent",
            "parentlocation",
            "parent location",
            "warehouse",
            "warehouse code",
            "warehouse name",
            "site",
            "facility",
            "owner",
            "parent",
            "仓库",
            "仓库名称",
            "仓库编码",
            "库房",
            "所属仓库",
            "所属",
        ],
        (Kind::Places, Field::CapacityKg) => &[
            "capacity_kg",
            "capacity kg",
            "max weight",
            "max weight kg",
            "weight capacity",
            "load kg",
            "weight limit",
            "载重",
            "最大载重",
            "承重",
            "限重",
        ],
        (Kind::Places, Field::CapacityM3) => &[
            "capacity_m3",
            "capacity m3",
            "capacity volume",
            "volume capacity",
            "max volume",
            "volume_m3",
            "volume",
            "容积",
            "体积",
            "最大体积",
        ],
        (Kind::Items, Field::WeightKg) => &[
            "weight_kg",
            "weight kg",
            "gross weight",
            "weight",
            "weight_g",
            "goods_weight",
            "毛重",
            "重量",
            "单重",
        ],
        // In an item master a bare unit price is what the item costs us.
        (Kind::Items, Field::UnitPrice) => {
            &["sale price", "sales price", "list price", "goods_price", "售价", "销售价", "零售价"]
        }
        _ => names(field),
    }
}

/// The names a column goes by, best first; compared without case, spaces and punctuation. From the files of OpenBoxes,
/// ERPNext, Odoo, InvenTree, GreaterWMS (English and Chinese labels), SAP Business One, Shopify and WooCommerce exports.
const fn names(field: Field) -> &'static [&'static str] {
    match field {
        Field::OrderRef => &[
            "order_id",
            "order no",
            "order number",
            "order_ref",
            "order",
            "order reference",
            "sales order",
            "so number",
            "invoice no",
            "invoice",
            "basket_id",
            "transaction_id",
            "dn code",
            "name of order",
            "document number",
            "订单号",
            "订单编号",
            "单号",
            "订单",
            "销售单号",
            "出库单号",
            "发货单号",
        ],
        Field::OrderedAt => &[
            "ordered_at",
            "order date",
            "date",
            "ordered on",
            "order time",
            "transaction_timestamp",
            "posting date",
            "transaction date",
            "created at",
            "create_time",
            "created",
            "day",
            "invoice date",
            "timestamp",
            "time",
            "日期",
            "下单日期",
            "下单时间",
            "订单日期",
            "订单时间",
            "创建时间",
            "销售日期",
            "出库日期",
        ],
        Field::Sku => &[
            "sku",
            "product code",
            "productcode",
            "item code",
            "item_code",
            "goods_code",
            "item no",
            "item number",
            "ipn",
            "internal reference",
            "article",
            "article number",
            "part number",
            "material",
            "product_id",
            "stockcode",
            "stock code",
            "item_id",
            "sku code",
            "item",
            "part",
            "商品编码",
            "商品编号",
            "物料编码",
            "物料编号",
            "货号",
            "产品编码",
            "产品编号",
            "存货编码",
            "编码",
        ],
        Field::Quantity => &[
            "quantity",
            "qty",
            "ordered qty",
            "order quantity",
            "quantity ordered",
            "lineitem quantity",
            "goods_qty",
            "units",
            "requested qty",
            "quantity requested",
            "sales qty",
            "demand",
            "数量",
            "订购数量",
            "订单数量",
            "销售数量",
            "出库数量",
            "件数",
        ],
        Field::NetAmount => &[
            "net_amount",
            "amount",
            "net amount",
            "line total",
            "subtotal",
            "total",
            "sales_value",
            "net value",
            "revenue",
            "sales",
            "净额",
            "金额",
            "销售额",
            "销售金额",
            "小计",
            "总价",
        ],
        Field::Customer => &[
            "customer_id",
            "customer",
            "customer code",
            "customer name",
            "household_id",
            "client",
            "ship to",
            "buyer",
            "客户",
            "客户编号",
            "客户编码",
            "客户名称",
            "会员号",
            "买家",
        ],
        Field::Name => &[
            "name",
            "product name",
            "item name",
            "description",
            "goods_desc",
            "item description",
            "product",
            "title",
            "part name",
            "名称",
            "商品名称",
            "物料名称",
            "产品名称",
            "品名",
            "商品描述",
            "描述",
        ],
        Field::Category => &[
            "category",
            "item group",
            "product category",
            "category name",
            "goods_class",
            "group",
            "类别",
            "分类",
            "商品类别",
            "品类",
            "物料组",
        ],
        Field::UnitOfMeasure => &[
            "uom",
            "unit of measure",
            "unitofmeasure",
            "stock_uom",
            "unit",
            "units of measure",
            "goods_unit",
            "单位",
            "计量单位",
            "商品单位",
        ],
        Field::UnitCost => &[
            "unit_cost",
            "unitcost",
            "cost",
            "unit price",
            "price per unit",
            "standard cost",
            "valuation rate",
            "purchase_price",
            "goods_cost",
            "contract price each",
            "buying price",
            "price",
            "单位成本",
            "成本",
            "成本价",
            "采购价",
            "进价",
            "单价",
        ],
        Field::SupplierCode => &[
            "supplier_code",
            "vendor code",
            "vendorcode",
            "supplier id",
            "vendor id",
            "supplier no",
            "供应商编码",
            "供应商编号",
            "供应商代码",
        ],
        Field::SupplierName => &[
            "supplier_name",
            "supplier",
            "vendor name",
            "vendorname",
            "vendor",
            "goods_supplier",
            "default supplier",
            "manufacturer name",
            "供应商",
            "供应商名称",
            "供货商",
        ],
        Field::LeadTimeDays => &[
            "lead_time_days",
            "lead time days",
            "expected lead time days",
            "lead time",
            "leadtime",
            "delivery days",
            "提前期",
            "交货期",
            "采购提前期",
            "交期",
            "供货周期",
        ],
        Field::PackSize => &[
            "pack_size",
            "package size",
            "quantity per package",
            "pack",
            "case size",
            "pack qty",
            "carton qty",
            "order multiple",
            "lot size",
            "包装数量",
            "箱规",
            "装箱数",
            "包装规格",
            "每箱数量",
        ],
        Field::OrderQuantityMin => &[
            "order_quantity_min",
            "min order",
            "minimum order",
            "moq",
            "minimum order quantity",
            "minimum order quantity each",
            "min order qty",
            "最小订购量",
            "起订量",
            "最小起订量",
            "最低订货量",
        ],
        Field::OnHand => &[
            "on_hand",
            "physical qoh",
            "on hand",
            "quantity on hand",
            "qoh",
            "soh",
            "stock on hand",
            "ob qoh",
            "on hand qty",
            "onhand_stock",
            "actual qty",
            "counted quantity",
            "in_stock",
            "current quantity",
            "stock",
            "quantity",
            "qty",
            "available stock",
            "goods_qty",
            "库存",
            "库存数量",
            "现存量",
            "在库数量",
            "实际库存",
            "现有库存",
            "商品数量",
            "数量",
        ],
        Field::Allocated => &[
            "allocated",
            "reserved",
            "reserved qty",
            "committed",
            "allocated qty",
            "pick_qty",
            "ordered_stock",
            "已分配",
            "占用",
            "预留",
            "已占用",
            "锁定数量",
            "待拣货数量",
        ],
        Field::OnOrder => &[
            "on_order",
            "ordering",
            "ordered qty",
            "in transit",
            "incoming",
            "asn_stock",
            "on purchase",
            "在途",
            "在途数量",
            "采购在途",
            "已订购",
        ],
        Field::AsOf => &[
            "as_of",
            "as of",
            "stocktake_date",
            "date counted",
            "count date",
            "snapshot date",
            "date",
            "update_time",
            "盘点日期",
            "截至日期",
            "库存日期",
            "更新时间",
            "日期",
        ],
        Field::DeliveryCode => &[
            "delivery",
            "delivery number",
            "delivery no",
            "delivery id",
            "order number",
            "order no",
            "order_ref",
            "order id",
            "order",
            "number",
            "reference",
            "code",
            "id",
            "配送单号",
            "送货单号",
            "运单号",
            "订单号",
            "订单编号",
            "单号",
            "编号",
        ],
        Field::DeliveryDay => &[
            "day",
            "delivery day",
            "delivery date",
            "date",
            "scheduled_at",
            "scheduled date",
            "planned date",
            "配送日期",
            "送货日期",
            "交货日期",
            "日期",
        ],
        Field::Recipient => &[
            "customer",
            "customer name",
            "dropoff_name",
            "recipient",
            "ship to",
            "consignee",
            "name",
            "客户",
            "客户名称",
            "收货人",
            "收件人",
        ],
        Field::Address => &[
            "address",
            "dropoff_street1",
            "delivery address",
            "street",
            "street address",
            "地址",
            "收货地址",
            "配送地址",
            "送货地址",
        ],
        Field::Latitude => &["latitude", "lat", "dropoff_lat", "geo lat", "纬度"],
        Field::Longitude => &["longitude", "lon", "lng", "long", "dropoff_lng", "geo lng", "经度"],
        Field::WeightKg => {
            &["weight_kg", "weight kg", "weight", "gross weight", "kg", "demand", "重量", "毛重", "重量kg"]
        }
        Field::VolumeM3 => &["volume_m3", "volume m3", "volume", "m3", "cbm", "体积", "体积m3", "立方数"],
        Field::ServiceMinutes => &[
            "service_minutes",
            "service_time_min",
            "service minutes",
            "service time",
            "unloading minutes",
            "duration min",
            "service",
            "服务时间",
            "卸货时间",
            "停留时间",
        ],
        Field::WindowFrom => &[
            "window_from",
            "time_window_start",
            "window start",
            "from",
            "earliest",
            "open",
            "ready time",
            "时间窗开始",
            "最早时间",
            "开始时间",
        ],
        Field::WindowTo => &[
            "window_to",
            "time_window_end",
            "window end",
            "to",
            "until",
            "latest",
            "close",
            "due time",
            "时间窗结束",
            "最晚时间",
            "结束时间",
        ],
        Field::Note => &["note", "notes", "remark", "remarks", "comment", "instructions", "备注", "说明"],
        Field::VehicleCode => &[
            "vehicle",
            "vehicle code",
            "code",
            "plate",
            "number plate",
            "vehicle_plate",
            "licence plate",
            "license plate",
            "registration",
            "vehicle id",
            "id",
            "车牌",
            "车牌号",
            "车辆",
            "车辆编号",
        ],
        Field::CapacityKg => &[
            "capacity_kg",
            "capacity kg",
            "payload",
            "payload kg",
            "max weight",
            "capacity",
            "load kg",
            "载重",
            "载重量",
            "最大载重",
        ],
        Field::CapacityM3 => {
            &["capacity_m3", "capacity m3", "volume_m3", "volume", "load volume", "容积", "车厢容积"]
        }
        Field::ShiftFrom => {
            &["shift_from", "shift start", "shift begin", "start", "from", "班次开始", "上班时间", "开始时间"]
        }
        Field::ShiftTo => &["shift_to", "shift end", "end", "to", "班次结束", "下班时间", "结束时间"],
        Field::CostFixed => &["cost_fixed", "fixed cost", "fixed", "cost per day", "固定成本", "固定费用"],
        Field::CostPerKm => &["cost_per_km", "cost per km", "per km", "每公里成本", "每公里费用"],
        Field::CostPerHour => &["cost_per_hour", "cost per hour", "per hour", "每小时成本", "每小时费用"],
        Field::Lot => &[
            "lot",
            "lot number",
            "lot no",
            "batch",
            "batch no",
            "batch number",
            "batch_code",
            "lot/serial number",
            "lot_serial",
            "批号",
            "批次",
            "批次号",
            "生产批号",
        ],
        Field::Expiry => &[
            "expiry",
            "expiration date",
            "expiry date",
            "expiry_date",
            "expiration",
            "expires",
            "best before",
            "use by",
            "有效期",
            "有效期至",
            "到期日",
            "到期日期",
            "失效日期",
            "保质期至",
        ],
        Field::Serial => &["serial", "serial number", "serial no", "sn", "序列号"],
        Field::Bin => &[
            "bin",
            "bin location",
            "bin_name",
            "bin location code",
            "preferred bin location",
            "shelf",
            "bin code",
            "库位",
            "库位名称",
            "货位",
            "储位",
        ],
        Field::Site => &[
            "site",
            "warehouse",
            "location",
            "facility",
            "warehouse code",
            "store",
            "depot",
            "仓库",
            "仓库名称",
            "库房",
        ],
        Field::Gtin => &["gtin", "barcode", "bar_code", "ean", "upc", "ean13", "条码", "条形码", "商品条码"],
        Field::Manufacturer => &[
            "manufacturer",
            "manufacturer name",
            "manufacturername",
            "brand",
            "brand name",
            "生产商",
            "制造商",
            "生产厂家",
            "品牌",
        ],
        Field::ManufacturerCode => {
            &["manufacturer code", "manufacturercode", "manufacturer item no", "mpn", "制造商编码"]
        }
        Field::SupplierItem => &[
            "supplier_item",
            "supplier item no",
            "supplier sku",
            "vendor item code",
            "vendor product code",
            "供应商货号",
        ],
        Field::LotControl => &["lot control", "lotandexpirycontrol", "批次管理"],
        Field::ColdChain => &["cold chain", "coldchain", "冷链"],
        Field::Controlled => &["controlled", "controlled substance", "controlledsubstance", "管制"],
        Field::Hazardous => {
            &["hazardous", "hazardous material", "hazardousmaterial", "dangerous goods", "危险品"]
        }
        Field::Active => &["active", "enabled", "启用"],
        Field::Tags => &["tags", "标签"],
        Field::PackagePrice => &["package price", "price per package", "包装价"],
        Field::PackageType => &["default package type", "package uom", "package type", "包装类型"],
        Field::UnitPrice => &[
            "unit price",
            "item price",
            "lineitem price",
            "sale price",
            "list price",
            "sales price",
            "goods_price",
            "售价",
            "销售价",
            "零售价",
        ],
        Field::Discount => &["discount", "line discount", "lineitem discount", "折扣", "优惠"],
        Field::LevelMin => &[
            "level_min",
            "min quantity",
            "minimum quantity",
            "minimum_stock",
            "safety stock",
            "min stock",
            "min",
            "minimum",
            "安全库存",
            "最低库存",
            "最小库存",
        ],
        Field::LevelReorder => &[
            "level_reorder",
            "reorder quantity",
            "reorder level",
            "reorder point",
            "warehouse_reorder_level",
            "rop",
            "再订货点",
            "订货点",
        ],
        Field::LevelMax => &[
            "level_max",
            "max quantity",
            "maximum quantity",
            "max stock",
            "max",
            "maximum",
            "最高库存",
            "最大库存",
        ],
        Field::ReviewDays => &["replenishment period days", "review period days", "review days", "补货周期"],
        Field::AbcClass => &["abc class", "abcclass", "abc", "abc分类"],
        Field::PlaceName => &[
            "place_name",
            "name",
            "location name",
            "bin name",
            "warehouse name",
            "库位名称",
            "仓库名称",
            "名称",
        ],
        Field::PlaceCode => {
            &["place_code", "locationnumber", "location number", "location code", "code", "编码"]
        }
        Field::PlaceType => &["place_type", "locationtype", "location type", "type", "类型"],
        Field::PlaceParent => {
            &["place_parent", "parentlocation", "parent location", "owner", "parent", "所属"]
        }
        Field::Organization => &["organization", "organisation", "company", "公司"],
        Field::City => &["city", "town", "城市"],
        Field::Postcode => &["postalcode", "postal code", "postcode", "zip", "邮编"],
        Field::Country => &["country", "国家"],
        // Only where the whole layout is known: in other files a demand is a weight.
        Field::Demand => &["signed_load"],
        Field::Count => &["amount", "count", "数量"],
        Field::Profile => &["profile", "类型"],
        Field::Status => &["status", "状态"],
        Field::ShipmentRef => &[
            "shipment",
            "shipment number",
            "asn",
            "asn code",
            "delivery note",
            "dn code",
            "发货单号",
            "到货通知单",
        ],
        Field::ShippedAt => &["shipped_at", "ship date", "shipped", "发货日期"],
        Field::ExpectedAt => {
            &["expected_at", "expected date", "eta", "due date", "delivery date", "预计到货"]
        }
        Field::LineRef => &["line", "line number", "line no", "行号"],
        Field::Sscc => &["sscc", "handling unit", "托盘号"],
        Field::Direction => &["direction", "方向"],
        Field::Partner => &["partner", "supplier", "customer", "对方"],
        Field::Zone => &[
            "zone",
            "zone name",
            "zone code",
            "area",
            "storage type",
            "section",
            "room",
            "库区",
            "库区名称",
            "库区编码",
            "区域",
            "分区",
        ],
        Field::PosX => &["x_m", "x", "x mm", "x coordinate", "pos x", "coord x", "坐标x", "x坐标", "横坐标"],
        Field::PosY => &["y_m", "y", "y mm", "y coordinate", "pos y", "coord y", "坐标y", "y坐标", "纵坐标"],
        Field::PosLevel => &["level", "tier", "shelf level", "floor level", "层", "层号", "层数", "货架层"],
        Field::PickOrder => &[
            "pick_order",
            "pick sequence",
            "picking sequence",
            "pick seq",
            "sequence",
            "walk order",
            "拣货顺序",
            "拣选顺序",
            "路径序号",
        ],
        Field::CapacityUnits => &[
            "capacity_units",
            "capacity",
            "max quantity",
            "max units",
            "bin capacity",
            "容量",
            "最大数量",
            "库容",
        ],
        Field::CapacityHandlingUnits => &[
            "capacity_handling_units",
            "max pallets",
            "pallets",
            "pallet capacity",
            "max handling units",
            "托盘数",
            "托位数",
            "最大托盘数",
        ],
        Field::TemperatureClass => &[
            "temperature_class",
            "temperature",
            "temp class",
            "storage condition",
            "storage conditions",
            "temperature zone",
            "temp zone",
            "温度等级",
            "温区",
            "温层",
            "储存条件",
            "存储条件",
            "温度",
        ],
        Field::UnitFactor => &[
            "unit_factor",
            "conversion factor",
            "conversion",
            "factor",
            "qty per unit",
            "units per",
            "base qty",
            "uom factor",
            "换算率",
            "换算系数",
            "换算关系",
        ],
        Field::Length => &["length", "length_mm", "length_cm", "goods_d", "depth", "长", "长度"],
        Field::Width => &["width", "width_mm", "width_cm", "goods_w", "宽", "宽度"],
        Field::Height => &["height", "height_mm", "height_cm", "goods_h", "高", "高度"],
        Field::Substitute => {
            &["substitute", "substitute item", "alternative item", "替代品", "替代物料", "替代料"]
        }
    }
}

/// A heading reduced to what is compared: lower-case letters, digits and CJK; what stands in brackets is dropped where
/// something is left without it (`数量 (件)` is `数量`).
pub(crate) fn plain(heading: &str) -> String {
    let keep = |text: &str| -> String {
        text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
    };
    let outside: String = {
        let mut depth = 0_u32;
        heading
            .chars()
            .filter(|c| match c {
                '(' | '（' | '[' | '【' => {
                    depth += 1;
                    false
                }
                ')' | '）' | ']' | '】' => {
                    depth = depth.saturating_sub(1);
                    false
                }
                _ => depth == 0,
            })
            .collect()
    };
    let outside = keep(&outside);
    if outside.is_empty() { keep(heading) } else { outside }
}

/// Guesses which column means what by the names in the header. A column is used once; the better name wins, then the
/// column further left. What is not found stays open for a person to choose.
pub fn suggest(kind: Kind, header: &[String]) -> Mapping {
    let plain_header: Vec<String> = header.iter().map(|heading| plain(heading)).collect();
    let full_header: Vec<String> = header
        .iter()
        .map(|heading| heading.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect())
        .collect();
    let mut candidates: Vec<(usize, usize, usize, Field)> = Vec::new();
    for (order, field) in kind.fields().iter().enumerate() {
        for (rank, name) in names_in(kind, *field).iter().enumerate() {
            let name = plain(name);
            for (column, heading) in plain_header.iter().enumerate() {
                if *heading == name || full_header.get(column) == Some(&name) {
                    candidates.push((rank, order, column, *field));
                }
            }
        }
    }
    candidates.sort();
    let mut mapping = Mapping::of(kind);
    for (_, _, column, field) in candidates {
        let free = mapping.columns.iter().all(|(f, c)| *f != field && *c != column);
        if free {
            mapping.columns.push((field, column));
        }
    }
    mapping.columns.sort_by_key(|(_, column)| *column);
    mapping
}

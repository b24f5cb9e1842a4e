use super::*;
use crate::Kind;

fn told(header: &str, named: &str) -> (Option<&'static str>, Option<Kind>) {
    let header: Vec<String> = header.split(',').map(str::to_owned).collect();
    let known = recognise(&header, named);
    (
        known.as_ref().and_then(|known| known.layout).map(|layout| layout.key),
        known.map(|known| known.mapping.kind),
    )
}

/// Headers as the programs write them.
#[test]
fn files_are_told_by_their_columns() {
    let cases: &[(&str, &str, &str)] = &[
        (
            "pk,part,quantity,serial,batch,location,customer,delete_on_deplete,expiry_date,status,supplier_part,SKU,MPN,stocktake_date,purchase_price,part_detail.name,part_detail.IPN,location_detail.name,location_detail.pathstring",
            "",
            "inventree-stock",
        ),
        ("IPN,name,description,category,units,minimum_stock,default_location,active", "", "inventree-parts"),
        ("Item Code,Warehouse,Quantity,Valuation Rate,Serial No,Batch No", "", "erpnext-reconciliation"),
        ("物料代码,仓库,数量,估值率,批号", "", "erpnext-reconciliation"),
        (
            "Item Code,Item Name,Item Group,Default Unit of Measure,Lead Time in days,Safety Stock",
            "",
            "erpnext-items",
        ),
        (
            "External ID,Name,Internal Reference,Category/External ID,Can be Expensed,Can be Purchased,Can be Sold,Sale Price,Cost,Supply Method,Product Type,Procurement Method",
            "",
            "odoo-products",
        ),
        (
            "Product/Internal Reference,Location,Lot/Serial Number,Quantity,Reserved Quantity,Unit of Measure",
            "",
            "odoo-quant",
        ),
        (
            "bin_name,goods_code,goods_desc,goods_qty,pick_qty,picked_qty,bin_size,bin_property,create_time,update_time",
            "",
            "greaterwms-bins",
        ),
        (
            "库位名称,商品编码,商品描述,商品数量,等待拣货数量,库位尺寸,库位属性,创建时间,更新时间",
            "",
            "greaterwms-bins",
        ),
        (
            "goods_code,goods_desc,goods_supplier,goods_weight,goods_w,goods_d,goods_h,unit_volume,goods_unit,goods_class,goods_brand,goods_color,goods_shape,goods_specs,goods_origin,goods_cost,goods_price",
            "",
            "greaterwms-goods",
        ),
        (
            "商品编码,商品描述,商品供应商,商品单位重量,商品单位,商品类别,商品成本,商品价格",
            "",
            "greaterwms-goods",
        ),
        (
            "Item Code,Item Description,Warehouse Code,Bin Location Code,Counted Quantity,Price",
            "",
            "sap-b1-opening",
        ),
        (
            "Name,Email,Financial Status,Paid at,Fulfillment Status,Subtotal,Shipping,Taxes,Total,Discount Code,Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,Lineitem discount",
            "",
            "shopify-orders",
        ),
        (
            "Order Number,Order Status,Order Date,Customer Note,First Name (Billing),SKU,Item #,Item Name,Quantity (- Refund),Item Cost,Order Total Amount",
            "",
            "woocommerce-orders",
        ),
        (
            "order_id,order_number,date,status,customer_id,item_name,item_sku,item_quantity,item_total",
            "",
            "woocommerce-orders",
        ),
        ("Name,Owner,Description", "location", "frepple-location"),
        ("Name,Description", "supplier", "frepple-supplier"),
        (
            "Item,Location,Supplier,Lead Time,Size Minimum,Size Multiple,Cost,Priority",
            "",
            "frepple-item-supplier",
        ),
        ("Item,Location,Onhand", "", "frepple-buffer"),
        (
            "productCode,productName,facility,status,internalLocation,preferredBinLocation,replenishmentLocation,abcClass,minQuantity,reorderQuantity,maxQuantity",
            "",
            "openboxes-levels",
        ),
    ];
    for (header, named, key) in cases {
        assert_eq!(told(header, named).0, Some(*key), "{header}");
    }
}

#[test]
fn what_fits_nobody_is_told_by_names_or_not_at_all() {
    assert_eq!(told("order_id,ordered_at,sku,quantity,net_amount", ""), (None, Some(Kind::Orders)));
    assert_eq!(told("货号,数量,批号", ""), (None, Some(Kind::Stock)));
    assert_eq!(told("delivery,day,latitude,longitude,weight_kg", ""), (None, Some(Kind::Deliveries)));
    assert_eq!(told("sku,name,uom,unit_cost", ""), (None, Some(Kind::Items)));
    for nothing in ["Name,Owner,Description", "a,b,c", "", "timestamp,value", "Name,Label,Description,Type"] {
        assert_eq!(told(nothing, "parameter").1, None, "{nothing}");
    }
}

/// Two layouts that fit one header alike would make it chance which is taken.
#[test]
fn every_layout_knows_its_own_columns() {
    for layout in LAYOUTS {
        let of_columns = layout.columns.iter().map(|(_, names)| names[0]);
        let header: Vec<String> =
            layout.signature.iter().map(|names| names[0]).chain(of_columns).map(str::to_owned).collect();
        let known = recognise(&header, layout.named.first().copied().unwrap_or("")).expect(layout.key);
        assert_eq!(known.layout.map(|layout| layout.key), Some(layout.key));
        let mut fields: Vec<_> = layout.columns.iter().map(|(field, _)| *field).collect();
        let all = fields.len();
        fields.sort();
        fields.dedup();
        assert_eq!(fields.len(), all, "{} gives a field twice", layout.key);
        for field in fields {
            assert!(layout.kind.fields().contains(&field), "{} has a field {}", layout.key, field.key());
        }
    }
}

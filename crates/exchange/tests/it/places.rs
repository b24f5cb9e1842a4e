//! Lists of bins and of units as people bring them, headings in English and Chinese.

use domain::stock::{Spot, TemperatureClass};
use exchange::{Chunk, Kind, PlaceKind};
use std::ops::ControlFlow;
use units::{Progress, Quantity, Stop};

fn preview(text: &str) -> exchange::Preview {
    exchange::preview(text.as_bytes(), None).expect("a preview")
}

fn places(text: &str) -> Vec<exchange::PlaceRow> {
    let seen = preview(text);
    assert_eq!(seen.mapping.kind, Kind::Places, "{:?}", seen.mapping);
    let mut rows = Vec::new();
    let take = |chunk: Chunk<exchange::PlaceRow>| {
        rows.extend(chunk.rows);
        ControlFlow::Continue(())
    };
    let (bytes, stop) = (text.len() as u64, Stop::default());
    let report = exchange::parse_places(
        text.as_bytes(),
        bytes,
        &seen.format,
        &seen.mapping,
        take,
        &Progress::none(),
        &stop,
    )
    .expect("read");
    assert_eq!(report.bad, 0, "{:?}", report.findings);
    rows
}

#[test]
fn a_list_of_bins_is_known_by_its_columns() {
    let rows = places(
        "warehouse,zone,bin,x_m,y_m,level,pick sequence,max quantity,max weight kg,temperature\n\
         Main,Cold,A-01-1,1.5,2,1,7,120,500,2-8\nMain,Cold,A-01-2,1.5,2,2,8,,,refrigerated\n",
    );
    let one = &rows[0];
    assert_eq!(
        (one.what(), one.name.as_str(), one.parent.as_deref()),
        (PlaceKind::Bin, "A-01-1", Some("Main"))
    );
    assert_eq!((one.zone.as_deref(), one.pick_order), (Some("Cold"), Some(7)));
    assert_eq!(one.spot, Some(Spot { x_mm: 1_500, y_mm: 2_000, level: 1 }));
    assert_eq!((one.capacity.units, one.capacity.weight_grams), (Some(Quantity::of(120)), Some(500_000)));
    assert_eq!(
        rows.iter().map(|row| row.temperature).collect::<Vec<_>>(),
        [Some(TemperatureClass::Chilled); 2]
    );
    assert_eq!(rows[1].capacity.units, None);
}

#[test]
fn headings_in_chinese_and_lengths_in_millimetres() {
    let rows = places(
        "仓库,库区,货位编码,X坐标(mm),Y坐标(mm),层,容量,温区\n一号库,冷藏区,A-01-1,1500,2000,3,80,冷藏\n",
    );
    let one = &rows[0];
    assert_eq!(
        (one.what(), one.parent.as_deref(), one.zone.as_deref()),
        (PlaceKind::Bin, Some("一号库"), Some("冷藏区"))
    );
    assert_eq!(one.spot, Some(Spot { x_mm: 1_500, y_mm: 2_000, level: 3 }));
    assert_eq!(one.temperature, Some(TemperatureClass::Chilled));
}

#[test]
fn units_of_items_have_factors_bar_codes_and_sizes() {
    let text = "sku,name,uom,conversion factor,barcode,length (mm),width (mm),height (mm),weight (g),storage condition\n\
                TEA,Tea,case,12,04012345678901,400,300,250,6400,ambient\nMILK,Milk,each,,4012345678902,10,10,20,1000,冷藏\n";
    let seen = preview(text);
    assert_eq!(seen.mapping.kind, Kind::Items, "{:?}", seen.mapping);
    let mut rows = Vec::new();
    let take = |chunk: Chunk<exchange::ItemRow>| {
        rows.extend(chunk.rows);
        ControlFlow::Continue(())
    };
    let (bytes, stop) = (text.len() as u64, Stop::default());
    exchange::parse_items(
        text.as_bytes(),
        bytes,
        &seen.format,
        &seen.mapping,
        take,
        &Progress::none(),
        &stop,
    )
    .expect("read");
    let tea = &rows[0];
    assert_eq!(
        (tea.unit_factor.map(|f| f.to_string()), tea.gtin.as_deref()),
        (Some("12".into()), Some("04012345678901"))
    );
    assert_eq!((tea.size.length_mm, tea.size.weight_grams), (Some(400), Some(6_400)));
    assert_eq!((rows[1].unit_factor, rows[1].temperature), (None, Some(TemperatureClass::Chilled)));
}

//! One example of each call as it crosses the wire: a screen of yesterday must still be understood.

use contract::Call;
use std::collections::BTreeMap;

/// The body of each call.
const EXAMPLES: &[(&str, &str)] = &[
    ("GetSite", "{}"),
    ("GetStatus", "{}"),
    ("ListDecisions", r#"{"limit":50}"#),
    ("ListAlarms", r#"{"past":false,"limit":50}"#),
    ("AcknowledgeAlarm", r#"{"id":7,"note":"door closed"}"#),
    ("ShelveAlarm", r#"{"id":7,"minutes":30,"note":"defrost"}"#),
    ("ListStock", r#"{"filter":"milk","sort":"Cover","reverse":false,"offset":0,"limit":50}"#),
    ("GetItem", r#"{"item":1}"#),
    ("GetItemStock", r#"{"item":1,"day":null,"limit":50}"#),
    ("GetFloor", r#"{"warehouse":null}"#),
    ("GetBin", r#"{"bin":2,"limit":50}"#),
    (
        "SaveBin",
        r#"{"facts":{"bin":0,"warehouse":"","code":"A-01-1","number":null,"zone":"Cold room","class":"chilled","capacity_units":120000,"capacity_litres":null,"capacity_kg":500000,"capacity_handling_units":1,"x_m":1200,"y_m":3400,"level":1,"pick_order":7},"why":"new rack"}"#,
    ),
    ("GetItemMaster", r#"{"item":1}"#),
    (
        "SaveItemUnit",
        r#"{"item":1,"unit":{"id":0,"name":"case","factor":"12","gtin":"04012345678901","length_mm":400,"width_mm":300,"height_mm":250,"weight_grams":6400},"why":""}"#,
    ),
    ("RemoveItemUnit", r#"{"id":1,"why":"no longer made"}"#),
    ("SetItemClass", r#"{"item":1,"class":"chilled","why":"label"}"#),
    ("SetSubstitutes", r#"{"item":1,"others":[["SKU-2","same maker"]],"why":""}"#),
    ("SetKit", r#"{"kit":1,"parts":[["SKU-2",2000]],"why":""}"#),
    (
        "SaveItemLevel",
        r#"{"item":1,"level":{"warehouse":"","least":20000,"reorder":40000,"most":200000,"bin":"A-01-1"},"why":""}"#,
    ),
    ("DecideLot", r#"{"lot":1,"status":"held","reason":"quality-doubt","why":"smells"}"#),
    ("SetExpiry", r#"{"lot":1,"expiry":20700,"why":"on the box"}"#),
    (
        "CorrectStock",
        r#"{"item":1,"lot":null,"bin":1,"standing":"free","quantity":5000,"day":20605,"reason":"counted","why":""}"#,
    ),
    (
        "MoveStock",
        r#"{"item":1,"lot":null,"from":1,"standing":"free","to":"A-1","make":true,"quantity":1000,"why":""}"#,
    ),
    ("UndoBooking", r#"{"booking":1,"why":"wrong bin"}"#),
    ("CloseBooks", r#"{"up_to":20600,"why":"end of year"}"#),
    ("TraceStock", r#"{"by":"Lot","code":"L1"}"#),
    ("ExportTrace", r#"{"by":"Lot","code":"L1"}"#),
    ("ListStockWork", r#"{"each":20}"#),
    ("VerifyStock", "{}"),
    (
        "PlanCount",
        r#"{"name":"Week 44","every_days":[30,90,180],"doubts":true,"value_min":0,"lines_max":200,"blind":true,"tolerance_permille":20,"tolerance_value":10000}"#,
    ),
    ("ListCounts", r#"{"limit":20}"#),
    ("ListCountLines", r#"{"plan":1,"state":"open","offset":0,"limit":50}"#),
    ("EnterCounts", r#"{"by":"Li","entries":[{"line":1,"quantity":5000}]}"#),
    ("ApproveCounts", r#"{"lines":[1],"reason":"counted"}"#),
    ("RejectCounts", r#"{"lines":[1]}"#),
    ("ListInbound", r#"{"filter":"acme","states":["expected","receiving"],"offset":0,"limit":50}"#),
    ("GetInbound", r#"{"inbound":1}"#),
    (
        "MakeInbound",
        r#"{"number":"ASN-1","partner":"ACME","order_ref":"PO-2026-00001","expected_on":20700,"note":null,"lines":[{"sku":"SKU-1","quantity":12000,"lot":"L1","expiry":20900,"sscc":"340123450000000018"}]}"#,
    ),
    (
        "ReceiveGoods",
        r#"{"inbound":1,"line":1,"sku":"","good":10000,"damaged":2000,"lot":"L1","expiry":20900,"bin":"","over":false}"#,
    ),
    ("PutGoodsAway", r#"{"inbound":1,"line":1,"lot":null,"quantity":10000,"to":"A-01-1","make":false}"#),
    ("CloseInbound", r#"{"inbound":1,"how":"finish","why":"the rest is out of stock"}"#),
    ("TakeBackStep", r#"{"booking":12,"why":"counted twice"}"#),
    ("ListOutbound", r#"{"filter":"","states":["open"],"offset":0,"limit":50}"#),
    ("GetOutbound", r#"{"outbound":1}"#),
    (
        "MakeOutbound",
        r#"{"number":"","customer":"C-7","order_ref":"4711","ship_by":20700,"ship_to":"Hill Road 1","usable_days":30,"note":null,"lines":[{"sku":"SKU-1","quantity":3000}]}"#,
    ),
    ("AllocateOutbound", r#"{"outbound":1}"#),
    ("ReleaseOutbound", r#"{"outbound":1}"#),
    ("PickGoods", r#"{"outbound":1,"line":1,"lot":2,"bin":"A-01-1","quantity":3000,"instead":false}"#),
    ("PutGoodsBack", r#"{"line":1,"lot":2,"quantity":1000,"to":"A-01-1"}"#),
    (
        "PackGoods",
        r#"{"outbound":1,"line":null,"lot":null,"quantity":0,"parcel":null,"sscc":"340123450000000018"}"#,
    ),
    ("UnpackParcel", r#"{"parcel":1}"#),
    ("ShipOutbound", r#"{"outbound":1,"backorder":true}"#),
    ("CancelOutbound", r#"{"outbound":1,"why":"customer closed"}"#),
    ("PrintPaper", r#"{"kind":"DeliveryNote","id":1,"language":"ZhHans"}"#),
    ("ListReturns", r#"{"state":"received","offset":0,"limit":50}"#),
    (
        "MakeReturn",
        r#"{"number":"","customer":"C-7","outbound":1,"reason":"damaged","note":"box torn","lines":[{"sku":"SKU-1","lot":"L1","quantity":1000}]}"#,
    ),
    ("InspectReturn", r#"{"line":1,"finding":"cleared"}"#),
    ("SettleReturn", r#"{"line":1,"quantity":1000,"fate":"restock","to":"A-01-1"}"#),
    ("ListDemand", r#"{"filter":"","sort":"Value","reverse":true,"offset":0,"limit":50}"#),
    ("GetDemand", r#"{"item":1,"grain":"Weekly"}"#),
    ("ListDemandGroups", r#"{"grain":"Weekly"}"#),
    ("GetDemandGroup", r#"{"group":{"Category":"Tea"},"grain":"Daily"}"#),
    ("SetOverride", r#"{"item":1,"from":20605,"to":20611,"change":{"Percent":-30},"why":"road works"}"#),
    ("ClearOverride", r#"{"id":2,"why":"road open"}"#),
    ("ListOverrides", r#"{"item":null,"past":true,"limit":50}"#),
    ("ListModels", "{}"),
    ("RunPlanning", "{}"),
    ("ListProposals", r#"{"state":"Draft","limit":50}"#),
    ("GetProposal", r#"{"id":3}"#),
    ("TryReplenishment", r#"{"service_level":975,"budget":5000000,"review_days":null}"#),
    ("ApplyTrial", r#"{"service_level":975,"budget":null,"review_days":7,"note":"cash is short"}"#),
    ("ApproveProposals", r#"{"ids":[3,4],"note":"ok"}"#),
    ("DismissProposals", r#"{"ids":[3],"note":"promotion ends"}"#),
    ("TakeBackProposals", r#"{"ids":[3]}"#),
    ("ChangeProposal", r#"{"id":3,"quantity":240000,"note":"pallet"}"#),
    ("ExportPurchaseOrders", r#"{"ids":[]}"#),
    ("ListPurchaseOrders", r#"{"limit":50}"#),
    ("ListZones", "{}"),
    ("GetSeries", r#"{"channels":[1,2],"from":0,"to":9007199254740993,"buckets":600}"#),
    ("ListExcursions", r#"{"zone":null,"from":0,"to":86400000}"#),
    ("ListMarks", r#"{"channels":[1],"from":0,"to":86400000}"#),
    ("ListChartViews", "{}"),
    (
        "SaveChartView",
        r#"{"view":{"name":"Cold chain","channels":[1,2],"span":604800000,"from":null,"to":null,"compare":true,"look":"lines"}}"#,
    ),
    ("RemoveChartView", r#"{"name":"Cold chain"}"#),
    ("GetBands", r#"{"channel":1,"from":0,"to":86400000,"by":"DayHour"}"#),
    ("GetDuration", r#"{"channel":1,"from":0,"to":86400000}"#),
    ("GetCorrelation", r#"{"first":1,"second":2,"from":0,"to":86400000}"#),
    ("ExportSeries", r#"{"channels":[1,2],"from":0,"to":86400000,"language":"ZhHans"}"#),
    ("ListDevices", "{}"),
    ("GetDevice", r#"{"id":1}"#),
    ("WatchDevice", r#"{"id":1,"pieces_after":0,"said_after":17}"#),
    (
        "TestDevice",
        r#"{"id":null,"endpoint":"tcp://10.0.0.7:502","baud":9600,"interval":10000,"setup":"{\"language\":\"modbus_tcp\"}","secret":null,"seconds":5}"#,
    ),
    ("ListPorts", "{}"),
    ("ListBrokers", "{}"),
    ("ListTemplates", "{}"),
    (
        "CloneDevice",
        r#"{"id":1,"name":"Freezer {n}","endpoint":"mqtt://10.0.0.7:1883/freezer/{n:2}/#","unit":"","from":2,"to":12,"dry_run":true}"#,
    ),
    ("ExportDevices", "{}"),
    ("ImportDevices", r#"{"csv":"name,endpoint\nDoor,/dev/ttyUSB0\n","dry_run":true}"#),
    (
        "AddDevice",
        r#"{"name":"Chain","endpoint":"/dev/ttyUSB0","baud":9600,"interval":10000,"setup":"","channels":[{"code":"T1","name":"Door","zone":"Chilled","unit":"°C","low":2000,"high":8000}]}"#,
    ),
    (
        "ChangeDevice",
        r#"{"id":1,"name":"Chain","endpoint":"tcp://10.0.0.7:4001","baud":9600,"enabled":true,"interval":null,"setup":null,"add":[]}"#,
    ),
    ("RemoveDevice", r#"{"id":1,"why":"sold"}"#),
    ("GetSecrets", "{}"),
    ("GetListener", "{}"),
    ("ChangeListener", r#"{"bind":"127.0.0.1:8750","why":"vans"}"#),
    ("MakeToken", r#"{"device":1,"id":""}"#),
    ("ListScans", r#"{"device":null,"limit":50}"#),
    ("TryDecode", r#"{"setup":"","text":"$QMT"}"#),
    ("ExplainScan", r#"{"text":"]C1010950600013435210AB-12"}"#),
    (
        "ScanStep",
        r#"{"flow":{"task":"move","home":null,"document":null,"said":[{"Bin":2}],"asked":null,"booked":[]},"input":{"Scan":"]C1010950600013435210AB-12"},"key":"k-1"}"#,
    ),
    ("AwaitScans", r#"{"after":1}"#),
    ("ListUnits", r#"{"text":"","item":null,"limit":50}"#),
    ("ListCustomers", r#"{"filter":"","offset":0,"limit":50}"#),
    ("AllowCustomerNames", r#"{"allow":true,"why":"consent"}"#),
    ("ListSuppliers", r#"{"filter":""}"#),
    ("ListSupplied", r#"{"supplier":1,"limit":50}"#),
    (
        "SaveSupplier",
        r#"{"supplier":0,"code":"S-1","name":"Fruit","lead_time_days":5,"pack_size":12000,"order_quantity_min":null,"note":"","why":""}"#,
    ),
    ("MoveUnit", r#"{"unit":1,"to":"A-01","why":""}"#),
    ("ListSerials", r#"{"item":1,"code":"","limit":50}"#),
    (
        "MakeLabels",
        r#"{"labels":[{"Bin":"A-01-02"},{"Code":{"text":"(01)09506000134352","title":"Milk"}}],"copies":1,"symbol":"DataMatrix","link":"","width_mm":100,"height_mm":50,"dpi":300,"format":"Pdf"}"#,
    ),
    ("UnlockSecrets", r#"{"passphrase":"correct horse battery"}"#),
    ("SetSecret", r#"{"device":1,"secret":"hunter2"}"#),
    (
        "ReadRegisters",
        r#"{"device":1,"unit":1,"table":"holding","address":"0","notation":"auto","count":20}"#,
    ),
    ("ListPoints", r#"{"device":1}"#),
    (
        "SavePoint",
        r#"{"device":1,"before":"","point":{"code":"power","unit":null,"table":"input","address":52,"count":1,"kind":"f32","order":"abcd","scale":"0.001","offset":"0","bit":null,"bits":1,"no_value":null,"every_ms":1000,"write":"off","write_min":null,"write_max":null},"channel":{"code":"power","name":"Power","zone":"","unit":"kW","low":null,"high":50000},"why":""}"#,
    ),
    ("RemovePoint", r#"{"device":1,"code":"power","why":"meter changed"}"#),
    (
        "ImportPoints",
        r#"{"device":1,"text":"code,functionCode,address,type\npower,4,52,32float","notation":"auto","replace":false,"dry_run":true}"#,
    ),
    ("ExportPoints", r#"{"device":1}"#),
    ("WritePoint", r#"{"device":1,"code":"setpoint","value":4500,"why":"night setting"}"#),
    (
        "ChangeLimits",
        r#"{"channel":1,"low":2000,"high":null,"recovery_band":500,"delay":300000,"priority":"high","why":"summer"}"#,
    ),
    ("ListQualityWork", "{}"),
    ("GetChannelQuality", r#"{"channel":1,"days":30}"#),
    (
        "TryQuality",
        r#"{"channel":1,"tests":{"plausible_min":-60000,"plausible_max":100000,"rate_per_minute_max":5000,"stuck_after":43200000,"stuck_band":0,"still_at":null,"spike":2000,"repeats":true},"days":30}"#,
    ),
    (
        "ChangeQuality",
        r#"{"channel":1,"tests":{"plausible_min":-60000,"plausible_max":100000,"rate_per_minute_max":null,"stuck_after":null,"stuck_band":100,"still_at":0,"spike":null,"repeats":false},"raw_unit":"°F","shown_unit":"","why":"new probe"}"#,
    ),
    (
        "AddCalibration",
        r#"{"channel":1,"points":[[200,0],[99400,100000]],"offset":0,"certificate":"K-2026-118","laboratory":"Lab","done_on":20605,"expires_on":20970,"file_sha256":null,"why":"yearly"}"#,
    ),
    (
        "MarkReadings",
        r#"{"channel":1,"from":0,"to":86400000,"verdict":"Interpolated","why":"the plug was out"}"#,
    ),
    ("TakeBackMark", r#"{"id":3,"why":"it was the other sensor"}"#),
    ("SeeDoubt", r#"{"channel":1,"kind":"Stuck","why":"emptied room"}"#),
    ("StageFile", r#"{"token":null,"name":"orders.csv","base64":"aGk=","last":true}"#),
    ("PreviewImport", r#"{"kind":"Auto","file":{"Path":"/tmp/orders.xlsx"},"sheet":"orders"}"#),
    (
        "StartImport",
        r#"{"kind":"Stock","file":{"Staged":"f1"},"mapping":[["sku","Item Code"]],"dry_run":true}"#,
    ),
    ("ListImports", r#"{"limit":50}"#),
    ("RejectedRows", r#"{"name":"stock-rejected.csv"}"#),
    ("UndoImport", r#"{"id":3,"narrow":false,"dry_run":true}"#),
    ("ListJobs", r#"{"limit":50}"#),
    ("GetJob", r#"{"id":1}"#),
    ("CancelJob", r#"{"id":1}"#),
    ("MakeDailyReport", r#"{"day":null,"language":"ZhHans"}"#),
    ("ListReports", r#"{"limit":50}"#),
    ("ReadReportFile", r#"{"name":"report.pdf"}"#),
    ("GetBooks", "{}"),
    ("MakeRecall", r#"{"by":"Lot","code":"L-2291","asked_at":1780299900000,"language":"En"}"#),
    ("MakeCountSheet", r#"{"plan":1,"language":"ZhHans"}"#),
    ("ListTables", "{}"),
    (
        "ExportTable",
        r#"{"table":"stock","query":"{\"filter\":\"milk\",\"sort\":\"Cover\",\"reverse\":false,\"offset\":0,\"limit\":0}","only":null,"columns":[{"key":"sku","head":"SKU","words":[]}],"format":"Xlsx","title":"Stock"}"#,
    ),
    ("GetSettings", "{}"),
    (
        "ChangeSettings",
        r#"{"settings":{"site_name":"Harbour Lane","zone":"Asia/Shanghai","currency":"CNY","lead_time_days":7,"review_period_days":7,"service_level":950,"pack_size":1000,"unit_cost":100,"approval_limit":5000000,"months_kept":24,"shown_units":["°F"]},"why":"moved"}"#,
    ),
    ("GetBackups", "{}"),
    (
        "ChangeBackups",
        r#"{"settings":{"folder":"/mnt/nas/site","daily":true,"minute":120,"keep":14},"why":"the new disk"}"#,
    ),
    ("MakeBackup", r#"{"into":null}"#),
    ("ListAudit", r#"{"limit":50}"#),
    ("VerifyAudit", "{}"),
    ("GetFleet", r#"{"day":null}"#),
    ("SolveDay", r#"{"day":20780,"seconds":10,"seed":1}"#),
    (
        "SaveVehicle",
        r#"{"id":null,"code":"FLT-01","name":"Van 1","capacity_kg":1200000,"capacity_m3":8000,"shift_from":420,"shift_to":960,"cost_fixed":4000,"cost_per_km":60,"cost_per_hour":2400,"active":true}"#,
    ),
    (
        "SaveDelivery",
        r#"{"id":null,"code":"D-1001","day":20780,"customer":"Corner shop","address":"Quay 4","place":{"lat_e7":601699000,"lon_e7":249384000},"weight_kg":85500,"volume_m3":null,"service":300000,"window":[540,720],"note":"back door"}"#,
    ),
    ("RemoveDelivery", r#"{"id":7,"why":"cancelled by the customer"}"#),
    ("SetDepot", r#"{"place":{"lat_e7":601699000,"lon_e7":249384000},"why":"opened"}"#),
    ("ImportRoads", r#"{"file":{"Path":"/tmp/town.osm.pbf"}}"#),
    (
        "GetRoads",
        r#"{"south_west":{"lat_e7":601000000,"lon_e7":248000000},"north_east":{"lat_e7":602500000,"lon_e7":251000000},"metres_per_pixel":20}"#,
    ),
    ("GetRoutePaths", r#"{"plan":1}"#),
    ("ListPositions", "{}"),
    ("ExportRoute", r#"{"plan":1,"vehicle":2,"format":"pdf","language":"en"}"#),
];

macro_rules! through_the_type {
    ($($call:ident => $reply:ty, [$($topic:ident),*];)*) => {
        /// The body read as the call and written again.
        fn through_the_type(name: &str, body: &str) -> String {
            match name {
                $(<contract::$call as Call>::NAME => {
                    let call: contract::$call = serde_json::from_str(body).unwrap_or_else(|e| panic!("{name}: {e}"));
                    serde_json::to_string(&call).expect("a call is JSON")
                })*
                other => panic!("{other} is no call"),
            }
        }
    };
}
contract::with_calls!(through_the_type);

#[test]
fn each_call_keeps_its_shape_on_the_wire() {
    let examples: BTreeMap<_, _> = EXAMPLES.iter().copied().collect();
    for (name, ..) in app::dispatch::calls() {
        let body = examples.get(name).unwrap_or_else(|| panic!("{name} has no example here"));
        assert_eq!(&through_the_type(name, body), body, "{name}");
    }
    assert_eq!(examples.len(), app::dispatch::calls().len());
}

/// The variants of an enum, as its source names them.
fn variants(file: &str, name: &str) -> Vec<String> {
    let text = std::fs::read_to_string(testkit::repo_root().join(file)).expect("a source file");
    let start = text.find(&format!("pub enum {name} {{")).expect("the enum");
    let body = &text[start..start + text[start..].find("\n}").expect("its end")];
    let words = body.lines().skip(1).map(str::trim).filter(|line| !line.starts_with("//"));
    words.filter_map(|line| line.strip_suffix(',')).map(str::to_owned).collect()
}

#[test]
fn the_screens_have_a_word_for_every_code() {
    let words =
        std::fs::read_to_string(testkit::repo_root().join("ui/src/wording.rs")).expect("the screens' words");
    for (file, name) in [
        ("crates/domain/src/finding.rs", "FindingCode"),
        ("crates/domain/src/demand.rs", "ForecastModel"),
        ("crates/domain/src/alarm.rs", "AlarmKind"),
    ] {
        let codes = variants(file, name);
        assert!(codes.len() > 3, "{name}: {codes:?}");
        for code in codes {
            assert!(
                words.contains(&format!("\"{code}\"")),
                "ui/src/wording.rs has no words for {name}::{code}"
            );
        }
    }
}

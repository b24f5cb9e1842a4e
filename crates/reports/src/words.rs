//! Every word a report adds, in every language: one table, complete at compile time. Words follow docs/glossary.md.
//! And how a report writes numbers, days and times.

use crate::Lang;
use charts::Zone;
use domain::{ProposalState, Severity, UnservedReason};
use units::{Day, Metres, Milli, Money, Permille, Quantity, Timestamp};

macro_rules! words {
    ($($name:ident: $en:literal, $zh:literal;)*) => {
        /// A word or sentence of a report.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum W { $($name),* }

        impl W {
            /// Every one.
            #[cfg(test)]
            pub(crate) const ALL: &[W] = &[$(W::$name),*];

            /// Its text.
            pub(crate) const fn text(self, lang: Lang) -> &'static str {
                match lang {
                    Lang::En => match self { $(W::$name => $en),* },
                    Lang::ZhHans => match self { $(W::$name => $zh),* },
                }
            }
        }
    };
}

words! {
    DailyReport: "Daily report", "日报";
    Demo: "Demo site: simulated data, not a real warehouse", "演示站点：模拟数据，并非真实仓库";
    MadeAt: "Made {0} by {1}", "{1} 生成于 {0}";
    MadeAtAlone: "Made {0}", "生成于 {0}";
    PageOf: "Page {0} of {1}", "第 {0} 页，共 {1} 页";
    TimesIn: "all times {0}", "所有时间为 {0}";
    NoName: "(no name)", "（无名称）";

    Summary: "Summary", "概要";
    StockAtRisk: "Stock at risk", "缺货风险";
    Temperatures: "Temperatures", "温度";
    Excursions: "Excursions", "超限";
    Proposals: "Proposals", "补货建议";
    Forecasts: "Forecast accuracy", "预测准确度";
    Findings: "Findings", "发现项";

    KpiAtRisk: "Items that may run out", "可能缺货的物料";
    KpiOfItems: "of {0} looked at", "共查看 {0} 种";
    KpiMoney: "At risk, {0}", "风险金额，{0}";
    KpiMoneyNote: "expected shortage at cost", "按成本计的预期缺货";
    KpiExcursions: "Excursions", "超限次数";
    KpiExcursionsNote: "zones: {0} of {1}", "区域：{1} 个中 {0} 个";
    KpiProposals: "Proposals", "补货建议";
    KpiProposalsNote: "waiting for a decision: {0}", "待决：{0} 条";
    KpiCost: "To order, {0}", "建议订货，{0}";
    KpiCostNote: "suppliers: {0}", "供应商：{0} 家";

    SumStock: "{0} of {1} items may run out before an order placed now is here. First: {2}, on {3}.", "{1} 种物料中有 {0} 种可能在现在订货到达前缺货，最早的是{2}（{3}）。";
    SumStockNoDay: "{0} of {1} items may run out before an order placed now is here.", "{1} 种物料中有 {0} 种可能在现在订货到达前缺货。";
    NoItems: "No item was looked at: import items and stock first.", "没有可查看的物料：请先导入物料和库存。";
    SumStockNone: "None of the {0} items looked at is expected to run out.", "所查看的 {0} 种物料预计均不会缺货。";
    SumExcursion: "Excursions: {0}. Farthest: {1} in {2}, {3} {4} against a limit of {5} {4}, {6} to {7}.", "超限：{0} 次。偏离最大：{2}的 {1}，{3} {4}，限值 {5} {4}，{6} 至 {7}。";
    SumExcursionNone: "No excursion was recorded.", "没有超限记录。";
    SumGaps: "Not known: {0} min without readings, {1} suspect readings.", "情况不明：{0} 分钟没有读数，{1} 个读数存疑。";
    SumNoZones: "No zone is measured.", "没有测量任何区域。";
    SumProposals: "Proposals: {0}, for {1} {2}. Waiting for a decision: {3}; approved: {4}; ordered: {5}. The first to decide is to be ordered by {6}.", "补货建议：{0} 条，共 {1} {2}。待决 {3} 条，已批准 {4} 条，已下单 {5} 条。最早的待决建议须在 {6} 前订货。";
    SumProposalsDecided: "Proposals: {0}, for {1} {2}. Approved: {3}; ordered: {4}. None waits for a decision.", "补货建议：{0} 条，共 {1} {2}。已批准 {3} 条，已下单 {4} 条，没有待决建议。";
    SumProposalsNone: "Nothing is proposed to be ordered.", "没有补货建议。";
    SumAssumed: "Proposals that rest on numbers no file gave: {0}; each says which.", "使用了文件未提供的数值的建议：{0} 条，各条均已注明。";
    SumForecast: "Backtest: the forecasts err {0} % less than the seasonal naive (RMSSE {1} against {2}).", "回测：预测误差比季节性朴素法低 {0} %（RMSSE {1} 对 {2}）。";
    SumForecastWorse: "Backtest: the forecasts err {0} % more than the seasonal naive (RMSSE {1} against {2}): trust them with care.", "回测：预测误差比季节性朴素法高 {0} %（RMSSE {1} 对 {2}），请谨慎使用。";
    StillOutside: "still outside", "仍在限外";

    Sku: "SKU", "SKU";
    Item: "Item", "物料";
    Unit: "Unit", "单位";
    Available: "Available", "可用量";
    OnOrder: "On order", "在途量";
    DemandDay: "Demand a day", "日均需求";
    CoverDays: "Cover, days", "可供天数";
    RunsOut: "Runs out", "预计缺货日";
    ChancePercent: "Chance, %", "缺货概率，%";
    Chance: "Stock-out chance", "缺货概率";
    AtRiskIn: "At risk, {0}", "风险金额，{0}";
    NoStockAtRisk: "No item is expected to run out.", "预计没有物料缺货。";
    RiskNote: "Available is on hand less allocated. The chance is that the shelf empties before an order placed now arrives; it and the money are known for items with a proposal.", "可用量为现有库存减已分配量。缺货概率指现在下单、到货前货架已空的概率；概率和金额仅适用于有补货建议的物料。";

    Zone: "Zone", "区域";
    AllowedRange: "Allowed", "允许范围";
    Low: "Low limit", "下限";
    High: "High limit", "上限";
    Min: "Lowest", "最低";
    Mean: "Mean", "平均";
    Max: "Highest", "最高";
    Readings: "Readings", "读数";
    Suspect: "Suspect", "存疑";
    GapMinutes: "No data, min", "无数据，分钟";
    LowToHigh: "{0} to {1}", "{0} 至 {1}";
    NoLimits: "no limits", "未设限值";
    ZoneFigures: "{0} to {1}, mean {2} {3}", "{0} 至 {1}，平均 {2} {3}";
    ZoneNoReadings: "no readings", "没有读数";
    NoZones: "No zone is measured. Add a device to record temperatures.", "没有测量任何区域。添加设备即可记录温度。";
    ZoneNoLimits: "No limits are set for this zone: nothing would be reported.", "该区域未设限值，不会报告超限。";
    NoExcursions: "No excursion.", "没有超限。";
    ChartFailed: "The chart could not be drawn; the figures stand in the table.", "图表无法绘制，数值见表格。";

    Probe: "Probe", "探头";
    From: "From", "开始";
    To: "To", "结束";
    FromIn: "From, {0}", "开始，{0}";
    ToIn: "To, {0}", "结束，{0}";
    Minutes: "Minutes", "分钟";
    Lasted: "Lasted", "持续";
    Worst: "Farthest", "最大偏离值";
    Limit: "Limit", "限值";
    Side: "Side", "方向";
    AboveHigh: "above", "高于上限";
    BelowLow: "below", "低于下限";
    Handled: "Acknowledged", "确认";
    NotHandled: "not yet", "尚未";

    Deliveries: "Deliveries", "配送";
    SumDeliveries: "Deliveries: {0} on {1} routes, {2} km for {3} {4}. Not served: {5}.", "配送：{1} 条路线共 {0} 单，{2} 公里，{3} {4}。未安排：{5} 单。";
    SumDeliveriesNoPlan: "Deliveries: {0}. No plan was made for them.", "配送：{0} 单，尚未规划路线。";
    NoPlan: "No plan was made for the day's deliveries. Solve the day on the Fleet page.", "当天的配送尚未规划路线，请在车队页面求解。";
    PlanMade: "The plan was made {0} by {1} and passed the independent checker.", "计划由 {1} 于 {0} 生成，已通过独立检查。";
    PlanMadeAlone: "The plan was made {0} and passed the independent checker.", "计划于 {0} 生成，已通过独立检查。";
    PlanEstimated: "Times and distances are estimates: there is no road map.", "时间和距离为估算值：没有道路地图。";
    PlanStale: "Deliveries, vehicles or roads changed after the plan was made.", "计划生成后，配送、车辆或道路有变动。";
    Routes: "Routes", "路线";
    Vehicle: "Vehicle", "车辆";
    VehicleName: "Name", "名称";
    Leaves: "Leaves", "出发";
    Back: "Back", "返回";
    Visits: "Visits", "停靠点";
    DistanceKm: "Distance, km", "里程，公里";
    Driving: "Driving", "行驶时间";
    DrivingMinutes: "Driving, min", "行驶，分钟";
    LoadKg: "Load, kg", "装载，kg";
    LoadPercent: "Load, %", "装载率，%";
    CapacityKg: "Capacity, kg", "载重上限，kg";
    NotServed: "Not served", "未安排";
    AllServed: "Every delivery is on a route.", "所有配送均已安排。";
    DeliveryCode: "Delivery", "配送单号";
    Customer: "Customer", "客户";
    Address: "Address", "地址";
    WeightKg: "Weight, kg", "重量，kg";
    Window: "Window", "时间窗";
    Why: "Why", "原因";
    ReUnreachable: "no road leads there", "没有道路可达";
    ReTooLarge: "more than any vehicle takes", "超过任何车辆的载量";
    ReWindowClosed: "no vehicle can be there in time and back within its shift", "没有车辆能按时到达并在班次内返回";
    ReNoRoom: "the fleet's room or time ran out", "车队的运力或时间已用尽";
    AllDay: "all day", "全天";
    Total: "Total", "合计";
    DriverSheet: "Driver sheet", "行车单";
    Driver: "Driver", "司机";
    OdometerOut: "Odometer, leaving", "出发里程表";
    OdometerBack: "Odometer, back", "返回里程表";
    MockRecall: "Recall", "召回报告";
    RecallSpan: "Looked for from {0} to {1} by {2}; the console itself took {3} ms.", "{2} 于 {0} 至 {1} 查找；系统本身用时 {3} 毫秒。";
    RecallMeaning: "Found is what lies here, or went to somebody or on a paper that is known, as a share of all that came in. Only movements that stand count.", "“已找到”指仍在库，或去向（对象或单据）已知的数量占全部入库数量的比例。只计有效的移动。";
    RecallWithoutLot: "▲ Lines that name no lot and can't be followed: {0}.", "▲ 未注明批次、无法追溯的行：{0}。";
    RecallNothing: "No lot was found.", "没有找到批次。";
    RecallTook: "Time taken", "用时";
    RecallTookNote: "minutes and seconds, from the question to the list", "分:秒，从提出问题到得到清单";
    RecallFound: "Found", "已找到";
    RecallFoundNote: "not accounted for: {0}", "去向不明：{0}";
    RecallHere: "Lies here", "仍在库";
    RecallLots: "in {0} lots", "共 {0} 个批次";
    RecallWent: "Went out, known to whom", "已出库且去向已知";
    RecallParties: "to {0} customers or sites", "涉及 {0} 个客户或站点";
    RecallUntil: "until {0}", "有效期至 {0}";
    RecallSums: "{0} came in: {1} lie here, {2} went to somebody known, {3} are not accounted for.", "入库 {0}：在库 {1}，去向已知 {2}，去向不明 {3}。";
    RecallWhat: "What", "事项";
    RecallPlace: "Place", "位置";
    RecallPaper: "Paper", "单据";
    RecallParty: "From or to", "来源或去向";
    RecallCame: "came", "入库";
    RecallLies: "lies", "在库";
    RecallWentOut: "went", "出库";
    RecallUnknown: "nobody knows to whom", "去向不明";
    CountSheet: "Count sheet", "盘点单";
    CountPlaces: "places: {0}", "盘点位置：{0} 个";
    CountedBy: "Counted by", "盘点人";
    SignedBy: "Signature", "签名";
    CountedOn: "Day and time", "日期与时间";
    CountBlindText: "Write what is there, also where it is nothing. The sheet does not say what is expected. What lies elsewhere goes into the note.", "写下实际数量，没有也要写 0。本单不列账面数量。其他位置的货物写在备注里。";
    CountOpenText: "Write what is there, also where it is nothing. What lies elsewhere goes into the note.", "写下实际数量，没有也要写 0。其他位置的货物写在备注里。";
    CountNothing: "Nothing waits to be counted.", "没有待盘点的位置。";
    Bin: "Bin", "库位";
    Lot: "Lot", "批次";
    Book: "By the ledger", "账面";
    Counted: "Counted", "实盘";
    Quantity: "Quantity", "数量";
    Signature: "Received, signature", "签收";
    Number: "No.", "序号";
    Arrive: "Arrive", "到达";
    ArriveIn: "Arrive, {0}", "到达，{0}";
    BeginIn: "Begin, {0}", "开始，{0}";
    LeaveIn: "Leave, {0}", "离开，{0}";
    LeavesIn: "Leaves, {0}", "出发，{0}";
    BackIn: "Back, {0}", "返回，{0}";
    BackAtDepot: "Back at the depot", "返回仓库";
    ShiftOf: "shift {0}", "班次 {0}";
    Away: "away {0}", "共 {0}";
    OfKg: "of {0} kg", "上限 {0} kg";
    DrivingFor: "driving {0}", "行驶 {0}";
    NoVisits: "No visit is planned.", "没有计划停靠点。";
    TimesPlanned: "Times are planned. Who is early waits until the window opens.", "时间为计划时间；早到时等待时间窗开始。";
    WaitUntil: "waits until {0}", "等到 {0}";
    SheetTotals: "Visits: {0}. Weight: {1} kg. Distance: {2} km, driving {3}.", "停靠点 {0} 个，重量 {1} kg，里程 {2} 公里，行驶 {3}。";
    Note: "Note", "备注";

    AllProposals: "All proposals by supplier", "全部建议（按供应商）";
    Supplier: "Supplier", "供应商";
    NoSupplier: "No supplier known", "供应商未知";
    Continued: "{0} (continued)", "{0}（续）";
    SupplierTotal: "{0} proposals, {1} {2}", "{0} 条建议，{1} {2}";
    SupplierTotalOne: "1 proposal, {1} {2}", "1 条建议，{1} {2}";
    OrderQuantity: "Order", "订货量";
    UnitCostIn: "Unit cost, {0}", "单位成本，{0}";
    CostIn: "Cost, {0}", "金额，{0}";
    WaitingIn: "Waiting costs, {0}", "等待成本，{0}";
    OrderBy: "Order by", "最迟订货日";
    State: "State", "状态";
    Decided: "Decided by", "决定";
    Assumed: "Assumed", "假定";
    AssumedNote: "Assumed, no file gave it: {0}", "假定（文件未提供）：{0}";
    SafetyStock: "Safety stock", "安全库存";
    ReorderPoint: "Reorder point", "再订货点";
    OrderUpTo: "Order up to", "补货上限";
    LeadTimeDays: "Lead time, days", "提前期，天";
    ReviewDays: "Review period, days", "订货周期，天";
    LeadTime: "Lead time", "提前期";
    Review: "Review period", "订货周期";
    CostOfWaiting: "Waiting costs", "等待成本";
    ServiceLevel: "Service level", "服务水平";
    Days: "{0} d", "{0} 天";
    NoProposals: "Nothing is proposed. Proposals are made of forecasts, stock on hand and lead times.", "没有补货建议。建议由预测、现有库存和提前期生成。";
    FigUnitCost: "unit cost {0}", "单位成本 {0}";
    FigAvailable: "available {0}", "可用 {0}";
    FigOnOrder: "on order {0}", "在途 {0}";
    FigDemand: "demand {0} a day", "日均需求 {0}";
    FigLead: "lead time {0} + review {1} d", "提前期 {0} + 周期 {1} 天";
    FigSafety: "safety stock {0}", "安全库存 {0}";
    FigReorder: "reorder point {0}", "再订货点 {0}";
    FigUpTo: "order up to {0}", "补货上限 {0}";
    FigService: "service {0} %", "服务水平 {0} %";
    DecidedBy: "Decided: {0}", "决定：{0}";
    UrgentLine: "order {0} {1} by {2}, {3} {4}", "{2} 前订货 {0} {1}，{3} {4}";

    Model: "Model", "模型";
    RanOn: "Ran on", "执行后端";
    Items: "Items", "物料数";
    Rmsse: "RMSSE", "RMSSE";
    NaiveRmsse: "Seasonal naive", "季节性朴素法";
    BetterPercent: "Better by, %", "改善，%";
    NoForecasts: "No forecast has been made yet.", "尚未生成预测。";
    Native: "this program", "本程序";

    Severity: "Severity", "级别";
    What: "What", "内容";
    About: "About", "对象";
    Times: "Times", "次数";
    NoFindings: "Nothing was found wrong with the data.", "未发现数据问题。";
    SevNote: "note", "提示";
    SevWarning: "warning", "警告";
    SevError: "error", "错误";

    StDraft: "draft", "草稿";
    StApproved: "approved", "已批准";
    StOrdered: "ordered", "已下单";
    StDismissed: "dismissed", "已驳回";
    StSuperseded: "superseded", "已被取代";

    Site: "Site", "站点";
    Day: "Day", "日期";
    ClockZone: "Clock zone", "时区";
    MadeIn: "Made, {0}", "生成时间，{0}";
    MadeBy: "Made by", "生成人";
    Currency: "Currency", "币种";
    ItemsLooked: "Items looked at", "查看的物料";

    PickList: "Pick list", "拣货单";
    PackingList: "Packing list", "装箱单";
    DeliveryNote: "Delivery note", "送货单";
    ReceivingSheet: "Receiving sheet", "收货单";
    ShipBy: "Ship by", "发货期限";
    ExpectedOn: "Expected", "预计到货";
    TheirOrder: "Order", "订单号";
    DeliverTo: "Deliver to", "送货地址";
    ParcelNumber: "Parcel {0}", "包裹 {0}";
    Expiry: "Expiry", "有效期";
    PaperQuantity: "Quantity", "数量";
    Taken: "Taken", "实拣";
    CameIn: "Came", "实收";
    NotWithIt: "Not with this delivery", "本次未送";
    PaperTotals: "{0} lines, {1} units in all", "共 {0} 行，合计 {1}";
    NoPaperLines: "There is nothing on it yet.", "目前没有内容。";
    PickedBy: "Picked by", "拣货人";
    PackedBy: "Packed by", "装箱人";
    CheckedBy: "Checked by", "验收人";
    SignedOn: "Date", "日期";

    Seasonal: "Seasonal naive", "季节性朴素法";
    Historic: "Historic mean", "历史均值";
    Ses: "Exponential smoothing", "指数平滑";
    Theta: "Theta", "Theta 法";
    Croston: "Croston (SBA)", "Croston（SBA）";
    Net: "Quantile net", "分位数网络";
    Combination: "Combination", "组合";
}

/// Fills `{0}`, `{1}`, … in.
pub(crate) fn fill(template: &str, parts: &[&str]) -> String {
    let mut out = String::with_capacity(template.len() + 16);
    let mut rest = template;
    while let Some(open) = rest.find('{') {
        out.push_str(&rest[..open]);
        rest = &rest[open..];
        let Some(close) = rest.find('}') else { break };
        match rest[1..close].parse::<usize>() {
            Ok(n) => out.push_str(parts.get(n).copied().unwrap_or_default()),
            Err(_) => out.push_str(&rest[..=close]),
        }
        rest = &rest[close + 1..];
    }
    out.push_str(rest);
    out
}

/// What stands where there is no value.
pub(crate) const NOTHING: &str = "–";

/// The words and numbers of one report.
#[derive(Clone, Copy)]
pub(crate) struct Say<'a> {
    pub(crate) lang: Lang,
    pub(crate) zone: &'a Zone,
    pub(crate) day: Day,
}

impl<'a> Say<'a> {
    pub(crate) fn new(report: &'a crate::DailyReport) -> Self {
        Self { lang: report.lang, zone: &report.zone, day: report.day }
    }

    pub(crate) fn word(&self, word: W) -> &'static str {
        word.text(self.lang)
    }

    pub(crate) fn fill(&self, word: W, parts: &[&str]) -> String {
        fill(word.text(self.lang), parts)
    }

    /// A heading with the currency in it: `Cost, CNY`, or `Cost` where none is known.
    pub(crate) fn in_unit(&self, word: W, unit: &str) -> String {
        let text = self.fill(word, &[unit]);
        if unit.is_empty() { text.trim_end_matches([' ', ',', '，']).to_owned() } else { text }
    }

    pub(crate) fn state(&self, state: ProposalState) -> &'static str {
        self.word(match state {
            ProposalState::Draft => W::StDraft,
            ProposalState::Approved => W::StApproved,
            ProposalState::Ordered => W::StOrdered,
            ProposalState::Dismissed => W::StDismissed,
            ProposalState::Superseded => W::StSuperseded,
        })
    }

    pub(crate) fn unserved(&self, reason: UnservedReason) -> &'static str {
        self.word(match reason {
            UnservedReason::Unreachable => W::ReUnreachable,
            UnservedReason::TooLarge => W::ReTooLarge,
            UnservedReason::WindowClosed => W::ReWindowClosed,
            UnservedReason::NoRoom => W::ReNoRoom,
        })
    }

    pub(crate) fn severity(&self, severity: Severity) -> &'static str {
        self.word(match severity {
            Severity::Note => W::SevNote,
            Severity::Warning => W::SevWarning,
            Severity::Error => W::SevError,
        })
    }

    /// A model by its name in `domain`; any other name as it is.
    pub(crate) fn model(&self, name: &str) -> String {
        let word = match name {
            "SeasonalNaive" => W::Seasonal,
            "HistoricMean" => W::Historic,
            "Ses" => W::Ses,
            "Theta" => W::Theta,
            "CrostonSba" => W::Croston,
            "QuantileNet" => W::Net,
            "Combination" => W::Combination,
            "Ets" | "Tsb" | "Adida" => return name.to_uppercase(),
            "Imapa" => return "iMAPA".to_owned(),
            other => return other.to_owned(),
        };
        self.word(word).to_owned()
    }

    pub(crate) fn provider(&self, name: &str) -> String {
        if name == "native" { self.word(W::Native).to_owned() } else { name.to_owned() }
    }

    /// `Sunday, 22 November 2026`, `2026年11月22日 星期日`.
    pub(crate) fn long_day(&self, day: Day) -> String {
        const DAYS: [&str; 7] =
            ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
        const MONTHS: [&str; 12] = [
            "January",
            "February",
            "March",
            "April",
            "May",
            "June",
            "July",
            "August",
            "September",
            "October",
            "November",
            "December",
        ];
        const DAYS_ZH: [&str; 7] = ["一", "二", "三", "四", "五", "六", "日"];
        let (year, month, date) = day.civil();
        let weekday = day.weekday() as usize % 7;
        match self.lang {
            Lang::En => {
                format!("{}, {date} {} {year}", DAYS[weekday], MONTHS[(month.max(1) as usize - 1) % 12])
            }
            Lang::ZhHans => format!("{year}年{month}月{date}日 星期{}", DAYS_ZH[weekday]),
        }
    }

    /// The site's wall clock: `2026-11-22 14:05`.
    pub(crate) fn time(&self, at: Timestamp) -> String {
        let (day, minute) = local(self.zone, at);
        format!("{day} {:02}:{:02}", minute / 60, minute % 60)
    }

    /// `14:05` on the report's day, else with the date.
    pub(crate) fn short_time(&self, at: Timestamp) -> String {
        let (day, minute) = local(self.zone, at);
        let clock = format!("{:02}:{:02}", minute / 60, minute % 60);
        if day == self.day { clock } else { format!("{day} {clock}") }
    }

    /// `1 h 25 min`.
    pub(crate) fn span(&self, ms: i64) -> String {
        let minutes = ms.max(0) / 60_000;
        let (h, min) = (self.lang.pick("h", "小时"), self.lang.pick("min", "分"));
        match (minutes / 60, minutes % 60) {
            (0, 0) if ms > 0 => format!("< 1\u{a0}{min}"),
            (0, minutes) => format!("{minutes}\u{a0}{min}"),
            (hours, minutes) => format!("{hours}\u{a0}{h} {minutes}\u{a0}{min}"),
        }
    }
}

/// The site's day and the minute of it.
fn local(zone: &Zone, at: Timestamp) -> (Day, i64) {
    let local = Timestamp(zone.local_ms(at.0));
    (local.utc_day(), local.0.rem_euclid(86_400_000) / 60_000)
}

/// `1234567.5` as `1,234,567.5`, its minus as wide as a figure.
pub(crate) fn grouped(number: &str) -> String {
    let (sign, body) = match number.strip_prefix('-') {
        Some(body) => ("−", body),
        None => ("", number),
    };
    let (whole, fraction) =
        body.split_once('.').map_or((body, None), |(whole, fraction)| (whole, Some(fraction)));
    let mut out = String::from(sign);
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) && whole.is_ascii() {
            out.push(',');
        }
        out.push(digit);
    }
    if let Some(fraction) = fraction {
        out.push('.');
        out.push_str(fraction);
    }
    out
}

pub(crate) fn count(n: u64) -> String {
    grouped(&n.to_string())
}

pub(crate) fn quantity(value: Quantity) -> String {
    grouped(&value.to_string())
}

/// A computed quantity: thousandths of a carton are the arithmetic's, not the shelf's. The workbook has them all.
pub(crate) fn computed(value: Quantity) -> String {
    let digits = if value.0.abs() < 10_000 { 1 } else { 0 };
    grouped(&format!("{value:.digits$}"))
}

pub(crate) fn money(value: Money) -> String {
    grouped(&format!("{value:.2}"))
}

pub(crate) fn milli(value: Milli, digits: usize) -> String {
    grouped(&format!("{value:.digits$}"))
}

/// A way in kilometres: a decimal below a hundred.
pub(crate) fn kilometres(value: Metres) -> String {
    let km = value.0 as f64 / 1_000.0;
    number(km, usize::from(km.abs() < 100.0))
}

/// `08:00–11:30`; past midnight the clock begins anew.
pub(crate) fn window(of: Option<(u16, u16)>, say: &Say<'_>) -> String {
    let clock = |minute: u16| {
        let minute = if minute > 1_440 { minute % 1_440 } else { minute };
        format!("{:02}:{:02}", minute / 60, minute % 60)
    };
    of.map_or_else(|| say.word(W::AllDay).to_owned(), |(from, to)| format!("{}–{}", clock(from), clock(to)))
}

/// A percentage; 0 is nothing known.
pub(crate) fn chance(value: Option<Permille>) -> String {
    value.map_or_else(|| NOTHING.to_owned(), |value| value.to_string())
}

/// A plain number; what is none is a dash.
pub(crate) fn number(value: f64, digits: usize) -> String {
    if !value.is_finite() {
        return NOTHING.to_owned();
    }
    let text = format!("{value:.digits$}");
    // −0.0 is 0.
    if text.strip_prefix('-').is_some_and(|rest| rest.chars().all(|c| c == '0' || c == '.')) {
        grouped(&text[1..])
    } else {
        grouped(&text)
    }
}

/// A demand a day: two decimals below ten, one below a hundred.
pub(crate) fn rate(value: f64) -> String {
    number(
        value,
        if value.abs() < 10.0 {
            2
        } else if value.abs() < 100.0 {
            1
        } else {
            0
        },
    )
}

/// ISO 8601 with the site's offset: `2026-11-22T14:05:00+08:00`.
pub(crate) fn iso(zone: &Zone, at: Timestamp) -> String {
    let offset = zone.offset_at(at.0);
    let local = Timestamp(zone.local_ms(at.0)).to_string();
    let sign = if offset < 0 { '-' } else { '+' };
    let offset = offset.unsigned_abs();
    // The milliseconds and the Z go.
    format!(
        "{}{sign}{:02}:{:02}",
        local.get(..local.len().saturating_sub(5)).unwrap_or_default(),
        offset / 60,
        offset % 60
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_languages_fill_in_the_same_parts() {
        for word in W::ALL {
            for n in 0..9 {
                let part = format!("{{{n}}}");
                assert_eq!(
                    word.text(Lang::En).contains(&part),
                    word.text(Lang::ZhHans).contains(&part),
                    "{word:?} {part}"
                );
            }
        }
    }

    #[test]
    fn numbers_read_as_people_write_them() {
        assert_eq!(grouped("-1234567.50"), "−1,234,567.50");
        assert_eq!(
            [grouped("0"), grouped("999"), grouped("1000"), grouped("-12")],
            ["0", "999", "1,000", "−12"]
        );
        assert_eq!(
            [number(f64::NAN, 1), number(-0.01, 1), rate(3.456), rate(1234.5)],
            ["–", "0.0", "3.46", "1,234"]
        );
        assert_eq!(money(Money(i64::MIN)), "−92,233,720,368,547,758.08");
        let zone = Zone::fixed("UTC−3:30", -210);
        assert_eq!(iso(&zone, Timestamp(1_795_360_547_123)), "2026-11-22T11:45:47-03:30");
        let say = Say { lang: Lang::ZhHans, zone: &zone, day: Day(20_779) };
        assert_eq!(say.long_day(Day(20_779)), "2026年11月22日 星期日");
        assert_eq!(say.short_time(Timestamp(1_795_360_547_123)), "11:45");
        assert_eq!(say.span(5_100_000), "1\u{a0}小时 25\u{a0}分");
    }
}

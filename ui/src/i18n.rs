//! Every word a person sees, in every language: one table, complete at compile time.
//!
//! A row is a name and its text in each language; a row without one does not compile. `{0}`, `{1}`, … are filled in by
//! [`fill`]; a test holds that every language has the same ones. Words follow docs/glossary.md.

/// A language of the screens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// Simplified Chinese.
    ZhHans,
}

impl Lang {
    /// All.
    pub const ALL: [Lang; 2] = [Lang::En, Lang::ZhHans];

    /// BCP 47, as stored and as the document's `lang`.
    pub const fn tag(self) -> &'static str {
        match self {
            Lang::En => "en",
            Lang::ZhHans => "zh-Hans",
        }
    }

    /// In its own language.
    pub const fn own_name(self) -> &'static str {
        match self {
            Lang::En => "English",
            Lang::ZhHans => "中文",
        }
    }

    /// The one the switch goes to.
    pub const fn other(self) -> Self {
        match self {
            Lang::En => Lang::ZhHans,
            Lang::ZhHans => Lang::En,
        }
    }

    /// As the contract has it.
    pub const fn contract(self) -> contract::Language {
        match self {
            Lang::En => contract::Language::En,
            Lang::ZhHans => contract::Language::ZhHans,
        }
    }

    /// From a tag.
    pub fn parse(tag: &str) -> Self {
        crate::prefs::language_of(Some(tag), None)
    }
}

/// Fills `{0}`, `{1}`, … in.
pub fn fill(template: &str, parts: &[&str]) -> String {
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

macro_rules! words {
    ($($name:ident: $en:literal, $zh:literal;)*) => {
        /// A word or sentence of the screens.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[allow(missing_docs, reason = "the English text beside each name says what it is")]
        pub enum W { $($name),* }

        impl W {
            /// Every one.
            pub const ALL: &[W] = &[$(W::$name),*];

            /// Its text.
            pub const fn text(self, lang: Lang) -> &'static str {
                match lang {
                    Lang::En => match self { $(W::$name => $en),* },
                    Lang::ZhHans => match self { $(W::$name => $zh),* },
                }
            }
        }
    };
}

words! {
    // Pages.
    PageToday: "Today", "今日";
    PageAlarms: "Alarms", "报警";
    PageStock: "Stock", "库存";
    PageDemand: "Demand", "需求";
    PageReplenish: "Replenish", "补货";
    PageEnvironment: "Environment", "环境";
    PageFleet: "Fleet", "车队";
    PageReports: "Reports", "报告";
    PageDevices: "Devices", "设备";
    PageQuality: "Quality", "质量";
    PageModels: "Models", "模型";
    PageData: "Data", "数据";
    PageSettings: "Settings", "设置";
    Page: "page", "页面";
    Pages: "Pages", "页面";
    Command: "command", "命令";
    Item: "Item", "物料";
    Alarm: "alarm", "报警";
    Device: "device", "设备";

    // Frame.
    Opening: "Opening the site…", "正在打开站点…";
    Loading: "Loading…", "加载中…";
    TryAgain: "Try again", "重试";
    SkipToContent: "Skip to content", "跳到内容";
    Search: "Search", "搜索";
    SearchHint: "Search items, alarms, devices, commands…", "搜索物料、报警、设备、命令…";
    NothingFound: "Nothing found.", "没有找到。";
    TimeWindow: "Time shown in charts of readings", "读数图表的时间范围";
    WindowHour: "Last hour", "最近 1 小时";
    WindowShift: "Last 8 hours", "最近 8 小时";
    WindowDay: "Last 24 hours", "最近 24 小时";
    WindowWeek: "Last 7 days", "最近 7 天";
    WindowMonth: "Last 30 days", "最近 30 天";
    WindowQuarter: "Last 90 days", "最近 90 天";
    WindowYear: "Last year", "最近一年";
    WindowCustom: "Custom range", "自定义范围";
    Columns: "Columns", "列";
    ColumnsText: "Kept for this list in this browser. Alt ↑ ↓ moves a column.", "为此列表保存在本浏览器中。Alt ↑ ↓ 移动列。";
    ColumnsReset: "As at first", "恢复默认";
    ColumnUp: "Move {0} forward", "将“{0}”前移";
    ColumnDown: "Move {0} back", "将“{0}”后移";
    ChartMoves: "Chart of {0}. Left and right arrow move it, plus and minus zoom, 0 shows all again.", "{0} 图表。左右方向键平移，加减号缩放，0 恢复全部。";
    ChartShows: "Shown: {0} to {1}", "显示范围：{0} 至 {1}";
    ChartReset: "Show all again", "恢复全部";

    // Charts of readings.
    PageCharts: "Charts", "图表";
    LookLines: "Lines", "曲线";
    LookHours: "By hour", "按小时";
    LookDays: "By day", "按日";
    LookProfile: "Day × hour", "日 × 时";
    LookDuration: "Duration", "持续曲线";
    LookCorrelation: "Correlation", "相关";
    LinesOf: "{0} of {1} lines", "{0} / {1} 条曲线";
    LinesMost: "At most {0} lines: take one off first.", "最多 {0} 条曲线：请先取消一条。";
    LinesHelp: "Chart of {0}. Arrows move it, plus and minus zoom, Shift and arrows move the crosshair, m goes to the next event, t shows the numbers, 0 shows all again.", "{0} 图表。方向键平移，加减号缩放，Shift 加方向键移动十字线，m 到下一事件，t 显示数字，0 恢复全部。";
    FilterChannels: "Filter channels", "筛选通道";
    ChartsNone: "No channel is chosen", "未选择通道";
    ChartsNoneText: "Choose up to 20 channels on the left: one chart shows them all, on two axes, over a minute or a year.", "请在左侧选择至多 20 个通道：同一图表双轴显示，从一分钟到一年。";
    CompareWeek: "a week before", "上周同期";
    CrossNone: "Newest values shown. Point at the chart, or press Shift and an arrow.", "显示最新值。指向图表，或按 Shift 加方向键。";
    Until: "Until", "至";
    Views: "Views kept", "已存视图";
    ViewKeep: "Keep", "保存";
    ViewKeepDots: "Keep view…", "保存视图…";
    ViewKeepTitle: "Keep this view", "保存此视图";
    ViewKeepText: "Its channels, span and look come back by this name; one of the same name is replaced.", "按此名称恢复通道、时间范围与显示方式；同名视图将被替换。";
    ViewName: "Name", "名称";
    ViewKept: "Kept: {0}.", "已保存：{0}。";
    ViewForget: "Forget {0}", "删除 {0}";
    ViewForgotten: "Forgotten: {0}.", "已删除：{0}。";
    SavePng: "PNG", "PNG";
    SaveSvg: "SVG", "SVG";
    SaveCsv: "CSV", "CSV";
    SavedFile: "Saved: {0}", "已保存：{0}";
    PictureFailed: "The picture could not be made; make the window smaller or export SVG.", "无法生成图片；请缩小窗口或导出 SVG。";
    Events: "Events", "事件";
    Event: "Event", "事件";
    NoEvents: "Nothing happened in this span: no alarms, gaps or calibrations.", "此时段无事件：没有报警、数据缺口或校准。";
    EventHigh: "above its limit", "超上限";
    EventLow: "below its limit", "低于下限";
    EventNoData: "no data", "无数据";
    EventDeviceGone: "device gone", "设备离线";
    EventEndpointGone: "can't be reached", "无法连接";
    EventRecording: "readings not recorded safely", "读数未能可靠记录";
    EventBackup: "not backed up", "未备份";
    EventDamage: "readings on record damaged", "已记录的读数损坏";
    EventOther: "alarm", "报警";
    EventCalibrated: "calibrated as {0} says, done on {1}", "已按 {0} 校准，校准日期 {1}";
    EventCalibrationDue: "calibration {0} ends on {1}", "校准 {0} 将于 {1} 到期";
    EventCalibrationEnded: "calibration {0} ended on {1}", "校准 {0} 已于 {1} 到期";
    Time: "Time", "时间";
    Earlier: "Earlier", "较早";
    Later: "Later", "较晚";
    RowsOf: "{0}–{1} of {2}", "第 {0}–{1} 行，共 {2} 行";
    HourOfDay: "hour of the day", "小时";
    DayOf: "day", "日期";
    ShareOfTime: "exceeded so much of the time, %", "超过该值的时间占比，%";
    ShareOutside: "Beyond a limit", "超限时段";
    Highest: "Highest", "最高";
    Lowest: "Lowest", "最低";
    MeansOf: "from means of {0}; extremes are readings", "基于 {0} 均值；极值为原始读数";
    Correlation: "r, same time", "r（同时）";
    CorrelationBest: "r, best lag", "r（最佳滞后）";
    BestLag: "Lag", "滞后";
    BestLagText: "The second channel follows the first by so much; less than nothing: it leads.", "第二通道滞后于第一通道的时间；负值表示领先。";
    CorrelationByLag: "Correlation by lag", "相关随滞后变化";
    LagMinutes: "lag of the second, minutes", "第二通道滞后，分钟";
    CorrelationTwo: "Choose two channels on the left.", "请在左侧选择两个通道。";
    OpenAlarms: "Open alarms", "未关闭的报警";
    NoAlarms: "no alarms", "无报警";
    SwitchLanguage: "Switch language", "切换语言";
    SwitchTheme: "Switch theme", "切换主题";
    Theme: "Theme", "主题";
    ThemeSystem: "As the system", "跟随系统";
    ThemeLight: "Light", "浅色";
    ThemeDark: "Dark", "深色";
    TouchRows: "Tall rows for touch", "触摸用高行距";
    DemoSite: "Demo site", "演示站点";
    DemoLong: "devices, stock and orders are simulated", "设备、库存和订单均为模拟";
    DemoSpeed: "clock runs ×{0}", "时钟以 {0} 倍速运行";
    Recording: "recording", "记录中";
    NotRecording: "not recording", "未在记录";
    ReadingsPerSecond: "{0} readings/s", "{0} 条读数/秒";
    DevicesUp: "devices {0} of {1}", "设备 {0}/{1}";
    DoubtsOpenLong: "Channels whose readings are in doubt and nobody has said why: open the list", "读数存疑且无人说明原因的通道：打开列表";
    ShedCount: "{0} readings shed", "已丢弃 {0} 条读数";
    JobsRunning: "{0} job running|{0} jobs running", "{0} 个作业运行中";
    ModelsOn: "models on {0}", "模型运行于 {0}";
    ModelsIdle: "models not run yet", "模型尚未运行";
    ModelUnusable: "model can't be used", "模型不可用";
    LinkDownSince: "console does not answer since {0}", "控制台自 {0} 起无响应";
    LinkDownLong: "The console does not answer. Recording goes on where its process runs.", "控制台没有响应。其进程所在之处记录仍在继续。";
    SessionEnded: "This session has ended. Open the address that the console printed.", "会话已结束。请打开控制台给出的地址。";
    Keys: "Keys", "快捷键";
    Close: "Close", "关闭";
    Cancel: "Cancel", "取消";
    Save: "Save", "保存";
    Saved: "Saved.", "已保存。";
    Add: "Add", "添加";
    Edit: "Edit", "操作";
    Filter: "Filter", "筛选";
    Findings: "Findings", "发现的问题";
    Finding: "Finding", "问题";
    Line: "line", "行";
    LineWord: "Line", "行";
    Lines: "Lines", "行数";
    Subject: "Subject", "对象";
    Detail: "Detail", "详情";
    AndMore: "and {0} more", "另有 {0} 条";
    ShowTable: "Show the numbers", "显示数字";
    ShowChart: "Show the chart", "显示图表";
    AsOf: "as of {0}", "截至 {0}";
    Trace: "trace", "追踪号";
    Assumed: "assumed", "假定";
    AssumedLong: "No file gave this number: the site's default is used.", "没有文件提供该数值：使用站点默认值。";
    AssumedNames: "No file gave: {0}. The site's defaults are used; import items to replace them.", "文件中没有：{0}。已使用站点默认值；导入物料即可替换。";
    NoData: "no data", "无数据";
    Expected: "expected", "预计";

    // Units.
    UnitSecond: "s", "秒";
    UnitMinute: "min", "分钟";
    UnitHour: "h", "小时";
    UnitDay: "d", "天";
    UnitADay: "a day", "每天";
    UnitAWeek: "a week", "每周";
    Month1: "Jan", "1月";
    Month2: "Feb", "2月";
    Month3: "Mar", "3月";
    Month4: "Apr", "4月";
    Month5: "May", "5月";
    Month6: "Jun", "6月";
    Month7: "Jul", "7月";
    Month8: "Aug", "8月";
    Month9: "Sep", "9月";
    Month10: "Oct", "10月";
    Month11: "Nov", "11月";
    Month12: "Dec", "12月";
    Weekday1: "Mon", "周一";
    Weekday2: "Tue", "周二";
    Weekday3: "Wed", "周三";
    Weekday4: "Thu", "周四";
    Weekday5: "Fri", "周五";
    Weekday6: "Sat", "周六";
    Weekday7: "Sun", "周日";

    // Roles, priorities.
    RoleViewer: "viewer", "查看者";
    RoleOperator: "operator", "操作员";
    RoleManager: "manager", "经理";
    RoleAdmin: "administrator", "管理员";
    StateWord: "State", "状态";
    Priority: "Priority", "优先级";
    PriorityCritical: "critical", "紧急";
    PriorityHigh: "high", "高";
    PriorityMedium: "medium", "中";
    PriorityLow: "low", "低";

    // Today.
    NeedsDecision: "Needs a decision", "需要决定";
    ByCostOfWaiting: "by cost of waiting", "按等待代价排序";
    WithinTheHour: "Within the hour", "一小时内";
    TodayWord: "today", "今天";
    ThisWeek: "This week", "本周";
    AtRisk: "at risk", "风险金额";
    CostsShort: "costs {0}", "成本 {0}";
    NothingToDecide: "Nothing needs a decision", "没有需要决定的事项";
    NothingToDecideText: "No alarm is open and no order is proposed. Proposals are made when forecasts are: run them again after new orders or stock came in.", "没有未关闭的报警，也没有补货建议。建议随预测生成：导入新订单或库存后请重新运行。";
    EmptyToday: "What needs a decision appears here", "这里显示需要决定的事项";
    EmptyTodayText: "Alarms come from devices, order proposals from order history and stock. Import the order history first, then stock on hand; or add a device.", "报警来自设备，补货建议来自订单历史和库存。请先导入订单历史，再导入库存；或添加设备。";
    GoEnvironment: "Open Environment", "打开环境页";
    GoDevices: "Open Devices", "打开设备页";
    GoReplenish: "Open Replenish", "打开补货页";
    PlanNow: "Make forecasts and proposals now", "立即生成预测和建议";
    PlanningStarted: "Forecasts and proposals are being made; the job is on page Data.", "正在生成预测和建议；作业见数据页。";

    // Alarms.
    TabOpen: "Open", "未关闭";
    TabShelved: "Shelved", "已搁置";
    TabPast: "Past", "历史";
    FilterAlarms: "Filter by room, channel or device", "按房间、通道或设备筛选";
    AlarmHigh: "{0} above {1}", "{0} 高于 {1}";
    AlarmLow: "{0} below {1}", "{0} 低于 {1}";
    AlarmNoData: "{0} sends no data", "{0} 无数据";
    AlarmDeviceFault: "{0} is faulty", "{0} 故障";
    AlarmRecording: "Readings are not being recorded safely", "读数未能可靠记录";
    NowValue: "now {0}", "当前 {0}";
    SinceTime: "since {0}", "自 {0} 起";
    ClearedAt: "back inside at {0}", "{0} 恢复正常";
    ShelvedUntil: "shelved until {0}", "搁置至 {0}";
    AcknowledgedBy: "acknowledged by {0}", "已由 {0} 确认";
    Now: "Now", "当前";
    Limit: "Limit", "限值";
    AlarmWord: "Alarm", "报警";
    DeviceWord: "Device", "设备";
    SeenBy: "Acknowledged by", "确认人";
    Furthest: "Furthest", "最远值";
    Raised: "Raised", "触发";
    Cleared: "Cleared", "解除";
    Lasts: "Lasts", "持续";
    Lasted: "Lasted", "共持续";
    DelayWas: "delay {0}", "延时 {0}";
    Cause: "Cause", "原因";
    Consequence: "Consequence", "后果";
    Action: "Action", "措施";
    CauseHigh: "The value passed the high limit and stayed there for the delay of {0}.", "数值超过上限并持续达到延时 {0}。";
    CauseLow: "The value fell below the low limit and stayed there for the delay of {0}.", "数值低于下限并持续达到延时 {0}。";
    CauseNoData: "No reading came for three expected intervals.", "连续三个预期间隔没有读数。";
    CauseDeviceFault: "The device can't be reached, or what it sends makes no sense.", "设备无法连接，或发送的数据无意义。";
    CauseRecording: "The disk is full or the store can't keep up.", "磁盘已满或存储跟不上。";
    ConsequenceLimit: "What is stored there uses up its time outside the limits; the excursion goes on record.", "存放的货物正在消耗其允许的超限时间；此次超限会被记录。";
    ConsequenceNoData: "The chain has a gap from here on: nobody can prove what the temperature was.", "从此刻起记录链出现缺口：无法证明当时的温度。";
    ConsequenceRecording: "Readings may be lost until there is room again.", "在恢复空间之前读数可能丢失。";
    ActionHigh: "Check door and cooling; move what can't wait to another room. Acknowledge with what you found.", "检查门和制冷；将不能等待的货物移至其他房间。确认时写明发现的情况。";
    ActionLow: "Check the cooling's set point and the heater; move what must not freeze. Acknowledge with what you found.", "检查制冷设定值和加热器；移走不能受冻的货物。确认时写明发现的情况。";
    ActionNoData: "Check plug, cable and battery of the device; take a reading by hand meanwhile.", "检查设备的插头、线缆和电池；期间请人工读数。";
    ActionDeviceFault: "Look at what the device last said (page Devices); unplug it and plug it in again.", "查看设备最后发送的内容（设备页）；拔下后重新插入。";
    ActionRecording: "Free room on the disk of the site's folder. Recording resumes by itself.", "清理站点文件夹所在磁盘。记录会自动恢复。";
    Acknowledge: "Acknowledge", "确认";
    AcknowledgeTitle: "Acknowledge the alarm", "确认报警";
    Acknowledged: "Acknowledged.", "已确认。";
    WhatYouFound: "What you found (may stay empty)", "发现的情况（可留空）";
    Shelve: "Shelve", "搁置";
    ShelveDots: "Shelve…", "搁置…";
    ShelveTitle: "Shelve the alarm", "搁置报警";
    Shelved: "Shelved.", "已搁置。";
    ForHowLong: "For how long", "搁置多久";
    OpenRoom: "Open the room", "打开房间";
    OpenDevice: "Open the device", "打开设备";
    EmptyAlarms: "No alarms here", "这里没有报警";
    EmptyAlarmsText: "An alarm is raised when a value stays beyond its limit for the delay, a device falls silent, or recording is in trouble. Limits are set on page Environment.", "当数值超限并持续达到延时、设备静默或记录出现问题时会触发报警。限值在环境页设置。";

    // Proposals.
    OrderFrom: "Order {0} × {1} from {2}", "向 {2} 订购 {0} × {1}";
    OrderPlain: "Order {0} × {1}", "订购 {0} × {1}";
    RunsOut: "runs out {0} (P {1})", "{0} 售罄（P {1}）";
    RunsOutChance: "stock-out chance {0}", "缺货概率 {0}";
    OrderToday: "order today", "今天下单";
    OrderBy: "order by {0}", "最迟 {0} 下单";
    CountAssumed: "{0} assumed", "{0} 个数值为假定";
    ReasonCover: "{0} at {1} a day last {2} days; an order placed now arrives in {3}.", "现有 {0}，按每天 {1} 可用 {2} 天；现在下单，{3}后到货。";
    ReasonNoDemand: "{0} available, and demand is close to nothing; an order placed now arrives in {1}.", "现有 {0}，需求接近零；现在下单，{1}后到货。";
    ReasonTarget: "Below {0} an order is due: that is demand over {1} at a service level of {2}; it fills up to {3}.", "低于 {0} 即应订货：即 {1}内的需求，服务水平 {2}；补至 {3}。";
    DemandOverCover: "Demand to cover", "需覆盖的需求";
    SumDemand: "{0} a day × ({1} days lead time + {2} days review)", "每天 {0} ×（提前期 {1} 天 + 检查周期 {2} 天）";
    SafetyStock: "Safety stock", "安全库存";
    SumSafety: "for a service level of {0}, from the forecast's spread", "对应服务水平 {0}，来自预测的离散度";
    OrderUpTo: "Order up to", "目标库存水平";
    SumReorderPoint: "below it an order is due", "低于此值即应订货";
    NextReview: "Demand until the next review", "至下次检查的需求";
    SumNextReview: "the {0} days after that", "其后 {0} 天";
    Available: "Available", "可用";
    SumAvailable: "on hand less allocated", "在库减已分配";
    OnOrder: "On order", "在途";
    SumOnOrder: "ordered and not received", "已订购未到货";
    Needed: "Needed", "需要";
    ToOrder: "To order", "订购量";
    SumPacks: "in packs of {0}", "按每包 {0} 取整";
    Cost: "Cost", "成本";
    SumCost: "{0} a unit", "单价 {0}";
    OnHand: "On hand", "在库";
    LeadTime: "Lead time", "提前期";
    UnitCost: "Unit cost", "单位成本";
    PackSize: "Pack size", "包装数量";
    Supplier: "Supplier", "供应商";
    NoSupplier: "Supplier not known", "供应商未知";
    DemandADay: "Demand a day", "日需求";
    RunsOutShort: "Runs out", "售罄日";
    ForecastBy: "forecast: {0}", "预测：{0}";
    ProjectionCaption: "stock expected without this order, 10–90 % · forecast: {0}", "不下此单时的预计库存，10–90% · 预测：{0}";
    SoldCaption: "demand of the last days, a bar a day · from order history", "最近每日需求，每日一柱 · 来自订单历史";
    CountOf: "{0} of {1}", "前 {0} 条，共 {1} 条";
    ApproveOrder: "Approve: order {0} for {1}", "批准：订购 {0}，{1}";
    ApprovedOne: "Approved: {0}, {1}.", "已批准：{0}，{1}。";
    ApprovedMany: "Approved {0} proposals, {1}.", "已批准 {0} 条建议，{1}。";
    Change: "Change", "更改";
    ChangeDots: "Change…", "更改…";
    ChangeTitle: "Change the quantity", "更改数量";
    Changed: "Changed.", "已更改。";
    InPacksOf: "in packs of {0} {1}", "每包 {0} {1}";
    Quantity: "Quantity", "数量";
    Note: "Note", "备注";
    Why: "Why", "原因";
    Dismiss: "Dismiss", "驳回";
    DismissDots: "Dismiss…", "驳回…";
    DismissTitle: "Dismiss", "驳回";
    DismissedOne: "Dismissed: {0}.", "已驳回：{0}。";
    TakeBack: "Take back", "撤回";
    TakenBack: "Taken back.", "已撤回。";
    TimeLeft: "{0} left", "剩余 {0}";
    OpenItem: "Open the item", "打开物料";
    OpenDemand: "Open its demand", "打开需求";

    // Overrides of the forecast.
    OverrideBy: "override by {0}", "{0} 的人工调整";
    ReasonOverride: "Override by {0} for {1}: {2} instead of {3}.", "{0} 对 {1} 的人工调整：{2}，而非 {3}。";
    ReasonWhatIf: "Taken over from a what-if.", "取自假设分析。";
    ReasonWhatIfBudget: "Taken over from a what-if with a budget of {0} for all drafts.", "取自假设分析，全部草稿预算 {0}。";
    Baseline: "Baseline", "基线";
    SumBaseline: "what the forecast alone says", "仅按预测";
    Override: "Override", "人工调整";
    OverrideDots: "Override…", "人工调整…";
    OverrideTitle: "Override the forecast of {0}", "调整 {0} 的预测";
    OverrideText: "The baseline stays as it is. Orders are planned by your number, and once the days are over both are held against what came.", "基线保持不变。补货按您的数字计划；期间结束后，两者都与实际比较。";
    FirstDay: "From", "从";
    UntilDay: "Until, included", "到（含）";
    OverrideHow: "What is expected", "预期";
    OverrideTotal: "so many units in all", "总数量";
    OverridePercent: "percent more or less than the baseline", "比基线增减百分比";
    OverrideNumber: "Number", "数值";
    OverrideNumberHint: "units, or percent such as 30 or -20", "数量；或百分比，如 30 或 -20";
    OverrideSet: "The override is set; the draft was made again", "已设置人工调整，草稿已重新生成";
    OverrideCleared: "The override was taken back", "已撤销人工调整";
    ClearOverrideDots: "Take back…", "撤销…";
    ClearOverrideTitle: "Take back the override", "撤销人工调整";
    Overrides: "Overrides", "人工调整";
    OverridesText: "what people expect instead of the baseline", "人工预期，代替基线";
    NoOverrides: "Nobody overrides a forecast.", "没有人工调整。";
    OverrideDays: "Days", "日期";
    OverrideValue: "Override", "调整值";
    Came: "Came", "实际";
    ErrorBaseline: "Baseline off by", "基线误差";
    ErrorOverride: "Override off by", "调整误差";
    SetBy: "Set by", "设置人";
    StateHead: "State", "状态";
    StateActive: "active", "生效中";
    StateOver: "over", "已结束";
    StateCleared: "taken back", "已撤销";
    ValueAdded: "{0} of them are over: the baseline was off by {1} units, the overrides by {2}. {3}", "其中 {0} 项已结束：基线误差合计 {1}，人工调整误差合计 {2}。{3}";
    ValueAddedYes: "The overrides were closer.", "人工调整更接近实际。";
    ValueAddedNo: "The baseline was closer.", "基线更接近实际。";
    TabItems: "Items", "物料";
    ActiveOverrides: "Active overrides", "生效中的人工调整";
    // What if.
    TabWhatIf: "What if", "假设分析";
    WhatIfTitle: "What would other settings order?", "换一种设置会订多少？";
    WhatIfText: "From the forecasts on record; nothing changes until you use it.", "基于已有预测；采用之前不作任何更改。";
    WhatIfLevel: "Service level", "服务水平";
    WhatIfBudget: "Budget for all drafts", "全部草稿预算";
    WhatIfNoLimit: "empty: no limit", "留空：不限";
    WhatIfReview: "Days between orders", "订货间隔（天）";
    WhatIfLines: "Lines", "行数";
    WhatIfUnits: "Units", "数量";
    WhatIfValue: "Order value", "订货金额";
    WhatIfStockOuts: "Items that run out", "缺货物料数";
    WhatIfLost: "Lost sales expected", "预期销售损失";
    WhatIfNow: "drafts now {0}", "现有草稿 {0}";
    WhatIfNone: "{0} without any order", "不订货时 {0}";
    WhatIfUntil: "until an order of the next review could arrive", "至下次订货到货前";
    WhatIfAtCost: "{0} of {1} items have no price: their lost sales are at cost.", "{1} 个物料中有 {0} 个没有售价：按成本计损失。";
    WhatIfCurve: "Order value at each service level, without a budget", "各服务水平下的订货金额（不限预算）";
    WhatIfX: "service level, %", "服务水平，%";
    WhatIfY: "order value, {0}", "订货金额，{0}";
    WhatIfSecond: "lost sales", "销售损失";
    WhatIfSame: "These settings order what the drafts say.", "该设置与现有草稿一致。";
    WhatIfSuppliers: "By supplier", "按供应商";
    WhatIfChanged: "Lines that change", "变化的行";
    WhatIfCut: "Left out for the budget", "因预算未订";
    WhatIfCutText: "{0} lines less than the service level asks for: {1} more in lost sales", "{0} 行少于服务水平所需：预期销售损失增加 {1}";
    WhatIfWanted: "Wanted", "需要";
    WhatIfKept: "Ordered", "订货";
    WhatIfRisk: "Risk", "风险";
    WhatIfChance: "P(out)", "缺货概率";
    WhatIfNowHead: "Now", "现有";
    WhatIfThen: "Then", "之后";
    WhatIfChange: "Change", "变化";
    UseThese: "Use these", "采用";
    UseTheseTitle: "Use these orders", "采用这些订单";
    UseTheseText: "{0} drafts worth {1} take the place of the {2} drafts there are. Planning again undoes it.", "{0} 项草稿（{1}）将代替现有 {2} 项草稿。重新计划即可恢复。";
    UsedThese: "{0} drafts took the place of {1}", "{0} 项草稿已代替原有 {1} 项";
    // Replenish.
    TabDraft: "Draft", "草稿";
    TabApproved: "Approved", "已批准";
    TabOrdered: "Ordered", "已下单";
    TabDismissed: "Dismissed", "已驳回";
    FilterProposals: "Filter by item, SKU or supplier", "按物料、SKU 或供应商筛选";
    ApproveAll: "Approve all", "全部批准";
    ApproveAllOf: "Approve all of {0}", "批准 {0} 的全部建议";
    ApproveMarked: "Approve {0} marked, {1}", "批准所选 {0} 条，{1}";
    ClearMarks: "Clear marks", "清除选择";
    OrderByWord: "Order by", "最迟下单";
    WaitingCosts: "Waiting costs", "等待代价";
    MarkWord: "Mark", "选择";
    CountProposals: "{0} proposal|{0} proposals", "{0} 条建议";
    ExportOrders: "Export purchase orders (CSV)", "导出采购订单（CSV）";
    PurchaseOrders: "Purchase orders", "采购订单";
    Number: "Number", "编号";
    MadeAt: "Made", "生成";
    NoneInThisState: "No proposals in this state.", "没有处于该状态的建议。";
    EmptyReplenish: "Orders to approve appear here", "这里显示待批准的订单";
    EmptyReplenishText: "Proposals are made of the forecast, stock on hand, lead times and the service level. Make them now, or import orders and stock first.", "建议由预测、库存、提前期和服务水平生成。立即生成，或先导入订单和库存。";

    // Stock.
    FilterItems: "Filter by name, SKU or category", "按名称、SKU 或类别筛选";
    CountItems: "{0} item|{0} items", "{0} 个物料";
    CoverDays: "Cover, d", "可用天数";
    Cover: "Days of cover", "可用天数";
    Allocated: "Allocated", "已分配";
    Value: "Value", "金额";
    NeverCounted: "never counted", "从未盘点";
    SourceImported: "imported", "导入";
    SourceMeasured: "measured", "测量值";
    SourceForecast: "forecast", "预测";
    SourceSeries: "mean, with the smallest and largest of each step", "均值，保留每步的最小和最大值";
    ReorderPoint: "Reorder point", "再订货点";
    AtServiceLevel: "at a service level of {0}", "服务水平 {0}";
    StockCaption: "level expected without a new order, 10–90 % · from forecast and stock on hand", "不下新单时的预计水平，10–90% · 来自预测和在库";
    IfOrderedNow: "if ordered now", "若现在下单";
    ItemNoStock: "no file or count ever said how many there are", "没有任何文件或盘点给出数量";
    ItemRunsOut: "lasts {0} days, runs out {1}; an order takes {2}", "可用 {0} 天，{1} 售罄；订货需 {2}";
    ItemCovered: "lasts {0} days; an order takes {1}", "可用 {0} 天；订货需 {1}";
    ItemNoForecast: "no forecast yet", "尚无预测";
    Ledger: "Ledger", "台账";
    DayWord: "Day", "日期";
    Kind: "Kind", "类型";
    ChangeWord: "Change", "变动";
    Source: "Source", "来源";
    MoveOrder: "order", "出库";
    MoveReceipt: "receipt", "收货";
    EmptyStock: "What is on the shelves appears here", "这里显示库存";
    EmptyStockText: "Stock comes from a file with SKU and quantity on hand (CSV, also gzipped); days of cover come from the forecast.", "库存来自包含 SKU 和在库数量的文件（CSV，可为 gzip）；可用天数来自预测。";

    // Demand.
    Last26Weeks: "26 weeks", "近 26 周";
    Last4Weeks: "Last 4 weeks", "过去 4 周";
    Next4Weeks: "Next 4 weeks", "未来 4 周";
    ValueAtCost: "At cost", "按成本";
    Model: "Model", "模型";
    Rmsse: "RMSSE", "RMSSE";
    RmsseLong: "Root mean squared scaled error of the backtest: below 1 beats repeating the last season.", "回测的均方根标度误差：低于 1 优于重复上一季。";
    Mase: "MASE", "MASE";
    Pinball: "Pinball", "分位数损失";
    Origins: "Origins", "回测起点";
    Chosen: "chosen", "已选";
    Backtest: "Backtest", "回测";
    BacktestText: "each model on the past it had not seen, best first", "各模型在未见过的历史上的表现，最佳在前";
    ForecastAt: "forecast {0}", "预测于 {0}";
    NoForecastYet: "No forecast yet: make one now.", "尚无预测：请立即生成。";
    NoModel: "none", "无";
    ForecastBeats: "{0}: its error in the backtest is {1} of a naive step, so it beats it", "{0}：回测误差为朴素法的 {1} 倍，优于朴素法";
    ForecastLoses: "{0}: its error in the backtest is {1} of a naive step; trust the bands, not the line", "{0}：回测误差为朴素法的 {1} 倍；请参考区间而非中线";
    ForecastUntested: "{0}: too little history for a backtest", "{0}：历史太短，无法回测";
    RanOn: "ran on {0}", "运行于 {0}";
    DemandCaption: "history and forecast quantiles · {0} on {1} · data {2}", "历史与预测分位数 · {0}，运行于 {1} · 数据 {2}";
    Weekly: "Weeks", "按周";
    Daily: "Days", "按日";
    EmptyDemand: "What will be asked for appears here", "这里显示未来的需求";
    EmptyDemandText: "Demand is made of an order history: a CSV with day, SKU and quantity, also gzipped.", "需求来自订单历史：包含日期、SKU 和数量的 CSV，可为 gzip。";
    ModelSeasonalNaive: "Seasonal naive", "季节性朴素法";
    ModelHistoricMean: "Historic mean", "历史均值";
    ModelSes: "Exponential smoothing", "指数平滑";
    ModelTheta: "Theta", "Theta 法";
    ModelEts: "ETS", "ETS";
    ModelCrostonSba: "Croston (SBA)", "Croston 法（SBA）";
    ModelTsb: "TSB", "TSB";
    ModelAdida: "ADIDA", "ADIDA";
    ModelImapa: "iMAPA", "iMAPA";
    ModelCombination: "Combination", "组合预测";
    ModelQuantileNet: "Quantile net", "分位数网络";

    // Environment.
    FilterRooms: "Filter by room or channel", "按房间或通道筛选";
    CountRooms: "{0} room|{0} rooms", "{0} 个房间";
    CountChannels: "{0} channel|{0} channels", "{0} 个通道";
    CountExcursions: "{0} excursion in 7 days|{0} excursions in 7 days", "7 天内 {0} 次超限";
    LimitIn: "reaches a limit in {0}", "{0}后达到限值";
    OutsideNow: "outside its limits now", "当前已超限";
    SomeStale: "some values are old", "部分数值已过时";
    NoRoom: "No room", "无房间";
    Mkt: "MKT, 24 h", "MKT，24 小时";
    MktLong: "Mean kinetic temperature of the last 24 hours; not told for frozen goods or over a gap.", "过去 24 小时的平均动力学温度；冷冻货物或有缺口时不给出。";
    Excursions7d: "Excursions, 7 d", "超限，7 天";
    TimeToLimit: "Time to limit", "距限值时间";
    Channels: "Channels", "通道";
    Channel: "Channel", "通道";
    Delay: "Delay", "延时";
    LastSeen: "Last seen", "最后读数";
    LimitsDots: "Limits…", "限值…";
    LimitsOf: "Limits of {0}", "{0} 的限值";
    LimitsText: "An alarm is raised after the delay outside, and cleared once the value is back inside by the recovery band.", "超限持续达到延时后触发报警，回到限值内并越过恢复带后解除。";
    LowLimit: "Low limit", "下限";
    HighLimit: "High limit", "上限";
    RecoveryBand: "Recovery band", "恢复带";
    DelayMinutes: "Delay, minutes", "延时（分钟）";
    Excursions: "Excursions", "超限";
    NoExcursions: "None in the time shown.", "所示时间内没有。";
    Above: "above", "高于";
    Below: "below", "低于";
    Ongoing: "ongoing", "持续中";
    Outside: "Outside", "超限时长";
    FromTo: "From – to", "起止";
    Confirmed: "excursion", "已确认";
    Brief: "brief", "短暂";
    Stale: "old", "过时";
    QualityBad: "bad", "无效";
    QualitySuspect: "suspect", "可疑";
    EmptyEnvironment: "Rooms and their readings appear here", "这里显示房间及其读数";
    EmptyEnvironmentText: "Readings come from devices on a serial line or the network. Add one, then name its channels and their rooms.", "读数来自串口或网络上的设备。添加设备，然后命名其通道和房间。";

    // Devices.
    FilterDevices: "Filter by name or address", "按名称或地址筛选";
    DeviceUp: "up", "正常";
    DeviceLate: "late", "延迟";
    DeviceSilent: "silent", "静默";
    DeviceFaulty: "faulty", "故障";
    DeviceOff: "off", "关闭";
    Simulated: "simulated", "模拟";
    NeverSeen: "never seen", "从未出现";
    LastSeenAt: "last seen {0}", "最后于 {0}";
    ReadingsASecond: "Readings/s", "读数/秒";
    EverySpan: "every {0}", "每 {0}";
    Frames: "Frames", "帧";
    BadFrames: "Bad frames", "坏帧";
    Messages: "Messages", "消息";
    BadMessages: "Bad messages", "无法读取的消息";
    Answers: "Answers", "应答";
    BadAnswers: "Bad answers", "无法读取的应答";
    AcknowledgedMessages: "Acknowledged", "已确认";
    RoundTrip: "Round trip", "往返时间";
    UnitMs: "ms", "毫秒";
    GarbageBytes: "Garbage bytes", "垃圾字节";
    Reconnects: "Reconnects", "重连";
    ShedWord: "Shed", "丢弃";
    ClockDrift: "Its clock is {0} off; its readings carry the time they arrived at.", "其时钟偏差 {0}；读数采用到达时间。";
    StopRecording: "Stop recording it", "停止记录";
    StartRecording: "Record it", "开始记录";
    AddDevice: "Add a device", "添加设备";
    AddDeviceText: "A sensor, logger or gateway. What it says is shown at once; its channels can be named afterwards.", "传感器、记录仪或网关。其发送内容立即显示；通道可稍后命名。";
    Driver: "How it is reached", "连接方式";
    DriverSerial: "Serial line", "串口";
    DriverTcp: "Line over TCP", "TCP 线路";
    DriverMqtt: "MQTT broker", "MQTT 代理";
    DriverHttp: "HTTP address", "HTTP 地址";
    Port: "Port", "端口";
    Address: "Address", "地址";
    AddressHint: "host:port, like 192.168.1.20:1883; over HTTP with the path: 192.168.1.20/values.json", "主机:端口，例如 192.168.1.20:1883；HTTP 需含路径：192.168.1.20/values.json";
    TopicWord: "Topics", "主题";
    TopicHint: "site/energy/# takes all below it. JSON values are named by topic and key; latitude and longitude are a vehicle's place.", "site/energy/# 接收其下所有主题。JSON 值按主题和键命名；经纬度表示车辆位置。";
    DeviceAdded: "The device was added; it is being listened to.", "设备已添加，正在监听。";
    ChangeDevice: "Change the device", "更改设备";
    RemoveDots: "Remove…", "移除…";
    Remove: "Remove", "移除";
    RemoveTitle: "Remove {0}", "移除 {0}";
    RemoveText: "Its readings stay; nothing is recorded from it any more.", "其读数保留；不再记录新的读数。";
    Removed: "Removed.", "已移除。";
    Name: "Name", "名称";
    Baud: "Bits a second", "波特率";
    IntervalSeconds: "Expected interval, s", "预期间隔（秒）";
    PortsHere: "Ports here: {0}", "本机端口：{0}";
    NoPorts: "No ports on this machine: plug the device in", "本机没有端口：请插入设备";
    UsedBy: "used by {0}", "被 {0} 使用";
    OnTheWire: "On the wire", "线上名称";
    UnknownNames: "Heard, but no channel takes it", "已收到但没有通道接收";
    UnknownNamesText: "Name it and give it a room, and it is recorded from then on.", "命名并指定房间后即开始记录。";
    AddDots: "Add…", "添加…";
    AddChannelTitle: "Add channel {0}", "添加通道 {0}";
    AddChannelText: "A room that is not there yet is made.", "不存在的房间会自动创建。";
    Room: "Room", "房间";
    Unit: "Unit", "单位";
    LastSaid: "What it last said", "最后发送的内容";
    EmptyDevices: "Connected devices appear here", "这里显示已连接的设备";
    EmptyDevicesText: "A device is a sensor, logger or gateway on a serial line, a TCP port, an MQTT broker or an HTTP address. Add one to record its readings.", "设备是串口、TCP 端口、MQTT 代理或 HTTP 地址上的传感器、记录仪或网关。添加后即可记录读数。";

    // Devices: setting up.
    DriverUdp: "UDP port", "UDP 端口";
    DriverMqtts: "MQTT broker, encrypted", "MQTT 代理（加密）";
    DriverHttps: "HTTPS address", "HTTPS 地址";
    DriverListen: "It sends to this console", "设备向本控制台发送";
    FromTemplate: "Start from a known device", "从已知设备开始";
    FindTemplate: "Maker or device", "厂商或设备";
    TemplateSource: "Figures from: {0}", "数据来源：{0}";
    NoTemplate: "None of that name. Fill in the form: test it, and what it says is offered.", "没有该名称的设备。请填写表单并测试，收到的内容会列出。";
    HowReached: "How it is reached", "如何连接";
    HowRead: "How it is read", "如何读取";
    Speaks: "It speaks", "通信语言";
    LangAuto: "found out by itself", "自动识别";
    LangLine: "our own text line", "本软件的文本行";
    LangModbusTcp: "Modbus TCP", "Modbus TCP";
    LangModbusRtu: "Modbus RTU", "Modbus RTU";
    LangNmea: "NMEA 0183 (GPS, weather)", "NMEA 0183（定位、气象）";
    LangPattern: "lines after a pattern (scales, instruments)", "按模式的文本行（电子秤、仪表）";
    LangScanner: "barcodes, a line each", "条码，每行一个";
    LangJson: "JSON by its keys", "JSON（按键名）";
    LangSenml: "SenML", "SenML";
    LangSparkplug: "Sparkplug B", "Sparkplug B";
    LangChirpstack: "ChirpStack (LoRaWAN)", "ChirpStack（LoRaWAN）";
    LangTtn: "The Things Network (LoRaWAN)", "The Things Network（LoRaWAN）";
    LangTasmota: "Tasmota", "Tasmota";
    LangThingsboard: "ThingsBoard devices and gateways", "ThingsBoard 设备与网关";
    LangCsv: "CSV", "CSV";
    LangPrometheus: "Prometheus text", "Prometheus 文本";
    LangOsmand: "positions of OsmAnd or Traccar", "OsmAnd 或 Traccar 定位";
    PortStable: "found again on any socket", "插到任何接口都能识别";
    PortOwn: "Another port: write its path", "其他端口：填写路径";
    SerialParity: "Parity", "校验";
    ParityNone: "none", "无";
    ParityEven: "even", "偶";
    ParityOdd: "odd", "奇";
    StopBits: "Stop bits", "停止位";
    DataBits: "Data bits", "数据位";
    FlowControl: "Flow control", "流控";
    FlowNone: "none", "无";
    FlowSoftware: "XON/XOFF", "XON/XOFF";
    FlowHardware: "RTS/CTS", "RTS/CTS";
    ModbusUnit: "Modbus unit", "Modbus 站号";
    ModbusPoints: "{0} values are asked for: {1}", "将读取 {0} 个值：{1}";
    ModbusNoPoints: "No values yet: save it, then choose them on its page with the register browser.", "尚无数值：请先保存，然后在设备页用寄存器浏览器选择。";
    // Modbus registers.
    RegistersDots: "Registers…", "寄存器…";
    RegistersTitle: "Registers of {0}", "{0} 的寄存器";
    BackToDevice: "Back to the device", "返回设备";
    PointWord: "Point", "点位";
    PointsWord: "Points", "点位";
    PointsNote: "{0}, read by {1} requests", "{0} 个，由 {1} 次请求读取";
    NoPointsText: "No points yet: read registers below and make channels of them, or take in a table.", "尚无点位：在下方读取寄存器并建为通道，或导入表格。";
    UnitAndAddress: "Unit and address", "站号与地址";
    TypeAndOrder: "Type and order", "类型与字节序";
    AddPoint: "Add a point…", "添加点位…";
    ChangePointTitle: "Change point {0}", "更改点位 {0}";
    PointText: "Values are the raw number times the scale plus the offset. Writing is off unless it is switched on here.", "数值 = 原始值 × 比例 + 偏移。写入默认关闭，需在此处开启。";
    RemovePointText: "It is no longer read. Its channel and readings stay.", "此后不再读取。其通道和读数保留。";
    ExportPoints: "Save as CSV", "导出 CSV";
    TableWord: "Table", "数据区";
    TableHolding: "holding registers (4…)", "保持寄存器 (4…)";
    TableInput: "input registers (3…)", "输入寄存器 (3…)";
    TableCoil: "coils (0…)", "线圈 (0…)";
    TableDiscrete: "discrete inputs (1…)", "离散输入 (1…)";
    AddressFromZero: "Address, from 0", "地址（从 0 起）";
    TypeWord: "Type", "类型";
    OrderWord: "Byte order", "字节序";
    OrderAbcd: "ABCD", "ABCD";
    OrderCdab: "CDAB", "CDAB";
    OrderBadc: "BADC", "BADC";
    OrderDcba: "DCBA", "DCBA";
    ObjectsCount: "How many", "数量";
    ScaleFactor: "Scale", "比例";
    OffsetWord: "Offset", "偏移";
    FirstBit: "First bit of a field", "位域起始位";
    BitsWide: "Bits of the field", "位域位数";
    NoValueRaw: "Raw number that means no value", "表示无值的原始值";
    EveryMs: "Asked every (ms); empty: as the device", "读取间隔（毫秒）；留空同设备";
    NotAWhole: "{0}: '{1}' is no whole number that fits", "{0}：“{1}”不是合适的整数";
    WriteWord: "Writing", "写入";
    WriteOff: "off", "关闭";
    WriteSingle: "on, single (codes 5 and 6)", "开启，单个（功能码 5、6）";
    WriteMultiple: "on, multiple (codes 15 and 16)", "开启，多个（功能码 15、16）";
    WriteLeast: "Least value to write", "可写最小值";
    WriteMost: "Greatest value to write", "可写最大值";
    WriteDots: "Write…", "写入…";
    WriteTitle: "Write {0}", "写入 {0}";
    WriteText: "This changes the device: unit {0}, by function code {1}. It says {2} now. The old and the new value, who and why go on record.", "此操作会改变设备：站号 {0}，功能码 {1}。当前值 {2}。新旧值、操作人和原因均会记录。";
    WriteIt: "Write to the device", "写入设备";
    NewValue: "New value", "新值";
    WriteDone: "{0}: {1} before, {2} read back", "{0}：原值 {1}，回读 {2}";
    WriteDiffers: "{0}: {1} was written, but the device says {2}", "{0}：已写入 {1}，但设备回读为 {2}";
    RegisterBrowser: "Register browser", "寄存器浏览器";
    RegisterBrowserText: "Reads from the device now, on the line it is read by. Choose a register to see what could begin there.", "通过设备所用线路即时读取。选择寄存器可查看从该处开始的各种可能数值。";
    NotationWord: "Addresses are", "地址写法";
    NotationAuto: "found out", "自动判断";
    NotationFromZero: "from 0", "从 0 起";
    NotationReference: "like 40001", "如 40001";
    ReadNow: "Read", "读取";
    AnswerTook: "Answered in {0} ms", "应答用时 {0} 毫秒";
    RawWord: "Raw", "原始值";
    AsWhole: "Unsigned / signed", "无符号 / 有符号";
    LikelyWord: "May be", "可能是";
    CandidatesWord: "Candidates", "候选";
    CandidatesOf: "What may begin at {0}", "{0} 处可能的数值";
    CandidatesText: "Bold values are of a size that measurements have. Press the one the device's display shows.", "粗体为常见测量范围内的数值。请点击与设备显示一致的一项。";
    MakeChannel: "Make this a channel", "建为通道";
    MakeChannelText: "{0}, {1}: it says {2}", "{0}，{1}：当前为 {2}";
    ImportPoints: "Take in a table of points", "导入点位表";
    ImportPointsText: "Paste rows with a header: code, unitId, functionCode, address, objectsCount, type, divider or multiplier, byteOrder, wordOrder, pollPeriod. Comma, semicolon or tab.", "粘贴带表头的行：code、unitId、functionCode、address、objectsCount、type、divider 或 multiplier、byteOrder、wordOrder、pollPeriod。以逗号、分号或制表符分隔。";
    ReplacePoints: "Replace all points", "替换全部点位";
    TryTable: "Try", "试读";
    TakePoints: "Take in", "导入";
    PointsFound: "{0} points, {1} of them new", "{0} 个点位，其中 {1} 个为新增";
    PointsTaken: "{0} points taken in", "已导入 {0} 个点位";
    MqttVersionWord: "MQTT version", "MQTT 版本";
    MqttAuto: "5, else 3.1.1", "5，否则 3.1.1";
    AccessUser: "User name", "用户名";
    AccessSecret: "Password or token", "密码或令牌";
    SecretsWait: "{0} waiting for the passphrase: {1}", "{0} 台设备在等待口令：{1}";
    SecretsUnlock: "Unlock", "解锁";
    SecretsUnlockText: "Passwords of devices are locked since the start. Without the passphrase they can only be entered anew.", "设备密码自启动后处于锁定状态。忘记口令时只能重新输入各设备的密码。";
    SecretsNew: "Choose a passphrase", "设置口令";
    SecretsNewText: "This system has no keyring, so passwords of devices are kept in a file that this passphrase opens. It is asked for once after each start.", "此系统没有密钥环，设备密码将保存在由此口令加密的文件中。每次启动后需输入一次。";
    SecretsUnlocked: "Unlocked", "已解锁";
    Passphrase: "Passphrase", "口令";
    PassphraseAgain: "Once more", "再次输入";
    PassphraseLeast: "At least {0} characters", "至少 {0} 个字符";
    PassphrasesDiffer: "The two are not the same.", "两次输入不一致。";
    AccessSecretKept: "One is kept; empty: it stays", "已保存；留空则不变";
    AccessCa: "Certificate to trust (PEM); empty: the system's", "信任的证书（PEM）；留空则用系统证书";
    PatternReady: "Ready-made", "现成模式";
    PatternOwn: "my own pattern", "自定义模式";
    PatternRead: "A line with names in braces", "用花括号标名称的行";
    PatternReadHint: "ST,GS,{weight} kg — spaces fit any number of spaces, {*} is passed over", "ST,GS,{weight} kg —— 空格可匹配任意个空格，{*} 忽略";
    PatternFrame: "A frame", "帧";
    PatternStart: "Begins with", "起始";
    PatternStartHint: "\\x02, $ — empty: anything", "\\x02、$ —— 留空：任意";
    PatternEnd: "Ends with", "结束";
    PatternEndHint: "\\x03, \\r\\n — empty: the end of a line, or its length", "\\x03、\\r\\n —— 留空：行尾或固定长度";
    PatternLength: "Fixed length, bytes", "固定长度（字节）";
    PatternLengthHint: "empty: as long as it takes", "留空：不定长";
    PatternBehind: "Bytes behind the end", "结束后的字节数";
    PatternBehindHint: "of a checksum that stands behind it", "校验位于结束符之后时填写";
    ChecksumWord: "Checksum", "校验和";
    NoChecksum: "none", "无";
    ChecksumForm: "Written as", "书写方式";
    FormHex: "hexadecimal digits", "十六进制字符";
    FormBig: "bytes, high one first", "字节，高位在前";
    FormLittle: "bytes, low one first", "字节，低位在前";
    FormDecimal: "decimal digits", "十进制字符";
    ChecksumSkip: "Not covered at the beginning", "开头不计入的字节";
    ChecksumSkipHint: "bytes: 1 for a $ or STX before it", "字节：前面有 $ 或 STX 时填 1";
    ChecksumGap: "Not covered right before it", "校验前不计入的字节";
    ChecksumGapHint: "bytes: 1 for the * of NMEA", "字节：如 NMEA 的 * 填 1";
    ChecksumTail: "Behind it", "校验之后的字节";
    ChecksumTailHint: "bytes of the frame: 2 for CR and LF of a fixed length", "帧内字节：固定长度含 CR、LF 时填 2";
    PatternValues: "Values", "数值";
    PatternWay: "Found by", "取值方式";
    PatternLine: "The line", "行格式";
    WayColumns: "Columns of fixed width", "固定列宽";
    WayRegex: "An expression with named groups", "含命名组的正则表达式";
    PatternRegexHint: "^(?P<weight>[0-9.]+) *kg$", "例：^(?P<weight>[0-9.]+) *kg$";
    PatternRepeat: "It fits several times in a frame", "一帧内可多次匹配";
    FirstByte: "From byte", "起始字节";
    BytesWide: "Bytes", "字节数";
    CommaPoint: "Comma", "逗号";
    AddColumn: "Add a column", "添加一列";
    KindNumber: "decimal", "十进制数";
    KindText: "text, no value", "文本（非数值）";
    KindHex: "hexadecimal digits", "十六进制字符";
    KindHexSigned: "hexadecimal, signed", "十六进制（有符号）";
    KindBcd: "BCD bytes", "BCD 字节";
    KindUintBig: "bytes, unsigned, high first", "字节，无符号，高位在前";
    KindUintLittle: "bytes, unsigned, low first", "字节，无符号，低位在前";
    KindIntBig: "bytes, signed, high first", "字节，有符号，高位在前";
    KindIntLittle: "bytes, signed, low first", "字节，有符号，低位在前";
    KindFloatBig: "float, high first", "浮点，高位在前";
    KindFloatLittle: "float, low first", "浮点，低位在前";
    KindTime: "time of measuring", "测量时间";
    KindSequence: "the device's count", "设备计数";
    StateOfScale: "Settled or still moving", "稳定或未稳定";
    StateOfScaleText: "Of scales that say so: what is told while they move goes into no channel.", "适用于会报告状态的电子秤：未稳定时的数值不进入任何通道。";
    StateField: "Name that says it", "表示状态的名称";
    StateMoving: "It moves (texts, with spaces between)", "未稳定（文本，以空格分隔）";
    StateFault: "There is no value", "无有效值";
    TryOut: "Try it on bytes", "用字节试解码";
    TryOutText: "Paste what the device sends, or take what came last. Control characters are written \\r, \\n, \\x02; the end of a line here is \\n. Nothing is stored.", "粘贴设备发送的内容，或取最近收到的字节。控制字符写作 \\r、\\n、\\x02；此处换行即 \\n。不保存任何数据。";
    TakeLastBytes: "Take what came last", "取最近收到的字节";
    BytesAreHex: "as hexadecimal digits", "十六进制";
    NotHexDigits: "These are not pairs of hexadecimal digits.", "这不是成对的十六进制字符。";
    PlaceOfBytes: "At", "位置";
    TriedSums: "checksum: {0} stands there, the bytes make {1}", "校验和：帧中为 {0}，按字节计算为 {1}";
    TriedBadChecksum: "its checksum does not fit", "校验和不符";
    TriedBadSyntax: "it does not fit the pattern", "不符合模式";
    TriedGarbage: "bytes of no frame", "不属于任何帧的字节";
    TriedTooLong: "too long without an end", "过长且没有结束";
    TriedBroken: "not whole", "不完整";
    TriedNothing: "No bytes.", "没有字节。";
    WholeBetween: "A whole number from {0} to {1}", "应为 {0} 到 {1} 的整数";
    TimingWord: "How slaves are asked", "询问从站的方式";
    TimingText: "Empty: what is usual. Slow meters and radio bridges need longer times, a rest between requests, or fewer registers at once.", "留空则用默认值。慢速仪表和无线网桥可能需要更长的等待、请求间隔或更少的寄存器数。";
    TimeoutMs: "Waits for an answer, ms", "等待应答（毫秒）";
    PauseMs: "Rest between two requests, ms", "请求间隔（毫秒）";
    RetriesWord: "Asks again", "重试次数";
    RegistersAtOnce: "Registers at once", "单次最多寄存器";
    ReadAcross: "Reads across gaps up to", "可跨读的空隙";
    SlavesOtherwise: "Slaves that are asked otherwise", "单独设置的从站";
    AskOtherwise: "Ask it otherwise", "单独设置";
    SetupWhole: "The setup as it is stored (JSON)", "以存储格式查看设置（JSON）";
    SetupWholeText: "All of the above, and what has no field of its own. A device list and a clone carry the same text.", "包含以上全部内容及没有单独字段的设置。设备清单和克隆使用相同文本。";
    NmeaVehicle: "Vehicle that carries it; empty: none", "所在车辆；留空则无";
    SectionAccess: "Access", "访问";
    TestRead: "Test read", "测试读取";
    TestReading: "Listening for up to {0} s…", "正在监听，最多 {0} 秒…";
    TestReadText: "Opens it for some seconds and shows what comes. Nothing is stored.", "打开数秒并显示收到的内容，不保存任何数据。";
    TestValues: "It is understood: {0} values came.", "读取成功：收到 {0} 个值。";
    TestPositions: "Positions of vehicles came: {0}.", "收到车辆定位：{0} 个。";
    TestScans: "Codes were scanned: {0}", "扫描到的条码：{0}";
    TestNotOpened: "It could not be opened.", "无法打开。";
    TestNothingCame: "It is open, but nothing came. A device that sends by itself may need longer than the test; one that is asked did not answer: check wiring, unit and speed.", "已打开，但没有收到内容。自行发送的设备可能需要更长时间；被询问的设备没有应答：请检查接线、站号和速率。";
    TestOnlyGarbage: "Bytes came, but none of them makes a frame. Most often the speed or the parity is another, or it speaks another language.", "收到字节，但无法组成帧。多半是波特率或校验不同，或通信语言不同。";
    TestBadChecks: "Frames came, but their checksums or contents are wrong. Check the speed, the language and the wiring (A and B swapped, no common ground).", "收到帧，但校验或内容错误。请检查波特率、语言和接线（A、B 接反或未共地）。";
    TestNoValues: "Messages came, but there is no number in them.", "收到消息，但其中没有数值。";
    TestSomeBad: "Some of what came could not be read: {0} frames, {1} bytes.", "部分内容无法读取：{0} 帧，{1} 字节。";
    TestInUse: "The port is open already for {0}: its live view shows what comes.", "端口已被 {0} 使用：其实时视图显示收到的内容。";
    TestTake: "Record", "记录";
    TestCame: "Times", "次数";
    SaveDevice: "Save and record", "保存并记录";
    NewDevice: "New device", "新设备";
    LiveView: "Live view", "实时视图";
    LiveBytes: "Bytes as they come", "收到的字节";
    LiveValues: "Read as", "读取结果";
    LivePause: "Pause", "暂停";
    LiveGoOn: "Go on", "继续";
    LiveHex: "Hex", "十六进制";
    LiveText: "Text", "文本";
    LiveSearch: "Search", "搜索";
    LiveNothing: "Nothing came yet.", "尚未收到内容。";
    LiveClose: "Close", "关闭";
    LiveTime: "Time", "时间";
    FaultSensor: "the device says that its sensor is broken", "设备报告传感器故障";
    FaultNotANumber: "not a number", "不是数字";
    FaultSuspect: "kept, but not believed", "已保存但不采信";
    FaultUnknown: "no channel takes it", "没有通道接收";
    HealthErrors: "Errors", "错误";
    HealthGaps: "Gaps since the start", "启动以来的中断";
    HealthNoErrors: "None.", "无。";
    HealthNoGaps: "None: it was heard as expected.", "无：按预期收到数据。";
    ErrorKind: "Kind", "类型";
    ErrorCount: "Count", "次数";
    ErrorLast: "Last", "最近一次";
    ErrLost: "line lost", "线路中断";
    ErrBadFrames: "unreadable frames or messages", "无法读取的帧或消息";
    ErrGarbage: "bytes outside frames", "帧外字节";
    ErrUnknown: "values that no channel takes", "没有通道接收的值";
    ErrShed: "readings shed", "被舍弃的读数";
    ErrSuspect: "values not believed", "不采信的值";
    ErrNoValue: "values that are no number", "非数字的值";
    ErrTimeout: "no answer in time", "超时未应答";
    ErrConflicts: "the same instant with another value", "同一时刻数值不同";
    GapFrom: "From", "起";
    GapTo: "To", "止";
    GapLasts: "lasts", "持续中";
    GapSpan: "Span", "时长";
    GapWhy: "Why", "原因";
    GapSilent: "it said nothing", "设备无内容";
    GapLineLost: "its line was gone", "线路中断";
    GapNonsense: "what it said could not be read", "内容无法读取";
    GapSwitchedOff: "recording was off", "记录已关闭";
    GapNotRunning: "the console did not run", "控制台未运行";
    RoundTripSpread: "half within {0} ms, 95 of 100 within {1} ms", "半数在 {0} 毫秒内，95% 在 {1} 毫秒内";
    DriftWord: "Its clock", "设备时钟";
    DriftAhead: "{0} ahead", "快 {0}";
    DriftBehind: "{0} behind", "慢 {0}";
    DriftTrend: "{0} a day", "每天 {0}";
    DeviceWaiting: "waiting", "等待中";
    CloneDots: "Clone…", "克隆…";
    CloneTitle: "More devices like {0}", "与 {0} 相同的更多设备";
    CloneText: "{n} is the number, {n:3} the number with zeros before it. Channels, rooms and limits are taken over. Nothing is made before you have seen it.", "{n} 为编号，{n:3} 为补零的编号。通道、房间和限值一并沿用。预览之前不会创建。";
    CloneFrom: "First number", "起始编号";
    CloneTo: "Last number", "结束编号";
    CloneNames: "Names", "名称";
    CloneEndpoints: "Addresses", "地址";
    ClonePreview: "Preview", "预览";
    CloneMake: "Make {0} devices", "创建 {0} 个设备";
    CloneMade: "{0} devices were made.", "已创建 {0} 个设备。";
    ProblemNameTaken: "the name is taken", "名称已被使用";
    ProblemEndpointTaken: "the address is taken", "地址已被使用";
    ProblemBadEndpoint: "no way to a device", "地址无效";
    ProblemBadUnit: "units are 0 to 247", "站号为 0 至 247";
    ProblemWord: "In the way", "问题";
    DeviceList: "List", "列表";
    ExportList: "Export the list", "导出列表";
    ImportList: "Import a list…", "导入列表…";
    ImportListTitle: "Devices from a list", "从列表导入设备";
    ImportListText: "A CSV file as the export writes it. Devices go by their name: new ones are added, known ones changed, none removed. All of it or nothing; passwords are not in it.", "与导出格式相同的 CSV 文件。按名称识别：新的添加，已有的更改，不会移除。要么全部导入，要么不导入；其中不含密码。";
    ImportListGo: "Import {0} devices", "导入 {0} 个设备";
    ImportListDone: "The list is in.", "列表已导入。";
    ChangeNew: "new", "新增";
    ChangeChanged: "changed", "更改";
    ChangeSame: "as it is", "不变";
    AlarmEndpoint: "{0} can't be reached: {1}", "无法连接 {0}：{1}";
    CauseEndpoint: "The broker, port or server that several devices share is gone: off, unplugged, or cut off from the network.", "多个设备共用的代理、端口或服务器中断：关机、拔出或网络断开。";
    ActionEndpoint: "Look at the broker or gateway itself and its network, not at the devices behind it.", "请检查代理或网关本身及其网络，而非其后的设备。";
    FindingNotAnEndpoint: "{0}: “{1}” is no way to a device", "{0}：“{1}”不是有效的设备地址";
    FindingNotASetup: "{0}: {1}", "{0}：{1}";
    BrokersHere: "Brokers: {0}", "代理：{0}";
    BrokerFound: "answers on this machine", "本机有应答";

    // Fleet.
    UnitKm: "km", "公里";
    Depot: "Depot", "仓库";
    TabDeliveries: "Deliveries", "配送";
    TabVehicles: "Vehicles", "车辆";
    TabRoutes: "Routes", "线路";
    FilterFleet: "Filter by customer, number or vehicle", "按客户、单号或车辆筛选";
    ChooseDay: "Day shown", "显示的日期";
    StateUnplanned: "not planned yet", "待规划";
    StatePlanned: "planned", "已规划";
    StateUnserved: "not served", "未安排";
    StateUnderWay: "on its way", "配送途中";
    StateServed: "delivered", "已送达";
    StateLate: "late", "晚到";
    WhyNoRoom: "Room or time of the fleet ran out", "车队的载量或时间不足";
    HelpUnreachable: "Check its place on the map, or import roads that reach it.", "请在地图上检查位置，或导入能到达的道路。";
    HelpTooLarge: "Split it in two, or add a larger vehicle.", "拆分为两单，或添加更大的车辆。";
    HelpWindowClosed: "Widen its window, or let a vehicle leave earlier or stay out longer.", "放宽时间窗，或让车辆更早出发、更晚返回。";
    HelpNoRoom: "Add a vehicle, lengthen a shift, or move it to another day.", "添加车辆、延长班次，或改到其他日期。";
    WhatHelps: "What would help", "解决办法";
    DelayLate: "{0} late", "晚 {0}";
    TooLate: "{0} too late", "超时 {0}";
    DelayEarly: "{0} early", "早 {0}";
    DelayNone: "on time", "准时";
    VisitOf: "{0}, visit {1} of {2}", "{0}，第 {1}/{2} 站";
    PlannedFor: "planned {0}", "计划 {0}";
    ArrivedAt: "arrived {0}", "到达 {0}";
    ExpectedAtTime: "expected {0}", "预计 {0}";
    PositionAt: "position of {0}", "位置更新于 {0}";
    NoPosition: "no position yet", "暂无位置";
    AllDay: "all day", "全天";
    SinceStart: "since the start", "自开始";
    RoadsDemo: "roads of the demo town", "演示城镇的道路";
    RoadsFrom: "roads: {0}", "道路：{0}";
    RoadsEstimated: "estimated: great circle × a factor", "估算：大圆距离 × 系数";
    RoadsNone: "no road map: distances are estimates", "无道路地图：距离为估算";
    PlanMade: "planned {0} by {1}", "{1} 于 {0} 规划";
    PlanNone: "no plan yet", "尚无计划";
    PlanStale: "changed since: solve again", "之后有更改：请重新求解";
    PlanStaleLong: "Deliveries, vehicles or roads changed after this plan was made.", "生成计划后，配送、车辆或道路有更改。";
    Solve: "Solve", "求解";
    SolveTitle: "Plan the day's routes", "规划当日线路";
    SolveText: "Searches for the cheapest routes that keep windows, loads and shifts. The plan found takes the place of the one in force once it passed the checker.", "搜索满足时间窗、载量和班次的最低成本线路。新计划通过检查后替换现行计划。";
    SolveSeconds: "Search for, seconds", "搜索时间（秒）";
    SolveSecondsHint: "1 to 600; longer finds cheaper routes", "1 至 600；时间越长线路越省";
    SolveSecondsFault: "The search takes 1 to 600 seconds: type a whole number.{0}", "搜索时间为 1 至 600 秒的整数。{0}";
    SolveSeed: "Seed", "随机种子";
    SolveSeedHint: "the same seed repeats the same search", "相同的种子重复相同的搜索";
    SolveSeedFault: "The seed is a whole number from 0.{0}", "种子为不小于 0 的整数。{0}";
    SolveStarted: "Routes are being searched.", "正在搜索线路。";
    SolveDone: "New plan: {0}, {1} served, {2} not served.", "新计划：{0}，已安排 {1}，未安排 {2}。";
    Solving: "Searching for cheaper routes", "正在搜索更省的线路";
    Iterations: "{0} iteration|{0} iterations", "{0} 次迭代";
    BestSoFar: "best so far {0}", "目前最优 {0}";
    CostFell: "{0} below the first", "比首个计划低 {0}";
    CountUnserved: "{0} not served|{0} not served", "{0} 个未安排";
    Driven: "Driven", "行驶";
    AtTheWheel: "At the wheel", "驾驶时间";
    ServedWord: "Served", "已安排";
    NotServed: "Not served", "未安排";
    LateWord: "Late", "晚到";
    Utilisation: "Load used", "装载率";
    VehiclesUsed: "{0} of {1} vehicles", "{0}/{1} 辆车";
    FirstCost: "First plan", "首个计划";
    CheckedPlan: "passed the independent checker", "已通过独立检查";
    MatrixTook: "of it times and distances {0} s", "其中时间与距离 {0} 秒";
    RoutesWord: "Routes", "线路";
    SelectHint: "j and k, or a press on the map or a bar, select", "按 j、k，或点按地图、条块进行选择";
    LeavesBack: "leaves {0}, back {1}", "{0} 出发，{1} 返回";
    CountVisits: "{0} visit|{0} visits", "{0} 站";
    LoadOf: "{0} of {1}", "{0}（上限 {1}）";
    ShiftIs: "shift {0}", "班次 {0}";
    NoRoute: "no route", "无线路";
    NotPlanned: "not to be planned", "不参与规划";
    MayBePlanned: "may be planned", "可参与规划";
    CostsOfVehicle: "{0} a day, {1} a km, {2} an hour", "每日 {0}，每公里 {1}，每小时 {2}";
    WindowWord: "Window", "时间窗";
    ShiftWord: "Shift", "班次";
    DelayWord: "Delay", "延误";
    ImportRoadsDots: "Import roads…", "导入道路…";
    ServiceWord: "At the door", "停留";
    WeightWord: "Weight", "重量";
    PlannedWord: "Planned", "计划";
    ExpectedWord: "Expected", "预计";
    VehicleWord: "Vehicle", "车辆";
    DeliveryWord: "delivery", "配送";
    CustomerWord: "Customer", "客户";
    Visits: "Visits", "停靠点";
    UnservedList: "Not served, and why", "未安排及原因";
    AddDelivery: "Add a delivery", "添加配送";
    AddDeliveryDots: "Add a delivery…", "添加配送…";
    AddDeliveryOn: "Add a delivery on {0}", "添加 {0} 的配送";
    ChangeDelivery: "Change the delivery", "更改配送";
    RemoveDelivery: "Remove the delivery", "移除配送";
    DeliveryText: "The place can also be chosen on the map. Leave the window empty where the customer is there all day.", "位置也可在地图上选择。客户全天可收货时，时间窗留空。";
    AddVehicle: "Add a vehicle", "添加车辆";
    AddVehicleDots: "Add a vehicle…", "添加车辆…";
    ChangeVehicle: "Change the vehicle", "更改车辆";
    VehicleText: "Its code is what its tracker sends. Costs decide which routes are cheapest.", "编号即定位器发送的名称。成本决定哪些线路最省。";
    VehicleCodeHint: "number plate, or the tracker's name", "车牌，或定位器名称";
    SetDepot: "Set the depot", "设置仓库";
    SetDepotDots: "Set the depot…", "设置仓库…";
    SetDepotText: "Every route begins and ends here.", "每条线路从这里出发并返回。";
    ChooseOnMap: "Choose on the map", "在地图上选择";
    DeliveryOnMap: "Delivery on the map…", "在地图上添加配送…";
    PickDepot: "Press where the depot is. Esc leaves.", "点按仓库所在位置。Esc 退出。";
    PickDelivery: "Press where to deliver. Esc leaves.", "点按配送位置。Esc 退出。";
    LatitudeHint: "degrees north: 60.16990", "北纬度数：60.16990";
    LongitudeHint: "degrees east: 24.93840", "东经度数：24.93840";
    WindowHint: "09:30; empty: all day", "09:30；留空为全天";
    NotAPlace: "Latitude goes from −90 to 90, longitude from −180 to 180: write degrees with a point.{0}", "纬度为 −90 至 90，经度为 −180 至 180：请用带小数点的度数。{0}";
    NotATime: "“{0}” is not a time of day: write 09:30.", "“{0}”不是时刻：请写成 09:30。";
    ShiftFault: "The shift ends before it begins.{0}", "班次的结束早于开始。{0}";
    WindowFault: "A window has a from and a later to; leave both empty for all day.{0}", "时间窗需有开始和更晚的结束；全天请都留空。{0}";
    CapacityFault: "A vehicle that may load nothing can't be planned: give its capacity in kg.{0}", "没有载重的车辆无法规划：请填写载重（kg）。{0}";
    WeightFault: "The weight is a number from 0.{0}", "重量为不小于 0 的数字。{0}";
    ImportDeliveries: "Import deliveries (CSV)", "导入配送（CSV）";
    ImportVehicles: "Import vehicles (CSV)", "导入车辆（CSV）";
    ImportRoads: "Import roads (OpenStreetMap)", "导入道路（OpenStreetMap）";
    RoadsSending: "{0} ({1}) is being handed over…", "正在传送 {0}（{1}）…";
    RoadsStarted: "The roads are being read; the job shows how far.", "正在读取道路；进度见作业。";
    DriverSheet: "Driver sheet (PDF)", "司机单（PDF）";
    DriverSheetOf: "Driver sheet of {0}", "{0} 的司机单";
    Gpx: "GPX", "GPX";
    GpxOf: "Route of {0} as GPX", "{0} 的线路（GPX）";
    Junctions: "Junctions", "路口";
    RoadLength: "Roads", "道路长度";
    WaysUsed: "Ways used", "已用路段";
    WaysRead: "of {0} ways read", "共读取 {0} 条路段";
    RoadsInUse: "These roads are in use now: solve again.", "新道路已启用：请重新求解。";
    OpenFleet: "Open Fleet", "打开车队页";
    MapWord: "map", "地图";
    ShowMap: "Show the map", "显示地图";
    ZoomIn: "Nearer", "放大";
    ZoomOut: "Farther", "缩小";
    ShowAll: "Show all (0)", "显示全部（0）";
    MapCaption: "drag to move, wheel or + − to zoom · {0}", "拖动平移，滚轮或 + − 缩放 · {0}";
    GanttCaption: "line driving, dots waiting, block at the door, bracket the window, tail what is expected", "线为行驶，点为等待，块为停留，括号为时间窗，下方为预计";
    EmptyFleet: "The day's routes appear here", "这里显示当日线路";
    EmptyFleetText: "Routes are planned from a depot, with vehicles, for the deliveries of a day.", "线路由仓库、车辆和当日配送规划而成。";
    NeedDepotText: "where routes begin and end", "线路的起点和终点";
    NeedVehiclesText: "a row a vehicle: code, capacity, shift, costs", "每行一辆车：编号、载重、班次、成本";
    NeedDeliveriesText: "a row a delivery: number, day, place, weight, window", "每行一个配送：单号、日期、位置、重量、时间窗";
    NeedRoads: "Roads (optional)", "道路（可选）";
    NeedRoadsText: "an OpenStreetMap extract (.osm.pbf); without one, distances are estimates and say so", "OpenStreetMap 数据（.osm.pbf）；没有时距离为估算并注明";
    NoDeliveriesThatDay: "No deliveries on this day.", "当日没有配送。";
    NoRoutesYet: "No routes yet: solve the day.", "尚无线路：请求解。";
    NoVehicles: "No vehicles yet.", "尚无车辆。";
    FleetTrouble: "Deliveries of today: {0} late, {1} not served", "今日配送：{0} 个晚到，{1} 个未安排";
    KeySolve: "Solve the day (page Fleet)", "求解当日线路（车队页）";

    // Data.
    ImportFile: "Import a file", "导入文件";
    ImportFileText: "orders, items, stock, deliveries or vehicles from CSV", "从 CSV 导入订单、物料、库存、配送或车辆";
    Imports: "Imports", "导入记录";
    Jobs: "Jobs", "作业";
    CountImports: "{0} import|{0} imports", "{0} 次导入";
    KindImport: "Import", "导入";
    KindPlanning: "Forecasts and proposals", "预测和建议";
    KindOrders: "Order history", "订单历史";
    KindItems: "Items with lead times", "物料与提前期";
    KindStock: "Stock on hand", "在库数量";
    KindDeliveries: "Deliveries", "配送";
    KindVehicles: "Vehicles", "车辆";
    KindRoutes: "Route planning", "路线规划";
    KindRoads: "Road import", "道路导入";
    KindBackup: "Backup", "备份";
    KindDaily: "Daily report", "日报";
    ImportOrdersText: "A row an order line: day, SKU, quantity; amount, order number and customer where they are there.", "每行一条订单：日期、SKU、数量；可含金额、订单号和客户。";
    ImportItemsText: "A row an item: SKU, name, supplier, lead time, unit cost, pack size.", "每行一个物料：SKU、名称、供应商、提前期、单位成本、包装数量。";
    ImportStockText: "A row a SKU: quantity on hand; allocated and on order where they are there.", "每行一个 SKU：在库数量；可含已分配和在途。";
    ImportDeliveriesText: "A row a delivery: number, day, latitude, longitude; customer, address, weight, volume, minutes at the door, time window where they are there.", "每行一个配送：单号、日期、纬度、经度；可含客户、地址、重量、体积、停留分钟、时间窗。";
    ImportVehiclesText: "A row a vehicle: code or plate, capacity in kg; volume, shift, fixed cost, cost a km and an hour where they are there.", "每行一辆车：编号或车牌、载重（kg）；可含容积、班次、固定成本、每公里和每小时成本。";
    StepKind: "1. What the file holds", "1. 文件内容";
    StepFile: "2. The file", "2. 选择文件";
    StepFileText: "CSV or TSV, also gzipped. It is read on this machine only.", "CSV 或 TSV，可为 gzip。仅在本机读取。";
    StepColumns: "3. Which column is which", "3. 列对应关系";
    StepImport: "4. Check, then import", "4. 检查并导入";
    Sending: "{0} of {1}", "已发送 {0} / {1}";
    CountColumns: "{0} column|{0} columns", "{0} 列";
    Field: "Field", "字段";
    Column: "Column of the file", "文件中的列";
    FirstRows: "First rows", "前几行";
    NotInFile: "not in the file", "文件中没有";
    NeededText: "needed", "必填";
    MapNeeded: "Choose a column for every needed field.", "请为每个必填字段选择列。";
    CheckOnly: "Check only: change nothing", "仅检查，不做更改";
    ImportNow: "Import", "导入";
    ImportDry: "Checked: nothing was changed. This is what an import would do.", "已检查：未做任何更改。以下为导入将产生的结果。";
    ImportDone: "Imported.", "已导入。";
    ImportAlready: "This very file was imported before: nothing was changed.", "该文件此前已导入：未做任何更改。";
    RowsRead: "Rows read", "读取行数";
    RowsStored: "Stored", "已存储";
    RowsWouldStore: "Would be stored", "将存储";
    RowsKnown: "Known before", "此前已有";
    RowsRejected: "Rejected", "已拒绝";
    NewItems: "New items", "新物料";
    Amount: "Amount", "金额";
    Span: "First and last day", "起止日期";
    Took: "Took", "用时";
    IgnoredColumns: "Columns not used: {0}", "未使用的列：{0}";
    ItemsForecast: "Items forecast", "已预测物料";
    Proposals: "Proposals", "建议";
    Provider: "Ran on", "运行于";
    JobRunning: "running", "运行中";
    JobDone: "done", "完成";
    JobFailed: "failed", "失败";
    JobCancelled: "cancelled", "已取消";
    JobInterrupted: "interrupted", "已中断";
    FieldSku: "SKU", "SKU";
    FieldName: "Name", "名称";
    FieldCategory: "Category", "类别";
    FieldUnit: "Unit of measure", "计量单位";
    FieldQuantity: "Quantity", "数量";
    FieldAmount: "Net amount", "净额";
    FieldOrder: "Order number", "订单号";
    FieldOrderedAt: "Ordered on", "下单日期";
    FieldOrderMin: "Smallest order", "最小订购量";
    FieldCustomer: "Customer", "客户";
    FieldSupplier: "Supplier", "供应商";
    FieldSupplierCode: "Supplier's code", "供应商代码";
    FieldLeadTime: "Lead time, days", "提前期（天）";
    FieldUnitCost: "Unit cost", "单位成本";
    FieldPackSize: "Pack size", "包装数量";
    FieldOnHand: "On hand", "在库";
    FieldAllocated: "Allocated", "已分配";
    FieldOnOrder: "On order", "在途";
    FieldAsOf: "As of", "截至日期";
    FieldDelivery: "Delivery number", "配送单号";
    FieldDay: "Day", "日期";
    FieldRecipient: "Customer", "客户";
    FieldAddress: "Address", "地址";
    FieldLatitude: "Latitude", "纬度";
    FieldLongitude: "Longitude", "经度";
    FieldWeight: "Weight, kg", "重量（kg）";
    FieldVolume: "Volume, m³", "体积（m³）";
    FieldService: "Minutes at the door", "停留分钟";
    FieldWindowFrom: "Window from", "时间窗开始";
    FieldWindowTo: "Window to", "时间窗结束";
    FieldNote: "Note", "备注";
    FieldVehicle: "Vehicle code", "车辆编号";
    FieldCapacityKg: "Capacity, kg", "载重（kg）";
    FieldCapacityM3: "Capacity, m³", "容积（m³）";
    FieldShiftFrom: "Shift from", "班次开始";
    FieldShiftTo: "Shift to", "班次结束";
    FieldCostFixed: "Cost a day", "每日固定成本";
    FieldCostPerKm: "Cost a km", "每公里成本";
    FieldCostPerHour: "Cost an hour", "每小时成本";

    // Findings.
    FindTruncated: "The file ends too early", "文件不完整";
    FindNotText: "The file is not text", "文件不是文本";
    FindMissingColumn: "A needed column is missing", "缺少必需的列";
    FindIgnoredColumn: "Column not used", "未使用的列";
    FindWrongFieldCount: "The row has another number of fields", "该行字段数不符";
    FindEmptyField: "A needed field is empty", "必填字段为空";
    FindNotANumber: "Not a number", "不是数字";
    FindNotADate: "Not a date", "不是日期";
    FindAmbiguousDate: "Day and month can't be told apart", "无法区分日和月";
    DateOrder: "Order of dates", "日期顺序";
    DayFirst: "day first: 31/12/2026", "日在前：31/12/2026";
    MonthFirst: "month first: 12/31/2026", "月在前：12/31/2026";
    ChooseDateOrder: "choose", "请选择";
    FindOutOfRange: "Outside what can be", "超出合理范围";
    FindDuplicate: "Known already", "已存在";
    FindAssumedLeadTime: "No lead time known: the site's default is assumed", "提前期未知：采用站点默认值";
    FindAssumedOnHand: "No stock on hand known: zero is assumed", "在库数量未知：按零计算";
    FindAssumedUnitCost: "No unit cost known: the site's default is assumed", "单位成本未知：采用站点默认值";
    FindAssumedPackSize: "No pack size known: the site's default is assumed", "包装数量未知：采用站点默认值";
    FindAssumedSupplier: "No supplier known", "供应商未知";
    FindStaleHistory: "The last order is long ago", "最近订单距今已久";
    FindShortHistory: "Too little history for a backtest", "历史太短，无法回测";
    FindModelFailed: "A model failed on this series and was left out", "某模型在该序列上失败，已排除";
    FindNetUnavailable: "The net could not be run; statistical models were used", "网络模型无法运行；已使用统计模型";
    FindNotAPlace: "Latitude or longitude is missing or not on earth", "纬度或经度缺失或超出范围";
    FindNotATime: "Not a time of day (write 09:30)", "不是时刻（请写成 09:30）";
    FindWindowReversed: "The window ends before it begins", "时间窗的结束早于开始";
    FindAssumedWeight: "No weight given: none is assumed", "未给出重量：按零计";
    FindVehicleNoCapacity: "The vehicle may load nothing", "车辆没有载重";
    FindVehicleNoShift: "The vehicle's shift is empty or too short", "车辆班次为空或过短";
    FindUnreachable: "No road leads there, or it lies too far from any", "没有道路可达，或离道路太远";
    FindTooLarge: "More than any vehicle takes", "超过任何车辆的载量";
    FindWindowClosed: "No vehicle can be there in time and back within its shift", "没有车辆能按时到达并在班次内返回";
    FindNoRoads: "No map: times and distances are estimates", "没有地图：时间和距离为估算";

    // Failures.
    CodeBadInput: "Can't be used as it is", "输入无法使用";
    CodeNotFound: "Not there", "不存在";
    CodeNotAllowed: "Not allowed", "无权限";
    CodeConflict: "Changed meanwhile", "状态已改变";
    CodeUnavailable: "No answer", "无响应";
    CodeDiskFull: "The disk is full", "磁盘已满";
    CodeStorage: "The store can't be used", "存储不可用";
    CodeCancelled: "Cancelled", "已取消";
    CodeModel: "The model can't be used", "模型不可用";
    CodeBug: "A mistake in the program", "程序错误";
    RemedyBadInput: "Correct what the message names and send it again.", "请按提示更正后重试。";
    RemedyNotFound: "Reload the list and choose again.", "请刷新列表后重新选择。";
    RemedyNotAllowed: "Ask a manager or an administrator.", "请联系经理或管理员。";
    RemedyConflict: "Reload and look who decided it.", "请刷新并查看由谁决定。";
    RemedyUnavailable: "Start the console or qm run, then try again.", "请启动控制台或 qm run，然后重试。";
    RemedyDiskFull: "Free some room; recording resumes by itself.", "请释放空间；记录会自动恢复。";
    RemedyStorage: "Check the disk and the folder's rights; restore a backup if a file is damaged.", "请检查磁盘和文件夹权限；文件损坏时请恢复备份。";
    RemedyCancelled: "Start it again when you want it.", "需要时请重新启动。";
    RemedyModel: "Put back the model named in the manifest; statistical models are used meanwhile.", "请恢复清单中的模型；期间使用统计模型。";
    RemedyBug: "Report it with the trace and the log.", "请连同追踪号和日志一起报告。";
    FieldNeeded: "Fill this in.", "请填写。";
    FieldNotANumber: "This is not a number.", "这不是数字。";

    // Reports.
    MakeReport: "Make today's report", "生成今日报告";
    MakeReportAgain: "Make it again", "重新生成";
    ReportStarted: "The report is being made…", "正在生成报告…";
    ReportMade: "The report of {0} is ready.", "{0} 的报告已生成。";
    ReportText: "Stock at risk, temperatures with excursions, proposals: as PDF to read, XLSX and CSV to work with.", "库存风险、温度与超限、补货建议：PDF 供阅读，XLSX 和 CSV 供处理。";
    MadeAtTime: "made {0}", "生成于 {0}";
    CountFiles: "{0} file|{0} files", "{0} 个文件";
    Files: "Files", "文件";
    Size: "Size", "大小";
    Hash: "SHA-256", "SHA-256";
    Download: "Download", "下载";
    Downloaded: "Downloaded: {0}", "已下载：{0}";
    SavedAs: "Saved as {0}", "已保存为 {0}";
    EmptyReports: "Reports to hand over appear here", "这里显示可交付的报告";
    EmptyReportsText: "A daily report says which stock is at risk, how warm each room was, and what is proposed. Make today's.", "日报说明哪些库存有风险、各房间温度以及补货建议。请生成今日报告。";

    // Models.
    Usable: "can be used", "可用";
    NotUsable: "can't be used", "不可用";
    ContextLength: "Values it sees", "输入长度";
    Horizon: "Steps it forecasts", "预测步数";
    ProvidersRefused: "Tried first, not used", "优先尝试但未使用";
    EmptyModels: "No models on board", "没有模型";
    EmptyModelsText: "Forecasts are made by statistical models. A model file and its card go into assets/models with a line in the manifest.", "预测由统计模型完成。模型文件及其说明放入 assets/models，并在清单中登记。";

    // Settings.
    TabSite: "Site", "站点";
    TabLook: "This screen", "本屏幕";
    TabAudit: "Audit", "审计";
    Listener: "What others post to this console", "其他设备向本控制台发送";
    ListenerText: "A tracker, a gateway or a script posts JSON, CSV or Prometheus text to this address, or positions as OsmAnd and Traccar's client send them. It hears that all is well only once it is stored.", "定位器、网关或脚本可向此地址发送 JSON、CSV 或 Prometheus 文本，或 OsmAnd、Traccar 客户端格式的位置。只有存储完成后才会收到成功应答。";
    ListenerClosed: "The listener is closed: nobody can post.", "接收端口已关闭：无法向本机发送。";
    ListenerHere: "programs of this machine only", "仅限本机程序";
    ListenerReachable: "open to this machine's networks, without encryption", "对本机所在网络开放，未加密";
    ListenerDots: "Listener…", "接收端口…";
    ListenerBind: "Listen at", "监听地址";
    ListenerBindHint: "127.0.0.1:8750 for this machine, 0.0.0.0:8750 for its networks; empty closes it.", "127.0.0.1:8750 仅限本机；0.0.0.0:8750 对所在网络开放；留空则关闭。";
    ListenerWarn: "One listener serves all devices that post. There is no encryption: open it only to a network of your own.", "所有发送数据的设备共用一个接收端口。传输未加密：请仅对自有网络开放。";
    NewTokenDots: "New token…", "新令牌…";
    NewTokenText: "Whoever posts shows the token: in the address, or as Authorization: Bearer. The one before is worth nothing then.", "发送方需出示令牌：写在地址中，或作为 Authorization: Bearer。旧令牌随即失效。";
    MakeTokenWord: "Make it", "生成";
    TrackerId: "Tracker's own id", "定位器自身编号";
    TrackerIdHint: "Only for trackers that can send nothing else; empty makes a random token.", "仅用于无法发送其他内容的定位器；留空则生成随机令牌。";
    TokenOnce: "Copy it now: it is shown only once.", "请立即复制：仅显示一次。";
    HeardUnknown: "Heard, not known", "收到但未识别";
    HeardUnknownText: "They posted and were refused. Enter a tracker's id as the token of its device to let it in.", "这些发送方已被拒绝。将定位器编号设为其设备的令牌即可放行。";
    HeardWho: "Calls itself", "自称";
    HeardFrom: "From", "来自";
    HeardTimes: "Times", "次数";
    LastScans: "Last scans", "最近扫描";
    NoScans: "Nothing was scanned since the start.", "启动以来尚无扫描。";
    Symbology: "Kind of code", "码制";
    ScanCode: "Code", "条码内容";
    TabBackups: "Backups", "备份";
    BackupsText: "A copy of the whole site, made while it records, read back, and restored on trial each time.", "整个站点的副本：在记录进行时生成，读回校验，并且每次都试恢复。";
    MakeBackup: "Back up now", "立即备份";
    BackupRunning: "A backup is being made…", "正在备份…";
    LastBackup: "Last backup", "上次备份";
    RestoreTrial: "Restored on trial", "试恢复";
    RestoreWorks: "it works", "可恢复";
    NextBackup: "Next backup", "下次备份";
    BackupsThere: "Backups kept", "现有备份";
    NeverYet: "never yet", "尚无";
    ByHandOnly: "by hand only", "仅手动";
    BackupFailed: "failed", "失败";
    BackupFolder: "Folder", "文件夹";
    BackupFolderHint: "A full path, best on another disk or machine. Empty: no backups.", "完整路径，最好在另一块磁盘或另一台机器上。留空则不备份。";
    BackupDaily: "Every day", "每天";
    BackupAt: "At (hour:minute)", "时间（时:分）";
    BackupKeep: "Keep the newest", "保留最新份数";
    BackupSameDisk: "The folder lies on the same disk as the site: if that disk fails, both are gone. Choose another disk.", "该文件夹与站点在同一块磁盘上：磁盘损坏时两者都会丢失。请选择另一块磁盘。";
    BackupNoFolder: "No backups are made: set a folder below.", "未进行备份：请在下方设置文件夹。";
    NameWord: "Name", "名称";
    SizeWord: "Size", "大小";
    RowsWord: "Rows", "行数";
    RestoreHow: "To bring a backup back, into a new folder and never over a site:", "恢复备份（恢复到新文件夹，绝不覆盖站点）：";
    AlarmBackup: "The site is not backed up", "站点未备份";
    CauseBackup: "A backup could not be written, read back or restored on trial.", "备份无法写入、读回或试恢复。";
    ConsequenceBackup: "If the disk fails now, what came since the last good backup is lost.", "如果磁盘此时损坏，上次有效备份之后的数据将丢失。";
    ActionBackup: "See why in Settings, Backups; make room or choose another folder, then back up now.", "在“设置 → 备份”中查看原因；清理空间或更换文件夹，然后立即备份。";
    AlarmDamage: "Readings on record are damaged", "已记录的读数有损坏";
    CauseDamage: "Bytes on the disk are not those that were written: a failing disk or memory, or another program.", "磁盘上的字节与写入时不一致：可能是磁盘或内存故障，或被其他程序改动。";
    ConsequenceDamage: "Some readings can't be read any more; everything else is whole, and recording goes on.", "部分读数已无法读取；其余数据完好，记录继续进行。";
    ActionDamage: "See in Settings, Backups, which they are and which backup has them whole; have the disk looked at.", "在“设置 → 备份”中查看受影响的读数及哪份备份完好；请检查磁盘。";
    DamagedTitle: "Damaged readings", "损坏的读数";
    DamagedText: "Set aside as they were met: nothing else is lost. Have the disk looked at.", "发现后已隔离，其余数据没有丢失。请检查磁盘。";
    DamagedTo: "Until", "至";
    DamagedFile: "Kept in", "保存于";
    DamagedRemedy: "What to do", "处理办法";
    DamagedWholeIn: "{0} has it whole: restore it into a new folder, and take the span from there.", "{0} 中完好：请恢复到新文件夹，再从中取出这段数据。";
    DamagedNowhere: "No backup that was restored on trial has it: keep the file for repair.", "没有经过试恢复的备份包含它：请保留该文件以便修复。";
    DamagedUnknown: "unknown", "未知";
    DrillReadings: "{0} readings read back", "已读回 {0} 条读数";
    SettingsText: "Defaults stand in where no file gave a number; proposals made of them say so.", "没有文件提供数值时使用默认值；由此生成的建议会注明。";
    LookText: "Kept in this browser only.", "仅保存在此浏览器中。";
    Language: "Language", "语言";
    SiteName: "Site's name", "站点名称";
    TimeZone: "Time zone", "时区";
    Currency: "Currency", "货币";
    Defaults: "Defaults", "默认值";
    ReviewPeriod: "Review period", "检查周期";
    ServiceLevel: "Service level", "服务水平";
    ApprovalLimit: "A manager approves up to", "经理批准上限";
    MonthsKept: "Months of readings kept", "读数保留月数";
    ShownUnits: "Units shown", "显示单位";
    ShownUnitsText: "Measured values, limits, charts, reports and files are in these units. What is recorded stays as it came; a channel with a unit of its own keeps it.", "测量值、限值、图表、报告和文件均使用这些单位。已记录的数据保持原样；单独设定单位的通道不受影响。";
    AsRecorded: "as recorded", "按记录单位";
    MeasuresTemperature: "Temperature", "温度";
    MeasuresPressure: "Pressure", "压力";
    MeasuresPower: "Power", "功率";
    MeasuresEnergy: "Energy", "能量";
    MeasuresSpeed: "Speed", "速度";
    MeasuresVibration: "Vibration", "振动";
    MeasuresVolume: "Volume", "体积";
    MeasuresFlow: "Flow", "流量";
    MeasuresMass: "Mass", "质量（重量）";
    MeasuresLength: "Length", "长度";
    MonthsKeptText: "Whole months before this one, then removed; 0 keeps all", "本月之前的整月数，更早的读数将删除；0 表示全部保留";
    SettingsFault: "A number can't be read.", "有数字无法读取。";
    SettingsSame: "Nothing changed.", "没有更改。";
    SettingsWhy: "Say why: it goes into the audit.", "请说明原因：将写入审计。";
    AuditText: "Who changed what, when and why. Each row is chained to all before it by its hash.", "谁在何时因何更改了什么。每行通过哈希与之前所有行相链。";
    VerifyAudit: "Verify the audit", "校验审计";
    AuditIntact: "Intact: {0} rows read, none edited or deleted. Head {1}…", "完整：已读 {0} 行，无编辑或删除。链头 {1}…";
    AuditBroken: "Broken: {0}", "已损坏：{0}";
    FilterAudit: "Filter by person, action or subject", "按人员、操作或对象筛选";
    When: "When", "时间";
    Who: "Who", "人员";
    What: "What", "操作";
    Before: "Before", "之前";
    After: "After", "之后";

    // Keys.
    KeyPalette: "Search and commands", "搜索和命令";
    KeyMove: "Next and previous row", "下一行、上一行";
    KeyMoveFar: "Far, first and last row", "翻页、首行、末行";
    KeyOpen: "Open, or approve what is proposed", "打开，或批准建议";
    KeyFilter: "To the filter", "转到筛选";
    KeyBack: "Back out", "返回";
    KeyAcknowledge: "Acknowledge the alarm", "确认报警";
    KeyShelve: "Shelve the alarm", "搁置报警";
    KeyChange: "Change the quantity", "更改数量";
    KeyDismiss: "Dismiss the proposal", "驳回建议";
    KeyMark: "Mark a proposal", "选择建议";
    KeyExtend: "Mark while moving", "移动并选择";
    KeyTakeBack: "Take back the last decision", "撤回上一个决定";
    KeyColumns: "Columns of the list: show, hide, move", "列表的列：显示、隐藏、移动";
    KeyChart: "In a chart: move, zoom", "在图表中：平移、缩放";
    KeyCross: "Crosshair of a chart", "移动图表十字线";
    KeyEvents: "Next event of a chart; its numbers", "图表下一事件；显示数字";
    KeyReset: "Charts: show all again", "图表：恢复全部";
    KeyHelp: "This list of keys", "快捷键列表";

    // How far readings are believed.
    DqOpen: "{0} channel in doubt|{0} channels in doubt", "{0} 个通道存疑";
    DqTabDoubts: "In doubt", "存疑";
    DqTabSetUp: "To set up", "待设置";
    DqTabAll: "All channels", "全部通道";
    DqFilter: "Filter by channel, device or room", "按通道、设备或房间筛选";
    DqInDoubt: "In doubt", "存疑";
    DqInDoubt7: "In doubt, 7 days", "7 天内存疑";
    DqFine: "nothing in doubt", "无疑点";
    DqEmpty: "Channels and what is in doubt about them appear here", "这里显示各通道及其疑点";
    DqEmptyText: "Add a device and name its channels. Each is then tested as its readings come in.", "添加设备并命名其通道。读数到达时即进行检验。";
    DqNone: "Nothing is in doubt", "没有疑点";
    DqNoneText: "Every channel is believed. Tests, calibrations and marks of a channel are under All channels.", "所有通道均可信。各通道的检验、校准和标记见“全部通道”。";
    DqRaw: "As sent", "原始值";
    DqRawLong: "Before unit conversion and calibration, worked back from the stored value", "单位换算和校准之前的值，由存储值推算";
    DqCalibration: "Calibration", "校准";
    DqUntil: "until {0}", "有效至 {0}";
    DqEnergy: "Energy, 30 days", "30 天电能";
    DqFilledEnergy: "and {0} filled in, not measured", "另有 {0} 为插补，非实测";
    DqIssues: "In doubt", "疑点";
    DqMeans: "Meaning", "含义";
    DqSeenBy: "seen by {0}: {1}", "{0} 已阅：{1}";
    DqSeen: "Seen", "已阅";
    DqSeenDots: "Seen…", "已阅…";
    DqSeeTitle: "{0} · {1}: may stay", "{0} · {1}：可保留";
    DqSeeText: "It leaves the list, and comes back when there is newer. Who and why go on record.", "将从列表移除，出现新疑点时再次显示。操作人和原因会被记录。";
    DqInterpolated: "interpolated", "插补";
    DqShaded: "shaded: what these tests would mark", "阴影：按此检验将被标记的读数";
    DqTrial: "With these tests, {0} of {1} readings of the last {2} would be marked.", "按此检验，最近 {2} 的 {1} 个读数中将有 {0} 个被标记。";
    DqSpans: "{0} span|{0} spans", "{0} 段";
    DqCut: "There are more readings than are tried at once: the newest were not looked at.", "读数超过一次试算的上限：最新的读数未计入。";
    DqTests: "Tests", "检验";
    DqMin: "Smallest credible value", "最小可信值";
    DqMax: "Largest credible value", "最大可信值";
    DqRate: "Fastest credible change", "最快可信变化";
    DqSpikeOver: "Spike: away from both neighbours by", "尖峰：与前后读数均相差超过";
    DqStuckAfter: "Stuck: no move for", "卡滞：无变化超过";
    DqBand: "No move is within", "视为无变化的范围";
    DqStill: "May stand still at", "允许静止的值";
    DqRepeats: "Repeats", "重复";
    DqRepeatsLong: "same instant, same value, another number", "同一时刻、同一数值、不同序号";
    DqHours: "h", "小时";
    DqEmptyOff: "empty: off", "留空：关闭";
    DqRawUnit: "Unit the device sends", "设备发送的单位";
    DqShownUnit: "Unit shown", "显示单位";
    DqAsSite: "as the site has it", "按站点设置";
    DqStoredIn: "stored in {0}", "以 {0} 存储";
    DqNoUnits: "the channel's unit is not known: nothing to convert", "通道单位未知：无法换算";
    DqSave: "Save these tests…", "保存这些检验…";
    DqSaveTitle: "Tests of {0}", "{0} 的检验";
    DqSaveText: "They judge what arrives from now on. Readings on record keep their marks; no value is changed.", "从现在起检验到达的读数。已有读数的标记不变；任何数值都不会更改。";
    DqUsual: "Usual for this unit", "此单位的常用设置";
    DqReset: "As saved", "恢复已保存的设置";
    DqSpansHead: "Readings in doubt, 30 days", "30 天内存疑的读数";
    DqReadings: "Readings", "读数";
    DqNoSpans: "None.", "无。";
    DqGoodDots: "Good…", "可信…";
    DqBadDots: "Bad…", "无效…";
    DqFillDots: "Interpolate…", "插补…";
    DqMarkDots: "Mark readings…", "标记读数…";
    DqMarkTitle: "Mark readings of {0}", "标记 {0} 的读数";
    DqMarkText: "No value is changed or removed: your word lies over the span, on record, and can be taken back. Interpolated: a straight line between the good readings before and after it; never counted as measured.", "不更改、不删除任何数值：标记覆盖该时段，会被记录，也可撤回。插补：以前后可信读数之间的直线代替；不计为实测值。";
    DqMarkDo: "Mark", "标记";
    DqVerdict: "They are", "判定";
    DqFrom: "From", "从";
    DqTo: "To", "到";
    DqStampWrong: "Write times as 2026-11-22 14:14 or 2026-11-22 14:14:30.", "时间请写作 2026-11-22 14:14 或 2026-11-22 14:14:30。";
    DqGood: "good", "可信";
    DqCalibrations: "Calibrations", "校准记录";
    DqCalibrateDots: "Add a calibration…", "添加校准…";
    DqCalibrateTitle: "Calibration of {0}", "{0} 的校准";
    DqCalibrateText: "It acts on what arrives from now on: value = as sent × slope + offset. Readings on record stay as they are.", "作用于此后到达的读数：值 = 原始值 × 斜率 + 偏移。已有读数不变。";
    DqWay: "Given by", "给定方式";
    DqOffset: "Offset", "偏移";
    DqTwoPoints: "two points", "两点";
    DqSaid1: "1st: the sensor said", "第 1 点：传感器示值";
    DqTrue1: "1st: true was", "第 1 点：标准值";
    DqSaid2: "2nd: the sensor said", "第 2 点：传感器示值";
    DqTrue2: "2nd: true was", "第 2 点：标准值";
    DqPointsWrong: "Give all four numbers of the two points.", "请填写两点的全部四个数值。";
    DqCertificate: "Certificate", "证书编号";
    DqLaboratory: "Laboratory", "实验室";
    DqDoneOn: "Done on", "校准日期";
    DqExpiresOn: "Holds until", "有效期至";
    DqHash: "SHA-256 of the certificate's file", "证书文件的 SHA-256";
    DqDayWrong: "Write days as 2026-11-22.", "日期请写作 2026-11-22。";
    DqCorrection: "Correction", "修正";
    DqSince: "In force since", "生效自";
    DqNoCalibration: "None on record: values are shown as sent.", "无记录：数值按原样显示。";
    DqCalNone: "none", "无";
    DqCalValid: "valid", "有效";
    DqCalDue: "ends soon", "即将到期";
    DqCalExpired: "expired", "已过期";
    DqMarks: "What people said", "人工标记";
    DqTakeBack: "Take back", "撤回";
    DqTakeBackDots: "Take back…", "撤回…";
    DqTakeBackTitle: "Take back a mark", "撤回标记";
    DqTakenBack: "taken back by {0}, {1}", "{0} 于 {1} 撤回";
    DqGoDevice: "Device", "设备";
    DqStuck: "stuck", "卡滞";
    DqSpike: "spike", "尖峰";
    DqOutOfRange: "out of range", "超出可信范围";
    DqRateOfChange: "too fast", "变化过快";
    DqRepeat: "repeat", "重复";
    DqClockDrift: "clock astray", "时钟偏差";
    DqConflict: "conflict", "冲突";
    DqQuestioned: "doubted by a person", "人工存疑";
    DqNoNumber: "no number", "无数值";
    DqMissing: "no readings", "无读数";
    DqDeviceClock: "device clock astray by", "设备时钟偏差";
    DqCalibrationDue: "calibration ends in", "校准将到期，剩余";
    DqCalibrationExpired: "calibration ended since", "校准已过期";
    DqUnitUnknown: "unit not known", "单位未知";
    DqNoLimits: "no limits", "无限值";
    DqHelpStuck: "The value does not move: a frozen gateway, a dead sensor, or a band that is too wide.", "数值不再变化：网关卡死、传感器失效，或范围设得过宽。";
    DqHelpSpike: "One reading is far from both neighbours: interference or a loose plug.", "单个读数远离前后读数：干扰或接触不良。";
    DqHelpRange: "The sensor, not the room, is wrong: a broken wire or another unit.", "传感器有误而非房间：断线或单位不符。";
    DqHelpRate: "It moved faster than the room can.", "变化快于房间可能的速度。";
    DqHelpRepeat: "The device says the same of the same instant again.", "设备重复发送同一时刻的同一数值。";
    DqHelpClock: "The device's time is in the future; our own was used.", "设备时间在未来；已改用本机时间。";
    DqHelpConflict: "One instant came with two values; both are kept.", "同一时刻有两个数值；两者均保留。";
    DqHelpQuestioned: "A person doubts these readings.", "有人对这些读数存疑。";
    DqHelpNoNumber: "The device sent no number, or a person said that they are bad.", "设备未发送数值，或有人判定为无效。";
    DqHelpMissing: "Nothing came for three of its intervals.", "已有三个周期未收到读数。";
    DqHelpCalibration: "Values are shown with it all the same; have the sensor calibrated.", "数值仍按其修正；请安排校准传感器。";
    DqHelpUnit: "It can't be converted, nor has it usual tests.", "无法换算，也没有常用检验。";
    DqHelpLimits: "It is recorded, but raises no alarm.", "已记录，但不会报警。";
    AlarmCalibration: "{0}: a calibration ends soon or has ended", "{0}：校准即将到期或已过期";
    CauseCalibration: "The certificate of one of its sensors has less than 30 days left, or none.", "其某个传感器的证书有效期不足 30 天或已过期。";
    ConsequenceCalibration: "Readings are recorded as before, but nobody vouches for them once it has ended.", "读数照常记录，但过期后无人为其准确性担保。";
    ActionCalibration: "Have the sensor calibrated, then enter the certificate on page Quality.", "安排校准，然后在“质量”页录入证书。";
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holes(text: &str) -> Vec<usize> {
        let (text, many) = text.split_once('|').unwrap_or((text, text));
        if text != many {
            assert_eq!(holes(text), holes(many), "one and many");
        }
        let mut all: Vec<usize> =
            text.split('{').skip(1).filter_map(|p| p.split_once('}')?.0.parse().ok()).collect();
        all.sort_unstable();
        all
    }

    #[test]
    fn no_word_is_empty_and_every_language_fills_the_same_holes() {
        for word in W::ALL {
            let wanted = holes(word.text(Lang::En));
            for lang in Lang::ALL {
                let text = word.text(lang);
                assert!(!text.trim().is_empty(), "{word:?} in {lang:?}");
                assert_eq!(holes(text), wanted, "{word:?} in {lang:?}");
            }
        }
    }

    #[test]
    fn chinese_is_chinese() {
        // Names and abbreviations stay as they are in every language.
        let same = "SKU RMSSE MASE ETS TSB ADIDA iMAPA SHA-256 GPX PNG SVG CSV ABCD CDAB BADC DCBA XON/XOFF RTS/CTS \
                    SenML Tasmota";
        let names = [
            "Modbus TCP",
            "Modbus RTU",
            "Sparkplug B",
            "ChirpStack（LoRaWAN）",
            "The Things Network（LoRaWAN）",
        ];
        let same: Vec<&str> = same.split_whitespace().chain(names).collect();
        // Holes and marks alone are of no language.
        let marks = |text: &str| !text.chars().any(char::is_alphabetic);
        for word in W::ALL {
            let text = word.text(Lang::ZhHans);
            assert!(
                same.contains(&text)
                    || marks(text)
                    || text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c)),
                "{word:?}: {text}"
            );
            assert!(!word.text(Lang::En).chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c)), "{word:?}");
        }
    }

    #[test]
    fn holes_are_filled_in_any_order() {
        assert_eq!(fill("向 {2} 订购 {0} × {1}", &["3", "a", "b"]), "向 b 订购 3 × a");
        assert_eq!(fill("{0} {9} {x", &["1"]), "1  {x");
    }
}

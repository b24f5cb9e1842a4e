//! The names by which end-to-end tests find things: `data-testid` of rows, buttons and values.
//!
//! A row carries `data-id` with the number of the thing it shows; a button is named by what it does, wherever it stands.

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {
        $( $(#[$doc])* pub const $name: &str = $text; )*
        /// All of them, to test that no two are the same.
        pub const ALL: &[&str] = &[$($text),*];
    };
}

ids! {
    /// A bin in the list beside the plan.
    FLOOR_ROW = "floor-row";
    /// The plan of the warehouse.
    FLOOR = "floor";
    /// What it is drawn on.
    FLOOR_CANVAS = "floor-canvas";
    /// Shows all of the plan.
    FLOOR_FIT = "floor-fit";
    /// The choice of the warehouse.
    FLOOR_WAREHOUSE = "floor-warehouse";
    /// The choice of the level.
    FLOOR_LEVEL = "floor-level";
    /// What the plan is shaded by; `data-id` names it.
    FLOOR_SHADE = "floor-shade";
    /// What the shades mean.
    FLOOR_LEGEND = "floor-legend";
    /// All of one bin.
    BIN_DETAIL = "bin-detail";
    /// Changes a bin.
    CHANGE_BIN = "change-bin";
    /// Makes one.
    NEW_BIN = "new-bin";
    /// A row of what lies in a bin.
    BIN_CONTENT = "bin-content";
    /// A movement of a bin.
    BIN_MOVE = "bin-move";
    /// A unit of an item.
    UNIT_ROW = "unit-row";
    /// Adds or changes a unit.
    SAVE_UNIT = "save-unit";
    /// Removes one.
    REMOVE_UNIT = "remove-unit";
    /// A component of a kit.
    PART_ROW = "part-row";
    /// Changes a kit.
    SET_KIT = "set-kit";
    /// Changes what may stand in.
    SET_SUBSTITUTES = "set-substitutes";
    /// Changes the temperature class of an item.
    SET_CLASS = "set-class";
    /// Sets the levels of an item.
    SET_LEVELS = "set-levels";
    /// A level of an item.
    LEVEL_ROW = "level-row";
    /// An item beside another.
    OTHER_ROW = "other-row";
    /// The strip of a demo site.
    DEMO_BANNER = "demo-banner";
    /// The rail.
    RAIL = "rail";
    /// A link of the rail; `data-page` names the page.
    RAIL_LINK = "rail-link";
    /// A count beside a link of the rail.
    RAIL_COUNT = "rail-count";
    /// Site's name.
    SITE_NAME = "site-name";
    /// The choice of the time window.
    WINDOW_SELECT = "window-select";
    /// Opens the palette.
    SEARCH_OPEN = "search-open";
    /// Open alarms by priority.
    ALARM_COUNTS = "alarm-counts";
    /// Who is looking.
    ACTOR = "actor";
    /// Switches the language.
    LANGUAGE_SWITCH = "language-switch";
    /// Switches the theme.
    THEME_SWITCH = "theme-switch";
    /// The bottom bar.
    STATUS_BAR = "status-bar";
    /// Recording or not.
    STATUS_RECORDING = "status-recording";
    /// Readings a second.
    STATUS_RATE = "status-rate";
    /// Devices up of all.
    STATUS_DEVICES = "status-devices";
    /// Channels in doubt, leading to their list.
    STATUS_DOUBTS = "status-doubts";
    /// What runs the models.
    STATUS_PROVIDER = "status-provider";
    /// The link between the screen and the console.
    STATUS_LINK = "status-link";
    /// The site's clock.
    STATUS_CLOCK = "status-clock";
    /// The page's heading.
    PAGE_TITLE = "page-title";
    /// The filter of the list.
    FILTER = "filter";
    /// The scrolling list.
    LIST = "list";
    /// A head that sorts; `data-key` is its column.
    SORT = "sort";
    /// A closing or opening of the books.
    CLOSING_ROW = "closing-row";
    /// Closes the books.
    CLOSE_BOOKS = "close-books";
    /// Opens them.
    OPEN_BOOKS = "open-books";
    /// What a trace begins at.
    TRACE_BY = "trace-by";
    /// Its code.
    TRACE_CODE = "trace-code";
    /// Traces.
    TRACE_GO = "trace-go";
    /// A lot that was found.
    TRACED_LOT = "traced-lot";
    /// A line of it.
    TRACE_LINE = "trace-line";
    /// Starts a mock recall.
    RECALL_START = "recall-start";
    /// How long it has taken.
    RECALL_CLOCK = "recall-clock";
    /// Keeps its report.
    RECALL_KEEP = "recall-keep";
    /// What it found.
    RECALL_RESULT = "recall-result";
    /// Traces an item.
    TRACE_ITEM = "trace-item";
    /// Prints its label.
    LABEL_ITEM = "label-item";
    /// A count plan as a sheet to write on.
    COUNT_PAPER = "count-paper";
    /// What an import corrects of an order line.
    CORRECTION_ROW = "correction-row";
    /// Opens the formats that a list is taken out in; `data-table` names it.
    EXPORT = "export";
    /// The formats.
    EXPORT_PANEL = "export-panel";
    /// One of them; `data-format` names it.
    EXPORT_FORMAT = "export-format";
    /// Opens the columns of a list.
    COLUMNS = "columns";
    /// The columns of a list.
    COLUMN_PANEL = "column-panel";
    /// Shows or hides a column; `data-key` names it.
    COLUMN_SHOW = "column-show";
    /// Moves a column forward; `data-key` names it.
    COLUMN_UP = "column-up";
    /// Moves a column back; `data-key` names it.
    COLUMN_DOWN = "column-down";
    /// Columns as nobody changed them.
    COLUMN_RESET = "column-reset";
    /// How many rows the list has.
    LIST_COUNT = "list-count";
    /// A chart of many lines; `data-from` and `data-to` are the ends of what it shows, ms.
    LINES_BOX = "lines-box";
    /// Its canvas; `data-drawn` counts its drawings.
    LINES_CHART = "lines-chart";
    /// A channel to choose for the charts.
    CHART_CHANNEL = "chart-channel";
    /// A way to look at readings; `data-look` names it.
    CHART_LOOK = "chart-look";
    /// Where the span begins.
    CHART_FROM = "chart-from";
    /// Where it ends.
    CHART_TO = "chart-to";
    /// The week before, too.
    CHART_COMPARE = "chart-compare";
    /// Names and values of the lines.
    LEGEND = "legend";
    /// One of them.
    LEGEND_LINE = "legend-line";
    /// Where the crosshair is.
    CROSS_TIME = "cross-time";
    /// Keeps a view.
    VIEW_KEEP = "view-keep";
    /// Opens a kept view; `data-id` is its name.
    VIEW_OPEN = "view-open";
    /// The picture as PNG.
    EXPORT_PNG = "export-png";
    /// The picture as SVG.
    EXPORT_SVG = "export-svg";
    /// The numbers as CSV.
    EXPORT_CSV = "export-csv";
    /// A page of numbers back.
    TABLE_BACK = "table-back";
    /// A page of numbers on.
    TABLE_ON = "table-on";
    /// Something that happened.
    EVENT_ROW = "event-row";
    /// Puts the crosshair on it.
    EVENT_SHOW = "event-show";
    /// The channel whose habits are shown.
    HABIT_CHANNEL = "habit-channel";
    /// The right-hand side.
    DETAIL = "detail";
    /// Its heading.
    DETAIL_TITLE = "detail-title";
    /// Reason of a proposal, cause of an alarm.
    DETAIL_REASON = "detail-reason";
    /// A figure of the strip; `data-name` names it.
    FACT = "fact";
    /// What an empty page says.
    EMPTY = "empty";
    /// What an empty page offers to do.
    EMPTY_ACTION = "empty-action";
    /// What went wrong.
    ERROR = "error";
    /// A chart; `data-drawn` counts its drawings.
    CHART = "chart";
    /// What a chart is drawn in, which takes the keys; `data-from` and `data-to` are the ends of what it shows.
    CHART_BOX = "chart-box";
    /// Shows all of a chart again.
    CHART_RESET = "chart-reset";
    /// Shows the numbers of a chart instead.
    CHART_TABLE_TOGGLE = "chart-table-toggle";
    /// The numbers of a chart.
    CHART_TABLE = "chart-table";
    /// A number nobody gave.
    ASSUMED = "assumed";
    /// A finding.
    FINDING = "finding";
    /// A row of Today.
    DECISION_ROW = "decision-row";
    /// A heading between rows.
    GROUP_HEAD = "group-head";
    /// A row of Alarms.
    ALARM_ROW = "alarm-row";
    /// A tab; `data-tab` names it.
    TAB = "tab";
    /// The button of the tabs that do not fit.
    MORE_TABS = "more-tabs";
    /// One of these.
    MORE_TAB = "more-tab";
    /// Acknowledges.
    ACKNOWLEDGE = "acknowledge";
    /// Shelves.
    SHELVE = "shelve";
    /// Opens the room of an alarm.
    OPEN_ROOM = "open-room";
    /// Approves.
    APPROVE = "approve";
    /// Approves all drafts of a supplier.
    APPROVE_SUPPLIER = "approve-supplier";
    /// Approves all that are marked.
    APPROVE_MARKED = "approve-marked";
    /// Another quantity.
    CHANGE_QUANTITY = "change-quantity";
    /// Says no.
    DISMISS = "dismiss";
    /// Takes a decision back.
    TAKE_BACK = "take-back";
    /// Purchase orders as a file.
    EXPORT_ORDERS = "export-orders";
    /// Opens the item.
    OPEN_ITEM = "open-item";
    /// Opens the demand of the item.
    OPEN_DEMAND = "open-demand";
    /// A row of Replenish.
    PROPOSAL_ROW = "proposal-row";
    /// A mark on a row of Replenish.
    PROPOSAL_MARK = "proposal-mark";
    /// A purchase order.
    ORDER_ROW = "order-row";
    /// Makes forecasts and proposals anew.
    PLAN_NOW = "plan-now";
    /// A row of Stock.
    STOCK_ROW = "stock-row";
    /// A movement of stock.
    MOVEMENT_ROW = "movement-row";
    /// Something to look at in stock.
    STOCK_DOUBT = "stock-doubt";
    /// Expects a shipment.
    EXPECT_SHIPMENT = "expect-shipment";
    /// Takes an order.
    TAKE_ORDER = "take-order";
    /// Takes goods back.
    TAKE_RETURN = "take-return";
    /// The board of shipments or orders.
    GOODS_BOARD = "goods-board";
    /// A column of it, with `data-state`.
    GOODS_LANE = "goods-lane";
    /// A card of it.
    GOODS_CARD = "goods-card";
    /// A row of the list beside it.
    GOODS_ROW = "goods-row";
    /// A shipment or an order, open.
    GOODS_PAPER = "goods-paper";
    /// A line of it.
    GOODS_LINE = "goods-line";
    /// Does its next step.
    GOODS_NEXT = "goods-next";
    /// Receives or picks a line.
    GOODS_CHANGE = "goods-change";
    /// Puts a line away, or frees what is promised.
    GOODS_SHELVE = "goods-shelve";
    /// No more comes, or the rest is allocated.
    GOODS_FINISH = "goods-finish";
    /// Takes the last step back.
    GOODS_UNDO = "goods-undo";
    /// Cancels it, or opens it again.
    GOODS_CANCEL = "goods-cancel";
    /// Prints it.
    GOODS_PRINT = "goods-print";
    /// Back to the board.
    GOODS_BACK = "goods-back";
    /// To the order it belongs to.
    GOODS_REST = "goods-rest";
    /// A parcel.
    GOODS_PARCEL = "goods-parcel";
    /// Takes all out of a parcel.
    UNPACK = "unpack";
    /// A return.
    RETURN_ROW = "return-row";
    /// Mends it.
    FIX_DOUBT = "fix-doubt";
    /// A lot in a bin: where some of an item lies.
    STANDING_ROW = "standing-row";
    /// How much there is, by standing.
    STOCK_SUM = "stock-sum";
    /// The day that the stock is shown of.
    STOCK_DAY = "stock-day";
    /// Holds a lot.
    HOLD_LOT = "hold-lot";
    /// Releases a lot.
    RELEASE_LOT = "release-lot";
    /// Says what really lies in a bin.
    CORRECT_STOCK = "correct-stock";
    /// Moves stock to another bin.
    MOVE_STOCK = "move-stock";
    /// Sets the last day of a lot.
    SET_EXPIRY = "set-expiry";
    /// Takes a booking back.
    UNDO_BOOKING = "undo-booking";
    /// A row of Demand.
    DEMAND_ROW = "demand-row";
    /// Days or weeks.
    GRAIN = "grain";
    /// A model's backtest.
    BACKTEST_ROW = "backtest-row";
    /// Why a forecast is made of these models.
    MODEL_REASON = "model-reason";
    /// A run of days without stock.
    STOCK_OUT_ROW = "stock-out-row";
    /// A category of the demand, or the total.
    DEMAND_GROUP_ROW = "demand-group-row";
    /// The one chosen.
    DEMAND_GROUP = "demand-group";
    /// A room.
    ZONE_ROW = "zone-row";
    /// A channel of a room.
    CHANNEL_ROW = "channel-row";
    /// The live value of a channel; `data-id` is its number.
    LIVE_VALUE = "live-value";
    /// Changes the limits of a channel.
    CHANGE_LIMITS = "change-limits";
    /// A time outside the limits.
    EXCURSION_ROW = "excursion-row";
    /// A channel of the list of doubts.
    QUALITY_ROW = "quality-row";
    /// Leads from a channel to how far it is believed.
    TO_QUALITY = "to-quality";
    /// A doubt about the chosen channel; `data-id` is its kind.
    QUALITY_ISSUE = "quality-issue";
    /// Lets a doubt stay.
    QUALITY_SEEN = "quality-seen";
    /// What the typed tests would mark.
    QUALITY_TRIAL = "quality-trial";
    /// Saves the typed tests.
    QUALITY_SAVE = "quality-save";
    /// Readings in doubt.
    QUALITY_SPAN = "quality-span";
    /// Marks readings.
    QUALITY_MARK = "quality-mark";
    /// What a person said of a span.
    QUALITY_MARK_ROW = "quality-mark-row";
    /// A calibration.
    CALIBRATION_ROW = "calibration-row";
    /// Adds one.
    CALIBRATE = "calibrate";
    /// A device.
    DEVICE_ROW = "device-row";
    /// A known device to start from; `data-id` is its name.
    TEMPLATE_ROW = "template-row";
    /// Finds a known device.
    TEMPLATE_FIND = "template-find";
    /// The form of a device.
    DEVICE_FORM = "device-form";
    /// Reads it without keeping anything.
    TEST_READ = "test-read";
    /// What a test read found; `data-code` is what to think of it.
    TEST_VERDICT = "test-verdict";
    /// A value of a test read; `data-id` is its name on the wire.
    TEST_VALUE = "test-value";
    /// Keeps the device.
    SAVE_DEVICE = "save-device";
    /// Opens and closes the live view.
    LIVE_VIEW = "live-view";
    /// Bytes as they come.
    LIVE_BYTES = "live-bytes";
    /// A value as it was read.
    LIVE_SAID = "live-said";
    /// More devices like one.
    CLONE_DEVICE = "clone-device";
    /// A device to be.
    CLONE_ROW = "clone-row";
    /// Shows what cloning would make.
    CLONE_PREVIEW = "clone-preview";
    /// Makes them.
    CLONE_MAKE = "clone-make";
    /// All devices as a file.
    EXPORT_DEVICES = "export-devices";
    /// Takes a list in.
    IMPORT_DEVICES = "import-devices";
    /// A device of a list.
    IMPORT_DEVICE_ROW = "import-device-row";
    /// A kind of error of a device.
    ERROR_ROW = "error-row";
    /// A span without readings.
    GAP_ROW = "gap-row";
    /// Adds a device.
    ADD_DEVICE = "add-device";
    /// Changes a device.
    CHANGE_DEVICE = "change-device";
    /// Removes a device.
    REMOVE_DEVICE = "remove-device";
    /// Adds a channel heard on the wire.
    ADD_CHANNEL = "add-channel";
    /// What a device last said.
    DEVICE_TAIL = "device-tail";
    /// Chooses a file to import.
    IMPORT_FILE = "import-file";
    /// What the file holds.
    IMPORT_KIND = "import-kind";
    /// Starts a new import.
    IMPORT_NEW = "import-new";
    /// The column of a field; `data-field` names the field.
    IMPORT_COLUMN = "import-column";
    /// Checks a file without changing anything.
    IMPORT_CHECK = "import-check";
    /// Imports it.
    IMPORT_START = "import-start";
    /// How far it is.
    IMPORT_PROGRESS = "import-progress";
    /// What it did or would do.
    IMPORT_REPORT = "import-report";
    /// An import done.
    IMPORT_ROW = "import-row";
    /// A backup there is.
    BACKUP_ROW = "backup-row";
    /// A piece of readings that came back damaged.
    DAMAGED_ROW = "damaged-row";
    /// Makes one now.
    MAKE_BACKUP = "make-backup";
    /// Saves where they go.
    SAVE_BACKUPS = "save-backups";
    /// A job.
    JOB_ROW = "job-row";
    /// Stops a job.
    CANCEL_JOB = "cancel-job";
    /// A report.
    REPORT_ROW = "report-row";
    /// Makes the daily report.
    MAKE_REPORT = "make-report";
    /// Hands over a file; `data-name` is the file's.
    DOWNLOAD = "download";
    /// A model.
    MODEL_ROW = "model-row";
    /// A model's card.
    MODEL_CARD = "model-card";
    /// A field of the settings or of a dialog; `data-field` names it.
    FIELD = "field";
    /// Saves the settings.
    SAVE_SETTINGS = "save-settings";
    /// A change on record.
    AUDIT_ROW = "audit-row";
    /// Recomputes the audit.
    VERIFY_AUDIT = "verify-audit";
    /// What the recomputation found.
    AUDIT_VERDICT = "audit-verdict";
    /// A field of the what-if panel; `data-field` names it.
    WHAT_IF_FIELD = "what-if-field";
    /// The service level tried, in words.
    WHAT_IF_LEVEL = "what-if-level";
    /// Says that the trial is what the drafts are.
    WHAT_IF_SAME = "what-if-same";
    /// What the budget leaves out, in words.
    WHAT_IF_CUT = "what-if-cut";
    /// A line the budget cut.
    CUT_ROW = "cut-row";
    /// A line the trial changes.
    TRIAL_ROW = "trial-row";
    /// A supplier's part in the trial.
    TRIAL_SUPPLIER_ROW = "trial-supplier-row";
    /// Takes the trial over.
    USE_THESE = "use-these";
    /// Sets an override of the forecast.
    SET_OVERRIDE = "set-override";
    /// Takes one back.
    CLEAR_OVERRIDE = "clear-override";
    /// One override.
    OVERRIDE_ROW = "override-row";
    /// The overrides of all items.
    OVERRIDES = "overrides";
    /// What overrides were worth.
    VALUE_ADDED = "value-added";
    /// A dialog.
    DIALOG = "dialog";
    /// Does what the dialog is about.
    DIALOG_CONFIRM = "dialog-confirm";
    /// Leaves the dialog.
    DIALOG_CANCEL = "dialog-cancel";
    /// A message at the bottom.
    TOAST = "toast";
    /// Takes back what the message tells of.
    TOAST_UNDO = "toast-undo";
    /// The palette.
    PALETTE = "palette";
    /// Its text.
    PALETTE_INPUT = "palette-input";
    /// A line of it.
    PALETTE_ROW = "palette-row";
    /// The list of keys.
    KEYS = "keys";
    /// Late and unserved deliveries, on Today.
    FLEET_TROUBLE = "fleet-trouble";
    /// The choice of the day on Fleet.
    FLEET_DAY = "fleet-day";
    /// A delivery; `data-state` is its state.
    DELIVERY_ROW = "delivery-row";
    /// A vehicle.
    VEHICLE_ROW = "vehicle-row";
    /// A route.
    ROUTE_ROW = "route-row";
    /// Where the plan is from, and whether it is of today's facts.
    PLAN_LINE = "plan-line";
    /// The plan is older than what it was made of.
    PLAN_STALE = "plan-stale";
    /// Solves the day.
    SOLVE = "solve";
    /// A solve under way.
    SOLVING = "solving";
    /// The cost of the best plan so far.
    COST_CURVE = "cost-curve";
    /// The map; takes the keys.
    MAP = "map";
    /// Its roads; `data-drawn` counts their drawings.
    MAP_ROADS = "map-roads";
    /// Shows all of the map.
    MAP_FIT = "map-fit";
    /// The day as bars.
    GANTT = "gantt";
    /// A delivery that no route takes, and why.
    UNSERVED_ROW = "unserved-row";
    /// A visit of the route shown.
    VISIT_ROW = "visit-row";
    /// Adds a delivery.
    ADD_DELIVERY = "add-delivery";
    /// Devices that wait for the passphrase.
    SECRETS_WAIT = "secrets-wait";
    /// What is wrong with a field of a device's setup.
    FIELD_FAULT = "field-fault";
    /// Tries a pattern on bytes.
    TRY_DECODE = "try-decode";
    /// A piece of the bytes and what was made of it.
    TRIED_ROW = "tried-row";
    /// Why nothing was made of them.
    TRIED_FAULT = "tried-fault";
    /// How others post for a device.
    LISTENER = "listener";
    /// Where they post.
    LISTENER_ADDRESS = "listener-address";
    /// Opens, moves or closes the listener.
    CHANGE_LISTENER = "change-listener";
    /// Makes a token.
    NEW_TOKEN = "new-token";
    /// The token, told once.
    TOKEN = "token";
    /// Somebody who posted and is not known.
    HEARD_ROW = "heard-row";
    /// A code that was scanned.
    SCAN_ROW = "scan-row";
    /// Makes a label.
    PRINT_LABEL = "print-label";
    /// Opens the scan test.
    SCAN_TEST = "scan-test";
    /// Takes a code from a wedge.
    SCAN_FIELD = "scan-field";
    /// Explains it.
    SCAN_EXPLAIN = "scan-explain";
    /// Tones on or off.
    SCAN_SOUND = "scan-sound";
    /// Right, doubtful or wrong: `data-verdict`.
    SCAN_VERDICT = "scan-verdict";
    /// What is wrong or may be doubted.
    SCAN_NOTE = "scan-note";
    /// A stretch of characters; `data-role`, `data-good`.
    SCAN_PART = "scan-part";
    /// An identifier with its value.
    SCAN_ELEMENT = "scan-element";
    /// What the code stands for here.
    SCAN_HERE = "scan-here";
    /// Another way to read it.
    SCAN_OTHER = "scan-other";
    /// A task done with a scanner; `data-task` is its word.
    FLOW_TASK = "flow-task";
    /// What is wanted next; `data-want` is its word.
    FLOW_WANT = "flow-want";
    /// What came of the last input; `data-feedback`, `data-code`, and `data-took`: ms from the last key to the paint.
    FLOW_VERDICT = "flow-verdict";
    /// A known part of the booking; `data-slot` is its name.
    FLOW_SLOT = "flow-slot";
    /// An answer to choose.
    FLOW_CHOICE = "flow-choice";
    /// A line of the shipment or order that is left.
    FLOW_LINE = "flow-line";
    /// Bins to go to.
    FLOW_HINT = "flow-hint";
    /// The field that takes every key.
    FLOW_FIELD = "flow-field";
    /// An input that was answered.
    FLOW_PAST = "flow-past";
    /// Tones on or off.
    FLOW_SOUND = "flow-sound";
    /// A handling unit of an item.
    HANDLING_UNIT_ROW = "handling-unit-row";
    /// A serial number of an item.
    SERIAL_ROW = "serial-row";
    /// Gives the passphrase.
    UNLOCK_SECRETS = "unlock-secrets";
    /// Makes a plan of what to count.
    PLAN_COUNT = "plan-count";
    /// A count plan.
    COUNT_PLAN_ROW = "count-plan-row";
    /// A line of a count.
    COUNT_LINE_ROW = "count-line-row";
    /// Lines of a state; `data-state`.
    COUNT_STATE = "count-state";
    /// The bin to count next.
    COUNT_BIN = "count-bin";
    /// It needs a second person.
    COUNT_SECOND = "count-second";
    /// The line is not to be counted.
    COUNT_NOTHING = "count-nothing";
    /// What is there.
    COUNT_QUANTITY = "count-quantity";
    /// Takes it.
    COUNT_TAKE = "count-take";
    /// Who counted.
    COUNTED_BY = "counted-by";
    /// What became of the last count.
    COUNT_TOLD = "count-told";
    /// Approves lines.
    COUNT_APPROVE = "count-approve";
    /// Approves all within tolerance.
    COUNT_APPROVE_WITHIN = "count-approve-within";
    /// Does not believe lines.
    COUNT_REJECT = "count-reject";
    /// The sheet to walk with.
    COUNT_SHEET = "count-sheet";
    /// Changes a delivery.
    CHANGE_DELIVERY = "change-delivery";
    /// Removes a delivery.
    REMOVE_DELIVERY = "remove-delivery";
    /// Adds a vehicle.
    ADD_VEHICLE = "add-vehicle";
    /// Changes a vehicle.
    CHANGE_VEHICLE = "change-vehicle";
    /// A customer or a supplier.
    PARTNER_ROW = "partner-row";
    /// Shows customers.
    PARTNERS_CUSTOMERS = "partners-customers";
    /// Shows suppliers.
    PARTNERS_SUPPLIERS = "partners-suppliers";
    /// Whether names of customers are kept.
    CUSTOMER_NAMES = "customer-names";
    /// Lets names be kept, or forgets them.
    ALLOW_NAMES = "allow-names";
    /// Traces what a customer got.
    TRACE_CUSTOMER = "trace-customer";
    /// A new supplier.
    NEW_SUPPLIER = "new-supplier";
    /// Changes a supplier.
    CHANGE_SUPPLIER = "change-supplier";
    /// What a supplier sells.
    SUPPLIED_ROW = "supplied-row";
    /// Sets the depot.
    SET_DEPOT = "set-depot";
    /// A place is chosen on the map instead of typed.
    CHOOSE_ON_MAP = "choose-on-map";
    /// Reads roads from a file.
    IMPORT_ROADS = "import-roads";
    /// A driver sheet.
    DRIVER_SHEET = "driver-sheet";
    /// A route as GPX.
    ROUTE_GPX = "route-gpx";
}

#[cfg(test)]
mod tests {
    #[test]
    fn no_two_are_the_same() {
        let mut all = super::ALL.to_vec();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), super::ALL.len());
    }
}

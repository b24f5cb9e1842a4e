//! Every Call, Reply, Event and error that crosses between a screen and the application.
//!
//! Turns the application's knowledge into plain rows a screen can show. Knows `units` and serde. Does not know the
//! domain, SQL, Tauri or a transport: a host carries bodies of JSON text (made by serde_json at both ends, so that an i64
//! keeps its digits) or frames. Rows carry codes, never sentences: the screen has the words, in its language.
//! Start at [`Call`] and [`with_calls!`]. Tests: `src/tests.rs`, `tests/system/contract.rs`.

pub mod calls;
mod error;
mod event;
mod frame;

#[cfg(test)]
mod tests;

pub use calls::*;
pub use error::{ApiError, Code};
pub use event::{Event, EventBody, Topic};
pub use frame::{Body, FrameError, Reply};

use serde::{Serialize, de::DeserializeOwned};

/// One question or command a screen can send.
pub trait Call: Serialize + DeserializeOwned + Send + 'static {
    /// What comes back.
    type Reply: Reply + Send + 'static;
    /// Its name on the wire: the type's name.
    const NAME: &'static str;
    /// Topics of events after which the answer may be another.
    const READS: &'static [Topic];
}

macro_rules! declare_calls {
    ($($call:ident => $reply:ty, [$($topic:ident),*];)*) => { $(
        impl Call for $call {
            type Reply = $reply;
            const NAME: &'static str = stringify!($call);
            const READS: &'static [Topic] = &[$(Topic::$topic),*];
        }
    )* };
}

/// The one list of calls: `with_calls!(then)` hands `Call => Reply, [topics read];` lines to the macro `then`.
/// A call that `app` does not serve does not compile.
#[macro_export]
macro_rules! with_calls {
    ($then:ident) => {
        $then! {
            GetSite => SiteInfo, [Settings];
            GetStatus => Status, [Readings, Alarms, Devices, Proposals, Jobs];
            ListDecisions => Vec<DecisionRow>, [Alarms, Proposals];
            ListAlarms => Vec<AlarmRow>, [Alarms];
            AcknowledgeAlarm => Done, [];
            ShelveAlarm => Done, [];
            PlanCount => CountPlanned, [];
            ListCounts => Vec<CountPlanRow>, [Stock];
            ListCountLines => CountPage, [Stock];
            EnterCounts => Vec<CountOutcome>, [];
            ApproveCounts => Vec<CountOutcome>, [];
            RejectCounts => Vec<CountOutcome>, [];
            ListStock => StockPage, [Stock, Forecasts];
            GetItem => ItemDetail, [Stock, Forecasts, Proposals];
            GetItemStock => ItemStock, [Stock];
            GetFloor => Floor, [Stock, Alarms];
            GetBin => BinDetail, [Stock];
            SaveBin => units::BinId, [];
            GetItemMaster => ItemMaster, [Stock];
            SaveItemUnit => units::ItemUnitId, [];
            RemoveItemUnit => Done, [];
            SetItemClass => Done, [];
            SetSubstitutes => Done, [];
            SetKit => Done, [];
            SaveItemLevel => Done, [];
            DecideLot => BookedRow, [];
            SetExpiry => Done, [];
            CorrectStock => BookedRow, [];
            MoveStock => BookedRow, [];
            UndoBooking => BookedRow, [];
            CloseBooks => Done, [];
            GetBooks => BooksState, [Stock, Audit];
            MakeRecall => RecallReply, [];
            MakeCountSheet => FileReply, [];
            TraceStock => TraceReply, [Stock];
            ExportTrace => FileReply, [];
            ListStockWork => StockWorkList, [Stock];
            VerifyStock => StockVerdict, [];
            ListInbound => InboundPage, [Stock];
            GetInbound => InboundSheet, [Stock];
            MakeInbound => InboundId, [];
            ReceiveGoods => PaperStep, [];
            PutGoodsAway => PaperStep, [];
            CloseInbound => PaperStep, [];
            TakeBackStep => BookedRow, [];
            ListOutbound => OutboundPage, [Stock];
            GetOutbound => OutboundSheet, [Stock];
            MakeOutbound => OutboundId, [];
            AllocateOutbound => PaperStep, [];
            ReleaseOutbound => PaperStep, [];
            PickGoods => PaperStep, [];
            PutGoodsBack => PaperStep, [];
            PackGoods => PaperStep, [];
            UnpackParcel => PaperStep, [];
            ShipOutbound => ShippedRow, [];
            CancelOutbound => PaperStep, [];
            PrintPaper => FileReply, [Stock];
            ListReturns => ReturnPage, [Stock];
            MakeReturn => ReturnId, [];
            InspectReturn => Done, [];
            SettleReturn => PaperStep, [];
            ListCustomers => CustomerPage, [Imports];
            AllowCustomerNames => Done, [];
            ListSuppliers => Vec<SupplierRow>, [Stock, Imports];
            ListSupplied => Vec<SuppliedRow>, [Stock, Imports];
            SaveSupplier => SupplierId, [];
            ListDemand => DemandPage, [Forecasts];
            GetDemand => DemandDetail, [Forecasts];
            ListDemandGroups => Vec<DemandGroupRow>, [Forecasts];
            GetDemandGroup => DemandDetail, [Forecasts];
            SetOverride => OverrideId, [];
            ClearOverride => Done, [];
            ListOverrides => OverridePage, [Forecasts];
            ListModels => Vec<ModelRow>, [Forecasts];
            RunPlanning => JobId, [];
            ListProposals => Vec<ProposalRow>, [Proposals];
            GetProposal => ProposalDetail, [Proposals];
            TryReplenishment => ReplenishTrial, [Proposals, Forecasts, Stock];
            ApplyTrial => TrialReceipt, [];
            ApproveProposals => ApprovalReceipt, [];
            DismissProposals => Done, [];
            TakeBackProposals => Done, [];
            ChangeProposal => Done, [];
            ExportPurchaseOrders => FileReply, [];
            ListPurchaseOrders => Vec<PurchaseOrderRow>, [Proposals];
            ListZones => Vec<ZoneRow>, [Readings, Alarms, Devices];
            GetSeries => SeriesReply, [Readings];
            ListExcursions => Vec<ExcursionRow>, [Alarms];
            ListMarks => Vec<MarkRow>, [Alarms];
            ListChartViews => Vec<ChartView>, [Settings];
            SaveChartView => Done, [];
            RemoveChartView => Done, [];
            GetBands => BandReply, [];
            GetDuration => DurationReply, [];
            GetCorrelation => CorrelationReply, [];
            ExportSeries => FileReply, [];
            ListDevices => Vec<DeviceRow>, [Devices, Readings];
            GetDevice => DeviceDetail, [Devices, Readings];
            WatchDevice => DeviceWatch, [];
            TestDevice => DeviceTest, [];
            ListPorts => Vec<PortRow>, [];
            ListBrokers => Vec<BrokerRow>, [Devices];
            ListTemplates => Vec<TemplateRow>, [];
            CloneDevice => CloneReport, [];
            ExportDevices => FileReply, [];
            ImportDevices => DeviceImport, [];
            AddDevice => DeviceId, [];
            ChangeDevice => Done, [];
            RemoveDevice => Done, [];
            GetSecrets => SecretsState, [Devices];
            UnlockSecrets => Done, [];
            SetSecret => Done, [];
            GetListener => ListenerState, [Devices, Settings];
            ChangeListener => Done, [];
            MakeToken => NewToken, [];
            ListScans => Vec<ScanRow>, [Devices];
            TryDecode => Trial, [];
            ExplainScan => ScanExplained, [Stock];
            ScanStep => ScanStepped, [];
            AwaitScans => ScansHeard, [];
            ListUnits => Vec<UnitRow>, [Stock];
            MoveUnit => BookedRow, [];
            ListSerials => Vec<SerialRow>, [Stock];
            MakeLabels => FileReply, [];
            ChangeLimits => Done, [];
            ReadRegisters => RegistersRead, [];
            ListPoints => PointPage, [Devices, Readings];
            SavePoint => Done, [];
            RemovePoint => Done, [];
            ImportPoints => PointImport, [];
            ExportPoints => FileReply, [];
            WritePoint => PointWritten, [];
            ListQualityWork => QualityWork, [Readings, Devices, Alarms];
            GetChannelQuality => ChannelQuality, [Readings, Devices];
            TryQuality => QualityTrial, [];
            ChangeQuality => Done, [];
            AddCalibration => Done, [];
            MarkReadings => Done, [];
            TakeBackMark => Done, [];
            SeeDoubt => Done, [];
            StageFile => StagedFile, [];
            PreviewImport => ImportPreview, [];
            StartImport => JobId, [];
            ListImports => Vec<ImportRow>, [Imports];
            RejectedRows => TextFile, [];
            UndoImport => ImportUndone, [];
            ListJobs => Vec<JobRow>, [Jobs];
            GetJob => JobRow, [Jobs];
            CancelJob => Done, [];
            MakeDailyReport => ReportSet, [];
            ListReports => Vec<ReportSet>, [Reports];
            ReadReportFile => FileReply, [];
            ListTables => Vec<TableRow>, [];
            ExportTable => FileReply, [];
            GetSettings => Settings, [Settings];
            ChangeSettings => Done, [];
            GetBackups => BackupPage, [Settings, Jobs];
            ChangeBackups => Done, [];
            MakeBackup => JobId, [];
            ListAudit => Vec<AuditRow>, [Audit];
            VerifyAudit => AuditVerdict, [];
            GetFleet => FleetDay, [Fleet, Positions, Jobs, Settings];
            SolveDay => JobId, [];
            SaveVehicle => VehicleId, [];
            SaveDelivery => DeliveryId, [];
            RemoveDelivery => Done, [];
            SetDepot => Done, [];
            ImportRoads => JobId, [];
            GetRoads => MapLines, [Fleet];
            GetRoutePaths => MapLines, [Fleet];
            ListPositions => Vec<PositionRow>, [Positions, Fleet];
            ExportRoute => FileReply, [];
        }
    };
}

with_calls!(declare_calls);

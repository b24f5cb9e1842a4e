//! What a role may do. Deny by default: a call without a line here does not compile.

use contract::*;
use domain::Role;

/// The least role that may make a call.
pub trait Needs {
    /// The role.
    const ROLE: Role;
}

macro_rules! needs {
    ($($role:ident: $($call:ident)*;)*) => { $($(
        impl Needs for $call { const ROLE: Role = Role::$role; }
    )*)* };
}

needs! {
    Viewer: GetBooks ListTables ExportTable;
    Operator: MakeRecall MakeCountSheet;
    Manager: CloseBooks;
    Viewer: ListInbound GetInbound ListOutbound GetOutbound PrintPaper ListReturns;
    Operator: MakeInbound ReceiveGoods PutGoodsAway CloseInbound TakeBackStep MakeOutbound AllocateOutbound ReleaseOutbound PickGoods
        PutGoodsBack PackGoods UnpackParcel ShipOutbound MakeReturn InspectReturn SettleReturn;
    Manager: CancelOutbound;
    Viewer: ListCustomers ListSuppliers ListSupplied;
    Manager: SaveSupplier;
    Admin: AllowCustomerNames;
    Viewer: GetFloor GetBin GetItemMaster;
    Manager: SaveBin SaveItemUnit RemoveItemUnit SetItemClass SetSubstitutes SetKit SaveItemLevel;
    Viewer: ListCounts ListCountLines GetItemStock TraceStock ExportTrace ListStockWork VerifyStock GetSecrets GetSite GetStatus ListDecisions ListAlarms ListStock GetItem ListDemand GetDemand ListDemandGroups GetDemandGroup ListModels ListProposals
        ListOverrides GetProposal TryReplenishment ListPurchaseOrders ListZones GetSeries ListExcursions ListMarks ListChartViews GetBands GetDuration GetCorrelation ExportSeries ListDevices GetDevice WatchDevice ListPorts GetListener ListScans TryDecode ExplainScan AwaitScans ListUnits ListSerials ListBrokers ListTemplates ListImports
        ListJobs GetJob ListReports ReadReportFile GetSettings ListAudit VerifyAudit GetBackups
        ListQualityWork GetChannelQuality TryQuality
        ListPoints ExportPoints GetFleet GetRoads GetRoutePaths ListPositions ExportRoute;
    Operator: ScanStep MoveUnit MakeLabels EnterCounts ApproveCounts DecideLot SetExpiry CorrectStock MoveStock UndoBooking UnlockSecrets SaveChartView RemoveChartView AcknowledgeAlarm ShelveAlarm RunPlanning StageFile PreviewImport StartImport RejectedRows CancelJob MakeDailyReport
        MarkReadings SeeDoubt SaveDelivery RemoveDelivery;
    Manager: UndoImport PlanCount RejectCounts ReadRegisters WritePoint SetOverride ClearOverride ApplyTrial ApproveProposals DismissProposals TakeBackProposals ChangeProposal ExportPurchaseOrders ChangeLimits
        ChangeQuality AddCalibration TakeBackMark SolveDay SaveVehicle;
    Admin: ChangeListener MakeToken SavePoint RemovePoint ImportPoints ChangeBackups MakeBackup AddDevice ChangeDevice RemoveDevice SetSecret TestDevice CloneDevice ExportDevices ImportDevices ChangeSettings SetDepot ImportRoads;
}

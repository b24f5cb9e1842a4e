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
    Viewer: GetSite GetStatus ListDecisions ListAlarms ListStock GetItem ListDemand GetDemand ListModels ListProposals
        ListOverrides GetProposal TryReplenishment ListPurchaseOrders ListZones GetSeries ListExcursions ListMarks ListChartViews GetBands GetDuration GetCorrelation ExportSeries ListDevices GetDevice ListPorts ListImports
        ListJobs GetJob ListReports ReadReportFile GetSettings ListAudit VerifyAudit
        GetFleet GetRoads GetRoutePaths ListPositions ExportRoute;
    Operator: SaveChartView RemoveChartView AcknowledgeAlarm ShelveAlarm RunPlanning StageFile PreviewImport StartImport CancelJob MakeDailyReport
        SaveDelivery RemoveDelivery;
    Manager: SetOverride ClearOverride ApplyTrial ApproveProposals DismissProposals TakeBackProposals ChangeProposal ExportPurchaseOrders ChangeLimits
        SolveDay SaveVehicle;
    Admin: AddDevice ChangeDevice RemoveDevice ChangeSettings SetDepot ImportRoads;
}

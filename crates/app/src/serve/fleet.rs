//! The delivery day: deliveries, vehicles, roads, the plan.

use crate::dispatch::Serve;
use crate::failure::{Failure, Result};
use crate::open::App;
use contract::*;
use domain::Actor;

impl Serve<GetFleet> for App {
    async fn serve(&self, _: GetFleet, _: &Actor) -> Result<FleetDay> {
        Err(Failure::new(Code::NotFound, "show the delivery day: this version can't yet; use a later one"))
    }
}

impl Serve<SolveDay> for App {
    async fn serve(&self, _: SolveDay, _: &Actor) -> Result<JobId> {
        Err(Failure::new(Code::NotFound, "plan the day: this version can't yet; use a later one"))
    }
}

impl Serve<SaveVehicle> for App {
    async fn serve(&self, _: SaveVehicle, _: &Actor) -> Result<VehicleId> {
        Err(Failure::new(Code::NotFound, "save a vehicle: this version can't yet; use a later one"))
    }
}

impl Serve<SaveDelivery> for App {
    async fn serve(&self, _: SaveDelivery, _: &Actor) -> Result<DeliveryId> {
        Err(Failure::new(Code::NotFound, "save a delivery: this version can't yet; use a later one"))
    }
}

impl Serve<RemoveDelivery> for App {
    async fn serve(&self, _: RemoveDelivery, _: &Actor) -> Result<Done> {
        Err(Failure::new(Code::NotFound, "remove a delivery: this version can't yet; use a later one"))
    }
}

impl Serve<SetDepot> for App {
    async fn serve(&self, _: SetDepot, _: &Actor) -> Result<Done> {
        Err(Failure::new(Code::NotFound, "set the depot: this version can't yet; use a later one"))
    }
}

impl Serve<ImportRoads> for App {
    async fn serve(&self, _: ImportRoads, _: &Actor) -> Result<JobId> {
        Err(Failure::new(Code::NotFound, "import roads: this version can't yet; use a later one"))
    }
}

impl Serve<GetRoads> for App {
    async fn serve(&self, _: GetRoads, _: &Actor) -> Result<MapLines> {
        Err(Failure::new(Code::NotFound, "draw roads: this version can't yet; use a later one"))
    }
}

impl Serve<GetRoutePaths> for App {
    async fn serve(&self, _: GetRoutePaths, _: &Actor) -> Result<MapLines> {
        Err(Failure::new(Code::NotFound, "draw routes: this version can't yet; use a later one"))
    }
}

impl Serve<ListPositions> for App {
    async fn serve(&self, _: ListPositions, _: &Actor) -> Result<Vec<PositionRow>> {
        Err(Failure::new(Code::NotFound, "show positions: this version can't yet; use a later one"))
    }
}

impl Serve<ExportRoute> for App {
    async fn serve(&self, _: ExportRoute, _: &Actor) -> Result<FileReply> {
        Err(Failure::new(Code::NotFound, "write a route: this version can't yet; use a later one"))
    }
}

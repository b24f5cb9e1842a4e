//! Backups: what there is, where they go, one more.

use crate::dispatch::Serve;
use crate::failure::Result;
use crate::flows::backup;
use crate::open::App;
use contract::*;
use domain::Actor;

impl Serve<GetBackups> for App {
    async fn serve(&self, _: GetBackups, _: &Actor) -> Result<BackupPage> {
        self.blocking(|inner| backup::page(inner)).await
    }
}

impl Serve<ChangeBackups> for App {
    async fn serve(&self, call: ChangeBackups, by: &Actor) -> Result<Done> {
        let by = by.clone();
        self.blocking(move |inner| backup::change(inner, call.settings, &by, &call.why).map(|()| Done)).await
    }
}

impl Serve<MakeBackup> for App {
    async fn serve(&self, call: MakeBackup, by: &Actor) -> Result<JobId> {
        self.start_backup(call.into, by).await
    }
}

//! The passphrase of the site's secrets, asked for where devices wait for it; and keeping a device's secret.

use crate::bridge;
use crate::dialog::{Field, ask};
use crate::i18n::W;
use crate::live::live;
use crate::parts;
use crate::state::{ctx, fmt};
use crate::testids as id;
use contract::*;
use leptos::prelude::*;

/// A strip above the list of devices while some of them wait for the passphrase.
pub fn strip() -> AnyView {
    let fmt = fmt();
    let answer = live(|| Some(GetSecrets {}));
    let waits = Memo::new(move |_| answer.data.get().filter(|state| !state.waiting.is_empty()));
    (move || {
        waits.get().map(|state| {
            let names = state.waiting.join(", ");
            let count = state.waiting.len().to_string();
            view! {
                <div class="note" role="status" data-testid=id::SECRETS_WAIT title=names.clone()>
                    <span><span class="mark w" aria-hidden="true">"▲ "</span>{fmt.fill(W::SecretsWait, &[&count, &names])}</span>
                    {parts::button(fmt.t(W::SecretsUnlock), "", id::UNLOCK_SECRETS, move || give(&state, || async { Ok(()) }))}
                </div>
            }
        })
    })
    .into_any()
}

/// Keeps the secret of a device. Where it needs the passphrase first, that is asked for, and it is kept then.
pub async fn keep(device: DeviceId, secret: Secret) -> Result<(), ApiError> {
    let state = bridge::send(GetSecrets {}).await?;
    let call = SetSecret { device, secret: Some(secret) };
    if !matches!(state.kept.as_str(), "New" | "Locked") {
        return bridge::send(call).await.map(drop);
    }
    give(&state, move || {
        let call = call.clone();
        async move { bridge::send(call).await.map(drop) }
    });
    Ok(())
}

/// Asks for the passphrase, a new one twice, and goes on once it was right.
fn give<F>(state: &SecretsState, then: impl Fn() -> F + Clone + Send + Sync + 'static)
where
    F: std::future::Future<Output = Result<(), ApiError>> + 'static,
{
    let fmt = fmt();
    let new = state.kept == "New";
    let least = fmt.fill(W::PassphraseLeast, &[&state.passphrase_min.to_string()]);
    let mut fields = vec![Field::secret("passphrase", W::Passphrase).needed()];
    if new {
        fields[0] = fields[0].clone().hint(least);
        fields.push(Field::secret("again", W::PassphraseAgain).needed());
    }
    let (title, text) =
        if new { (W::SecretsNew, W::SecretsNewText) } else { (W::SecretsUnlock, W::SecretsUnlockText) };
    let confirm = if new { W::Save } else { W::SecretsUnlock };
    ask(fmt.t(title), fmt.t(text), confirm, fields, move |values| {
        let then = then.clone();
        async move {
            let mut values = values.into_iter();
            let passphrase = values.next().unwrap_or_default();
            if values.next().is_some_and(|again| again != passphrase) {
                let message = fmt.t(W::PassphrasesDiffer).to_owned();
                return Err(ApiError { code: Code::BadInput, message, trace_id: String::new() });
            }
            bridge::send(UnlockSecrets { passphrase: Secret(passphrase) }).await?;
            then().await?;
            ctx().say(fmt.t(W::SecretsUnlocked));
            Ok(())
        }
    });
}

use super::*;
use proptest::prelude::*;

const CHEAP: Cost = Cost { memory_kib: 8, passes: 1 };
const PASSPHRASE: &str = "correct horse";

fn vault(folder: &Path) -> Vault {
    Vault::with_cost(folder, Keeper::File, CHEAP)
}

fn said(vault: &Vault, name: &str) -> Option<String> {
    vault.get(name).expect("open").map(|secret| secret.to_string())
}

#[test]
fn what_is_kept_is_there_after_the_passphrase() {
    let folder = tempfile::tempdir().unwrap();
    let mut first = vault(folder.path());
    assert_eq!((first.state(), said(&first, "a")), (State::New, None));
    assert_eq!(first.set("a", Some("x")).unwrap_err().kind, ErrorKind::Locked);
    assert_eq!(first.unlock("short").unwrap_err().kind, ErrorKind::Refused);
    assert!(!folder.path().join(FILE).exists());
    first.unlock(PASSPHRASE).unwrap();
    first.set("a", Some("hunter2")).unwrap();
    first.set("b", Some("密码")).unwrap();
    first.set("a", Some("hunter3")).unwrap();
    first.set("b", None).unwrap();
    first.set("c", Some("")).unwrap();

    let mut second = vault(folder.path());
    assert_eq!(second.state(), State::Locked);
    assert_eq!(second.get("a").unwrap_err().kind, ErrorKind::Locked);
    assert_eq!(second.set("a", None).unwrap_err().kind, ErrorKind::Locked);
    assert_eq!(second.unlock("correct horsf").unwrap_err().kind, ErrorKind::WrongPassphrase);
    assert_eq!(second.state(), State::Locked);
    second.unlock(PASSPHRASE).unwrap();
    let all = ["a", "b", "c"].map(|name| said(&second, name));
    assert_eq!(all, [Some("hunter3".into()), None, Some(String::new())]);
}

#[test]
fn the_file_says_nothing_and_is_ours_alone() {
    let folder = tempfile::tempdir().unwrap();
    let mut first = vault(folder.path());
    first.unlock(PASSPHRASE).unwrap();
    let empty = fs::read(folder.path().join(FILE)).unwrap();
    first.set("device-7", Some("hunter2hunter2")).unwrap();
    let bytes = fs::read(folder.path().join(FILE)).unwrap();
    for known in ["hunter2", "device-7", PASSPHRASE] {
        assert!(!bytes.windows(known.len()).any(|window| window == known.as_bytes()));
        assert!(!format!("{first:?}").contains(known));
    }
    // A new nonce with each writing.
    assert_ne!(empty[32..56], bytes[32..56]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(folder.path().join(FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn what_is_not_written_is_not_kept() {
    let folder = tempfile::tempdir().unwrap();
    let mut vault = vault(folder.path());
    vault.unlock(PASSPHRASE).unwrap();
    vault.set("a", Some("first")).unwrap();
    // A folder in the place of the new file can't be overwritten.
    let blocked = folder.path().join(FILE).with_extension("new");
    fs::create_dir_all(blocked.join("in the way")).unwrap();
    let error = vault.set("a", Some("second")).unwrap_err();
    assert!(error.kind == ErrorKind::World && !error.message.contains("second"), "{error}");
    assert_eq!(said(&vault, "a").as_deref(), Some("first"));
    assert_eq!(vault.set("b", Some("x")).unwrap_err().kind, ErrorKind::World);
    assert_eq!(said(&vault, "b"), None);
    fs::remove_dir_all(&blocked).unwrap();
    vault.set("a", Some("second")).unwrap();
    let long = "x".repeat(SECRET_BYTES_MAX + 1);
    assert_eq!(vault.set("a", Some(&long)).unwrap_err().kind, ErrorKind::Refused);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// A file with any byte changed or cut is refused, without a panic and without much memory.
    #[test]
    fn damage_is_noticed(at in 0..2000_usize, bit in 0..8_u32, cut in any::<bool>()) {
        let folder = tempfile::tempdir().unwrap();
        let mut first = vault(folder.path());
        first.unlock(PASSPHRASE).unwrap();
        first.set("a", Some("hunter2")).unwrap();
        let path = folder.path().join(FILE);
        let mut bytes = fs::read(&path).unwrap();
        let at = at % bytes.len();
        if cut {
            bytes.truncate(at);
        } else if (8..16).contains(&at) {
            // The cost: dearer than anything that is opened.
            bytes[8..16].fill(0xFF);
        } else {
            bytes[at] ^= 1 << bit;
        }
        fs::write(&path, &bytes).unwrap();
        let mut second = vault(folder.path());
        prop_assert!(second.unlock(PASSPHRASE).is_err());
        prop_assert_eq!(second.state(), State::Locked);
    }
}

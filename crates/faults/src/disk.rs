//! A disk that loses power: SQLite's calls in, real files out, and what was not synced yet kept apart.
//!
//! Every write goes to the real file at once, as it goes to the system's cache: who reads sees it. Beside it stands what
//! the platter holds: the state at the last successful sync, and the changes since. When the power is cut, each sector of
//! 512 bytes of those changes arrives or not, as the seed draws, in any order: writes are lost, torn and overtaken. A sync
//! that fails does what ext4 does (Rebello et al., ATC '20): the changes stay readable, count as clean, and never arrive.
//!
//! Names of files are taken to be durable at once, and so are deletions. Shared memory lives as long as its users.
//! Knows SQLite's file system interface, through `sqlite-plugin`; does not know what is in the files.

use crate::draw::Draw;
use sqlite_plugin::flags::{AccessFlags, LockLevel, OpenMode, OpenOpts, ShmLockMode};
use sqlite_plugin::vars;
use sqlite_plugin::vfs::{RegisterOpts, Vfs, VfsHandle, VfsResult, register_static};
use std::collections::HashMap;
use std::ffi::CString;
use std::fs::File;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::PathBuf;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What a disk writes whole or not at all, in bytes.
const SECTOR: usize = 512;
/// Locks of SQLite's shared memory.
const SHM_LOCKS: usize = 8;

/// A disk under the files of one folder. Clones share it.
#[derive(Clone)]
pub struct Disk {
    name: &'static str,
    state: Arc<Mutex<State>>,
}

/// What goes wrong, and when; counts are of writes and syncs from now.
#[derive(Clone, Copy, Debug, Default)]
pub struct Plan {
    /// The power goes with this one.
    pub cut_at: Option<u64>,
    /// The next sync after so many fails.
    pub sync_fails_at: Option<u64>,
    /// The next write after so many fails with EIO.
    pub write_fails_at: Option<u64>,
    /// From this one on nothing can be written, as after an error that makes the system remount a disk read-only.
    pub read_only_from: Option<u64>,
    /// Files grow no further than so many bytes altogether.
    pub bytes_max: Option<u64>,
}

#[derive(Default)]
struct State {
    off: bool,
    plan: Plan,
    generation: u64,
    steps: u64,
    syncs_failed: u64,
    files: HashMap<Id, Tracked>,
}

type Id = (u64, u64);

/// A file that was opened since the power came.
struct Tracked {
    path: PathBuf,
    length: u64,
    durable: Vec<u8>,
    pending: Vec<Change>,
    /// The cache holds what the platter never will.
    differs: bool,
    shared: u32,
    reserved: bool,
    exclusive: bool,
    memory: Vec<Arc<[AtomicU64]>>,
    memory_users: u32,
    memory_shared: [u32; SHM_LOCKS],
    memory_exclusive: [bool; SHM_LOCKS],
}

enum Change {
    Write { at: usize, bytes: Vec<u8> },
    Length(usize),
}

/// One open file.
pub struct Handle {
    file: File,
    id: Id,
    generation: u64,
    readonly: bool,
    delete: Option<PathBuf>,
    level: LockLevel,
    maps: bool,
    /// Kept for as long as SQLite may touch it, even when the power has gone.
    memory: Vec<Arc<[AtomicU64]>>,
    shared: [bool; SHM_LOCKS],
    exclusive: [bool; SHM_LOCKS],
}

impl VfsHandle for Handle {
    fn readonly(&self) -> bool {
        self.readonly
    }

    fn in_memory(&self) -> bool {
        false
    }
}

impl Disk {
    /// A disk with power on, known to SQLite by a name of its own for as long as the process lives.
    pub fn new() -> Result<Self, String> {
        static DISKS: AtomicU64 = AtomicU64::new(0);
        let name = format!("faulty-disk-{}", DISKS.fetch_add(1, Ordering::Relaxed));
        let disk = Self { name: name.clone().leak(), state: Arc::default() };
        let c_name = CString::new(name).map_err(|e| e.to_string())?;
        register_static(c_name, disk.clone(), RegisterOpts { make_default: false })
            .map_err(|code| format!("SQLite did not take the simulated disk: error {code}"))?;
        Ok(disk)
    }

    /// What SQLite calls it.
    pub fn name(&self) -> &'static str {
        self.name
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What goes wrong from now on.
    pub fn plan(&self, plan: Plan) {
        let mut state = self.lock();
        state.plan = plan;
        state.steps = 0;
    }

    /// Whether the power has gone.
    pub fn is_off(&self) -> bool {
        self.lock().off
    }

    /// Syncs that failed so far.
    pub fn syncs_failed(&self) -> u64 {
        self.lock().syncs_failed
    }

    /// Cuts the power, if it is not off already: what is open stays dead.
    pub fn cut(&self) {
        self.lock().off = true;
    }

    /// Brings the files to what the platter holds, by the seed, and the power back. How many sectors were lost.
    pub fn power_on(&self, draw: &mut Draw) -> Result<u64, String> {
        let mut state = self.lock();
        let mut lost = 0;
        let mut files: Vec<Tracked> = state.files.drain().map(|(_, file)| file).collect();
        files.sort_by(|a, b| a.path.cmp(&b.path));
        for file in files {
            if (file.pending.is_empty() && !file.differs) || !file.path.exists() {
                continue;
            }
            let (image, missing) = settle(file.durable, &file.pending, draw);
            lost += missing;
            std::fs::write(&file.path, image).map_err(|e| format!("{}: {e}", file.path.display()))?;
        }
        state.generation += 1;
        state.off = false;
        state.plan = Plan::default();
        Ok(lost)
    }
}

/// The platter after a cut: of each change since the last sync, each sector arrived or not.
fn settle(mut image: Vec<u8>, pending: &[Change], draw: &mut Draw) -> (Vec<u8>, u64) {
    let arrives = [0, 10, 50, 90, 100][draw.below(5) as usize];
    let mut lost = 0;
    for change in pending {
        match change {
            Change::Length(length) => {
                if draw.percent(arrives) {
                    image.resize(*length, 0);
                }
            }
            Change::Write { at, bytes } => {
                let mut from = 0;
                while from < bytes.len() {
                    let to = (((at + from) / SECTOR + 1) * SECTOR - at).min(bytes.len());
                    if draw.percent(arrives) {
                        put(&mut image, at + from, &bytes[from..to]);
                    } else {
                        lost += 1;
                    }
                    from = to;
                }
            }
        }
    }
    (image, lost)
}

fn put(image: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    let end = at + bytes.len();
    if image.len() < end {
        image.resize(end, 0);
    }
    image[at..end].copy_from_slice(bytes);
}

impl State {
    fn alive(&self, handle: &Handle, otherwise: i32) -> VfsResult<()> {
        if self.off || handle.generation != self.generation { Err(otherwise) } else { Ok(()) }
    }

    fn read_only(&self) -> bool {
        self.plan.read_only_from.is_some_and(|from| self.steps >= from)
    }

    /// Counts a write or sync; true with the one at which the power goes.
    fn step(&mut self) -> bool {
        self.steps += 1;
        self.off = self.plan.cut_at.is_some_and(|at| self.steps >= at);
        self.off
    }

    fn file(&mut self, handle: &Handle) -> VfsResult<&mut Tracked> {
        self.files.get_mut(&handle.id).ok_or(vars::SQLITE_IOERR)
    }
}

/// Counts down; true when it is due, once.
fn due(left: &mut Option<u64>) -> bool {
    match left {
        Some(0) => left.take().is_some(),
        Some(more) => {
            *more -= 1;
            false
        }
        None => false,
    }
}

impl Vfs for Disk {
    type Handle = Handle;

    fn open(&self, path: Option<&str>, opts: OpenOpts) -> VfsResult<Handle> {
        let path = PathBuf::from(path.ok_or(vars::SQLITE_CANTOPEN)?);
        let mut state = self.lock();
        if state.off {
            return Err(vars::SQLITE_CANTOPEN);
        }
        let mut options = File::options();
        options.read(true);
        let readonly = opts.mode().is_readonly() || state.read_only();
        if let OpenMode::ReadWrite { create } = opts.mode()
            && !readonly
        {
            use sqlite_plugin::flags::CreateMode;
            options
                .write(true)
                .create(create != CreateMode::None)
                .create_new(create == CreateMode::MustCreate);
        }
        let file = options.open(&path).map_err(|_| vars::SQLITE_CANTOPEN)?;
        let about = file.metadata().map_err(|_| vars::SQLITE_CANTOPEN)?;
        let id = (about.dev(), about.ino());
        if let Some(known) = state.files.get_mut(&id) {
            known.path.clone_from(&path);
        } else {
            let durable = std::fs::read(&path).map_err(|_| vars::SQLITE_CANTOPEN)?;
            let tracked = Tracked {
                path: path.clone(),
                length: durable.len() as u64,
                durable,
                pending: Vec::new(),
                differs: false,
                shared: 0,
                reserved: false,
                exclusive: false,
                memory: Vec::new(),
                memory_users: 0,
                memory_shared: [0; SHM_LOCKS],
                memory_exclusive: [false; SHM_LOCKS],
            };
            state.files.insert(id, tracked);
        }
        Ok(Handle {
            file,
            id,
            generation: state.generation,
            readonly,
            delete: opts.delete_on_close().then_some(path),
            level: LockLevel::Unlocked,
            maps: false,
            memory: Vec::new(),
            shared: [false; SHM_LOCKS],
            exclusive: [false; SHM_LOCKS],
        })
    }

    fn delete(&self, path: &str) -> VfsResult<()> {
        let mut state = self.lock();
        if state.off || state.read_only() {
            return Err(vars::SQLITE_IOERR_DELETE);
        }
        let about = std::fs::metadata(path).map_err(|_| vars::SQLITE_IOERR_DELETE_NOENT)?;
        std::fs::remove_file(path).map_err(|_| vars::SQLITE_IOERR_DELETE)?;
        state.files.remove(&(about.dev(), about.ino()));
        Ok(())
    }

    /// As SQLite's own does, an empty file counts as none.
    fn access(&self, path: &str, _flags: AccessFlags) -> VfsResult<bool> {
        Ok(std::fs::metadata(path).is_ok_and(|about| about.len() > 0))
    }

    fn file_size(&self, handle: &mut Handle) -> VfsResult<usize> {
        self.lock().alive(handle, vars::SQLITE_IOERR_FSTAT)?;
        let about = handle.file.metadata().map_err(|_| vars::SQLITE_IOERR_FSTAT)?;
        usize::try_from(about.len()).map_err(|_| vars::SQLITE_IOERR_FSTAT)
    }

    fn truncate(&self, handle: &mut Handle, size: usize) -> VfsResult<()> {
        let mut state = self.lock();
        state.alive(handle, vars::SQLITE_IOERR_TRUNCATE)?;
        if state.read_only() {
            return Err(vars::SQLITE_IOERR_TRUNCATE);
        }
        let gone = state.step();
        let file = state.file(handle)?;
        file.pending.push(Change::Length(size));
        file.length = size as u64;
        handle.file.set_len(size as u64).map_err(|_| vars::SQLITE_IOERR_TRUNCATE)?;
        if gone { Err(vars::SQLITE_IOERR_TRUNCATE) } else { Ok(()) }
    }

    fn write(&self, handle: &mut Handle, offset: usize, data: &[u8]) -> VfsResult<usize> {
        let mut state = self.lock();
        state.alive(handle, vars::SQLITE_IOERR_WRITE)?;
        if due(&mut state.plan.write_fails_at) || state.read_only() {
            return Err(vars::SQLITE_IOERR_WRITE);
        }
        let end = (offset + data.len()) as u64;
        if let Some(most) = state.plan.bytes_max {
            let used: u64 = state.files.values().map(|file| file.length).sum();
            let known = state.file(handle)?.length;
            if end > known && used + (end - known) > most {
                return Err(vars::SQLITE_FULL);
            }
        }
        let gone = state.step();
        let file = state.file(handle)?;
        file.pending.push(Change::Write { at: offset, bytes: data.to_vec() });
        file.length = file.length.max(end);
        handle.file.write_all_at(data, offset as u64).map_err(|_| vars::SQLITE_IOERR_WRITE)?;
        if gone { Err(vars::SQLITE_IOERR_WRITE) } else { Ok(data.len()) }
    }

    fn read(&self, handle: &mut Handle, offset: usize, data: &mut [u8]) -> VfsResult<usize> {
        self.lock().alive(handle, vars::SQLITE_IOERR_READ)?;
        let mut done = 0;
        while done < data.len() {
            match handle.file.read_at(&mut data[done..], (offset + done) as u64) {
                Ok(0) => break,
                Ok(more) => done += more,
                Err(_) => return Err(vars::SQLITE_IOERR_READ),
            }
        }
        Ok(done)
    }

    fn sync(&self, handle: &mut Handle) -> VfsResult<()> {
        let mut state = self.lock();
        state.alive(handle, vars::SQLITE_IOERR_FSYNC)?;
        if state.step() {
            return Err(vars::SQLITE_IOERR_FSYNC);
        }
        let fails = due(&mut state.plan.sync_fails_at);
        state.syncs_failed += u64::from(fails);
        let file = state.file(handle)?;
        if fails {
            file.pending.clear();
            file.differs = true;
            return Err(vars::SQLITE_IOERR_FSYNC);
        }
        for change in file.pending.drain(..) {
            match change {
                Change::Length(length) => file.durable.resize(length, 0),
                Change::Write { at, bytes } => put(&mut file.durable, at, &bytes),
            }
        }
        Ok(())
    }

    fn lock(&self, handle: &mut Handle, level: LockLevel) -> VfsResult<()> {
        let mut state = Disk::lock(self);
        state.alive(handle, vars::SQLITE_IOERR_LOCK)?;
        let held = handle.level;
        if held >= level {
            return Ok(());
        }
        let file = state.file(handle)?;
        if held == LockLevel::Unlocked {
            if file.exclusive {
                return Err(vars::SQLITE_BUSY);
            }
            file.shared += 1;
            handle.level = LockLevel::Shared;
        }
        if level >= LockLevel::Reserved && held < LockLevel::Reserved {
            if file.reserved {
                return Err(vars::SQLITE_BUSY);
            }
            file.reserved = true;
            handle.level = LockLevel::Reserved;
        }
        if level >= LockLevel::Pending {
            if file.shared > 1 {
                return Err(vars::SQLITE_BUSY);
            }
            file.exclusive = true;
            handle.level = level;
        }
        Ok(())
    }

    fn unlock(&self, handle: &mut Handle, level: LockLevel) -> VfsResult<()> {
        let mut state = Disk::lock(self);
        if handle.generation == state.generation
            && let Ok(file) = state.file(handle)
        {
            if handle.level >= LockLevel::Reserved && level < LockLevel::Reserved {
                file.reserved = false;
                file.exclusive = false;
            }
            if handle.level >= LockLevel::Shared && level == LockLevel::Unlocked {
                file.shared = file.shared.saturating_sub(1);
            }
        }
        handle.level = handle.level.min(level);
        Ok(())
    }

    fn check_reserved_lock(&self, handle: &mut Handle) -> VfsResult<bool> {
        let mut state = Disk::lock(self);
        state.alive(handle, vars::SQLITE_IOERR_CHECKRESERVEDLOCK)?;
        Ok(state.file(handle)?.reserved)
    }

    fn close(&self, mut handle: Handle) -> VfsResult<()> {
        Vfs::unlock(self, &mut handle, LockLevel::Unlocked)?;
        self.shm_unmap(&mut handle, false)?;
        if let Some(path) = &handle.delete {
            let _ = std::fs::remove_file(path);
        }
        Ok(())
    }

    fn sector_size(&self, _handle: &mut Handle) -> VfsResult<i32> {
        Ok(4096)
    }

    /// As on a real disk: bytes beside those written are safe; nothing else is promised.
    fn device_characteristics(&self, _handle: &mut Handle) -> VfsResult<i32> {
        Ok(vars::SQLITE_IOCAP_POWERSAFE_OVERWRITE)
    }

    fn shm_map(
        &self,
        handle: &mut Handle,
        region_idx: usize,
        region_size: usize,
        extend: bool,
    ) -> VfsResult<Option<NonNull<u8>>> {
        let mut state = Disk::lock(self);
        state.alive(handle, vars::SQLITE_IOERR_SHMMAP)?;
        let file = state.file(handle)?;
        if !handle.maps {
            handle.maps = true;
            file.memory_users += 1;
        }
        while file.memory.len() <= region_idx {
            if !extend {
                return Ok(None);
            }
            file.memory.push((0..region_size / 8).map(|_| AtomicU64::new(0)).collect());
        }
        let region = file.memory[region_idx].clone();
        let place = NonNull::from(&*region).cast();
        handle.memory.push(region);
        Ok(Some(place))
    }

    fn shm_lock(&self, handle: &mut Handle, offset: u32, count: u32, mode: ShmLockMode) -> VfsResult<()> {
        let mut state = Disk::lock(self);
        state.alive(handle, vars::SQLITE_IOERR_SHMLOCK)?;
        let file = state.file(handle)?;
        let slots = offset as usize..((offset + count) as usize).min(SHM_LOCKS);
        for slot in slots.clone() {
            let others = file.memory_shared[slot] - u32::from(handle.shared[slot]);
            let taken = file.memory_exclusive[slot] && !handle.exclusive[slot];
            let busy = match mode {
                ShmLockMode::LockShared => taken,
                ShmLockMode::LockExclusive => taken || others > 0,
                ShmLockMode::UnlockShared | ShmLockMode::UnlockExclusive => false,
            };
            if busy {
                return Err(vars::SQLITE_BUSY);
            }
        }
        for slot in slots {
            match mode {
                ShmLockMode::LockShared if !handle.shared[slot] => {
                    handle.shared[slot] = true;
                    file.memory_shared[slot] += 1;
                }
                ShmLockMode::LockShared => {}
                ShmLockMode::LockExclusive => {
                    handle.exclusive[slot] = true;
                    file.memory_exclusive[slot] = true;
                }
                ShmLockMode::UnlockShared | ShmLockMode::UnlockExclusive => release(file, handle, slot),
            }
        }
        Ok(())
    }

    fn shm_barrier(&self, _handle: &mut Handle) {
        std::sync::atomic::fence(Ordering::SeqCst);
    }

    fn shm_unmap(&self, handle: &mut Handle, _delete: bool) -> VfsResult<()> {
        let mut state = Disk::lock(self);
        if handle.maps
            && handle.generation == state.generation
            && let Ok(file) = state.file(handle)
        {
            for slot in 0..SHM_LOCKS {
                release(file, handle, slot);
            }
            file.memory_users -= 1;
            if file.memory_users == 0 {
                file.memory.clear();
            }
        }
        handle.maps = false;
        Ok(())
    }
}

fn release(file: &mut Tracked, handle: &mut Handle, slot: usize) {
    if std::mem::take(&mut handle.shared[slot]) {
        file.memory_shared[slot] -= 1;
    }
    if std::mem::take(&mut handle.exclusive[slot]) {
        file.memory_exclusive[slot] = false;
    }
}

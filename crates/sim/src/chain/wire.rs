//! The sending end of a line: a pseudo-terminal, a TCP listener, or a port that exists.

use super::Error;
use serialport::SerialPort;
use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long one look at the reader takes.
const LOOK: Duration = Duration::from_millis(2);

/// So many looks, and what was written has arrived.
const ARRIVING: u32 = 25;

/// More than this unread by the other end, and we wait: so a write never blocks, and stopping is prompt. A terminal of
/// Linux holds 4095 bytes, and 64 KB on the way to it.
#[cfg(unix)]
const UNREAD_MAX: u32 = 2048;

/// Where a simulated device comes out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outlet {
    /// A pseudo-terminal (Linux, macOS). `link` is a name of its own that stays the same over unplugging; the folder
    /// must exist.
    Pty {
        /// The symbolic link to make.
        link: Option<PathBuf>,
    },
    /// A listener, `127.0.0.1:0` for any free port.
    Tcp {
        /// The address.
        address: String,
    },
}

impl Outlet {
    /// What this platform has: a pseudo-terminal linked as `name` in `folder`, or a listener on loopback.
    pub fn here(folder: &Path, name: &str) -> Self {
        if cfg!(unix) {
            Self::Pty { link: Some(folder.join(name)) }
        } else {
            Self::Tcp { address: "127.0.0.1:0".into() }
        }
    }
}

enum Plug {
    /// Both ends: the far one is kept open so that it can be asked how much is unread.
    #[cfg(unix)]
    Pty {
        near: serialport::TTYPort,
        far: serialport::TTYPort,
    },
    Tcp {
        listener: TcpListener,
        peer: Option<TcpStream>,
    },
    Port(Box<dyn SerialPort>),
}

/// The sending end of a line. While it waits for the reader it calls `wait(span)`, which waits and says whether to give
/// up.
pub struct Wire {
    outlet: Option<Outlet>,
    endpoint: String,
    plug: Option<Plug>,
}

impl Wire {
    /// Makes a line and listens on it.
    pub fn outlet(outlet: Outlet) -> Result<Self, Error> {
        let mut wire = Self { endpoint: String::new(), plug: None, outlet: Some(outlet) };
        wire.plug()?;
        Ok(wire)
    }

    /// Opens a port that exists: what is written there comes out wherever its cable leads.
    pub fn open(path: &str, baud: u32) -> Result<Self, Error> {
        let port = serialport::new(path, baud)
            .timeout(Duration::from_millis(100))
            .open()
            .map_err(|error| Error::new(format!("Opening {path} at {baud} baud to send to it"), error))?;
        Ok(Self { outlet: None, endpoint: path.to_owned(), plug: Some(Plug::Port(port)) })
    }

    /// What the reader opens.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Puts the plug in, where it is out.
    pub(crate) fn plug(&mut self) -> Result<u64, Error> {
        if self.plug.is_some() {
            return Ok(0);
        }
        let Some(outlet) = &mut self.outlet else { return Ok(0) };
        let (plug, endpoint) = match outlet {
            Outlet::Pty { link } => pty(link.as_deref())?,
            Outlet::Tcp { address } => {
                let doing = format!("Listening on {address} for the reader of the simulated line");
                let listener =
                    TcpListener::bind(address.as_str()).map_err(|error| Error::new(&doing, error))?;
                listener.set_nonblocking(true).map_err(|error| Error::new(&doing, error))?;
                let bound = listener.local_addr().map_err(|error| Error::new(&doing, error))?.to_string();
                // The same port again after unplugging.
                address.clone_from(&bound);
                (Plug::Tcp { listener, peer: None }, format!("tcp://{bound}"))
            }
        };
        self.plug = Some(plug);
        self.endpoint = endpoint;
        Ok(0)
    }

    /// Waits until what was written is where the reader takes it: the system carries it over a moment later, and until then nobody
    /// can say that it is unread.
    pub(crate) fn arrive(&self, wait: &mut dyn FnMut(Duration)) {
        if self.plug.is_some() {
            (0..ARRIVING).for_each(|_| wait(LOOK));
        }
    }

    /// Pulls the plug. Bytes on the way are lost: how many.
    pub(crate) fn unplug(&mut self) -> Result<u64, Error> {
        let unread = self.unread();
        self.plug = None;
        self.remove_link();
        Ok(unread)
    }

    /// Writes all of it; `false` when told to give up before any of it went.
    pub(crate) fn write(
        &mut self,
        bytes: &[u8],
        wait: &mut dyn FnMut(Duration) -> bool,
    ) -> Result<bool, Error> {
        let endpoint = self.endpoint.clone();
        let failed = |error: std::io::Error| Error::new(format!("Writing to {endpoint}"), error);
        match &mut self.plug {
            None => Ok(false),
            #[cfg(unix)]
            Some(Plug::Pty { near, far }) => {
                while far.bytes_to_read().map_err(|error| failed(error.into()))? > UNREAD_MAX {
                    if wait(LOOK) {
                        return Ok(false);
                    }
                }
                write_patiently(near, bytes, wait).map_err(failed)
            }
            Some(Plug::Tcp { listener, peer }) => loop {
                if peer.is_none() {
                    *peer = accept(listener).map_err(&failed)?;
                }
                match peer.as_mut().map(|peer| write_patiently(peer, bytes, wait)) {
                    Some(Ok(done)) => return Ok(done),
                    // The reader went away; the frame goes to the next one as a whole.
                    Some(Err(_)) => *peer = None,
                    None if wait(LOOK * 5) => return Ok(false),
                    None => {}
                }
            },
            Some(Plug::Port(port)) => write_patiently(port, bytes, wait).map_err(failed),
        }
    }

    /// Waits until the reader has taken everything, at most so long. Says how many bytes it left.
    pub(crate) fn drain(&mut self, at_most: Duration, wait: &mut dyn FnMut(Duration) -> bool) -> u64 {
        let look = LOOK * 5;
        // What was written reaches the far end a moment later: only a row of empty looks is empty.
        let mut empty = 0;
        for _ in 0..at_most.as_millis() / look.as_millis() {
            empty = if self.unread() == 0 { empty + 1 } else { 0 };
            if empty > 5 || wait(look) {
                break;
            }
        }
        if let Some(Plug::Tcp { peer: Some(peer), .. }) = &mut self.plug {
            // Ends the stream in order, so that the system delivers what it holds before it closes.
            let _ = peer.shutdown(Shutdown::Write);
            let _ = peer.set_read_timeout(Some(Duration::from_secs(1)));
            let _ = peer.read(&mut [0; 16]);
        }
        self.unread()
    }

    fn unread(&self) -> u64 {
        match &self.plug {
            #[cfg(unix)]
            Some(Plug::Pty { far, .. }) => far.bytes_to_read().map_or(0, u64::from),
            Some(Plug::Port(port)) => port.bytes_to_write().map_or(0, u64::from),
            _ => 0,
        }
    }

    fn remove_link(&self) {
        if let Some(Outlet::Pty { link: Some(link) }) = &self.outlet
            && link.is_symlink()
        {
            // A link left over points nowhere, and is replaced the next time.
            let _ = std::fs::remove_file(link);
        }
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.plug = None;
        self.remove_link();
    }
}

#[cfg(unix)]
fn pty(link: Option<&Path>) -> Result<(Plug, String), Error> {
    let doing = "Making a pseudo-terminal for the simulated line";
    let (near, far) = serialport::TTYPort::pair().map_err(|error| Error::new(doing, error))?;
    // The pair is inherited by child processes, and a child that holds it would keep the line open after us; its clones
    // are not.
    let clone = |port: serialport::TTYPort| port.try_clone_native().map_err(|error| Error::new(doing, error));
    let path = far.name().unwrap_or_default();
    let (near, far) = (clone(near)?, clone(far)?);
    let endpoint = match link {
        None => path,
        Some(link) => {
            let doing = || format!("Linking {} to the simulated line {path}", link.display());
            if link.is_symlink() {
                std::fs::remove_file(link).map_err(|error| Error::new(doing(), error))?;
            }
            std::os::unix::fs::symlink(&path, link).map_err(|error| Error::new(doing(), error))?;
            link.to_string_lossy().into_owned()
        }
    };
    Ok((Plug::Pty { near, far }, endpoint))
}

#[cfg(not(unix))]
fn pty(_link: Option<&Path>) -> Result<(Plug, String), Error> {
    let message = "There are no pseudo-terminals on this system: use a TCP outlet, like tcp://127.0.0.1:0.";
    Err(Error { message: message.into(), source: None })
}

fn accept(listener: &TcpListener) -> std::io::Result<Option<TcpStream>> {
    match listener.accept() {
        Ok((peer, _)) => {
            peer.set_nonblocking(false)?;
            peer.set_write_timeout(Some(Duration::from_millis(100)))?;
            Ok(Some(peer))
        }
        Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(None),
        Err(error) => Err(error),
    }
}

/// Writes all of it, giving up only before the first byte: half a frame would look like a fault of the line.
fn write_patiently(
    port: &mut impl Write,
    bytes: &[u8],
    wait: &mut dyn FnMut(Duration) -> bool,
) -> std::io::Result<bool> {
    let mut written = 0;
    while written < bytes.len() {
        match port.write(&bytes[written..]) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(count) => written += count,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if matches!(error.kind(), ErrorKind::TimedOut | ErrorKind::WouldBlock) => {
                let give_up = wait(LOOK);
                if give_up && written == 0 {
                    return Ok(false);
                }
                // Told to give up in the middle of a frame nobody takes: then the line is as good as broken.
                if give_up {
                    return Err(ErrorKind::TimedOut.into());
                }
            }
            Err(error) => return Err(error),
        }
    }
    Ok(true)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_frame_nobody_took_is_counted_when_the_plug_is_pulled() {
        for _ in 0..20 {
            let mut wire = Wire::outlet(Outlet::Pty { link: None }).expect("a pseudo-terminal");
            let frame = b"a frame of some length\n";
            assert!(wire.write(frame, &mut |_| false).expect("written"));
            wire.arrive(&mut std::thread::sleep);
            assert_eq!(wire.unplug().expect("pulled"), frame.len() as u64);
        }
    }
}

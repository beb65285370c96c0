//! The console on a wire: a pseudo terminal or a TCP port, with one client, as a camera's serial line has.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};

use super::super::failure::{Failure, in_words};
use super::attended::{Seat, Typed};

/// What a client has not read yet is kept up to this, as long as it lasts; then the oldest is lost, as on a serial line.
const UNREAD_MAX_BYTES: usize = 1 << 20;

/// Bytes on the way to a client that may be slow.
#[derive(Debug, Default)]
struct Unread(Vec<u8>);

impl Unread {
    fn send(&mut self, bytes: &[u8], mut write: impl FnMut(&[u8]) -> io::Result<usize>) -> io::Result<()> {
        self.0.extend_from_slice(bytes);
        while !self.0.is_empty() {
            match write(&self.0) {
                Ok(0) => break,
                Ok(written) => drop(self.0.drain(..written.min(self.0.len()))),
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
        }
        if let Some(surplus) = self.0.len().checked_sub(UNREAD_MAX_BYTES) {
            self.0.drain(..surplus);
        }
        Ok(())
    }
}

/// What a read that does not wait came to.
fn typed(read: io::Result<usize>, buffer: &[u8]) -> io::Result<Typed> {
    match read {
        Ok(0) => Ok(Typed::Left),
        Ok(len) => Ok(Typed::Bytes(buffer.get(..len).unwrap_or_default().to_vec())),
        Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(Typed::Nothing),
        Err(error) if matches!(error.kind(), ErrorKind::ConnectionReset | ErrorKind::BrokenPipe) => Ok(Typed::Left),
        Err(error) => Err(error),
    }
}

/// A client on a TCP port.
#[derive(Debug)]
pub struct Tcp {
    client: TcpStream,
    unread: Unread,
    has_left: bool,
}

impl Tcp {
    /// Waits for a client.
    pub fn accept(address: SocketAddr) -> Result<Self, Failure> {
        let fail = |error: io::Error| {
            let next = "choose another address or port, as in `--tcp 127.0.0.1:7451`";
            Failure::general(format!("cannot listen on {address}: {}", in_words(&error)), next)
        };
        let listener = TcpListener::bind(address).map_err(fail)?;
        let address = listener.local_addr().map_err(fail)?;
        anstream::eprintln!("The console is on {address}; the camera is switched on when somebody connects.");
        let (client, from) = listener.accept().map_err(fail)?;
        anstream::eprintln!("{from} has connected; the verdict follows when the connection is closed.");
        client.set_nonblocking(true).and_then(|()| client.set_nodelay(true)).map_err(fail)?;
        Ok(Self { client, unread: Unread::default(), has_left: false })
    }
}

impl Seat for Tcp {
    fn typed(&mut self) -> io::Result<Typed> {
        let mut buffer = [0; 512];
        let read = self.client.read(&mut buffer);
        if self.has_left { Ok(Typed::Left) } else { typed(read, &buffer) }
    }

    fn show(&mut self, bytes: &[u8]) -> io::Result<()> {
        let client = &mut self.client;
        // a client that hung up is noticed by the next read
        self.has_left |= self.unread.send(bytes, |bytes| client.write(bytes)).is_err();
        Ok(())
    }
}

#[cfg(unix)]
pub use pty::Pty;

#[cfg(unix)]
mod pty {
    use std::fs::File;
    use std::io;
    use std::os::fd::OwnedFd;
    use std::thread::sleep;
    use std::time::Duration;

    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
    use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};

    use super::{Failure, Read, Seat, Typed, Unread, Write, in_words, typed};

    /// A pseudo terminal.
    #[derive(Debug)]
    pub struct Pty {
        master: File,
        unread: Unread,
    }

    impl Pty {
        /// Makes one, says its name, and waits until somebody opens it.
        pub fn open() -> Result<Self, Failure> {
            let fail = |error: io::Error| {
                Failure::general(format!("cannot make a pseudo terminal: {}", in_words(&error)), "use `--tcp` instead")
            };
            let (master, name) = make().map_err(fail)?;
            anstream::eprintln!("The console is on {name}; the camera is switched on when somebody opens it.");
            while is_hung_up(&master).map_err(fail)? {
                sleep(Duration::from_millis(50));
            }
            Ok(Self { master: File::from(master), unread: Unread::default() })
        }
    }

    fn make() -> io::Result<(OwnedFd, String)> {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY)?;
        grantpt(&master)?;
        unlockpt(&master)?;
        let name = ptsname(&master, Vec::new())?.to_string_lossy().into_owned();
        // opened and closed once, so that it counts as hung up until somebody comes; no echo and no line ends of its own
        let slave = File::options().read(true).write(true).open(&name)?;
        let mut attributes = tcgetattr(&slave)?;
        attributes.make_raw();
        tcsetattr(&slave, OptionalActions::Now, &attributes)?;
        fcntl_setfl(&master, fcntl_getfl(&master)? | OFlags::NONBLOCK)?;
        Ok((master, name))
    }

    fn is_hung_up(master: &OwnedFd) -> io::Result<bool> {
        let mut fds = [PollFd::new(master, PollFlags::IN)];
        poll(&mut fds, Some(&Timespec { tv_sec: 0, tv_nsec: 0 }))?;
        Ok(fds.iter().any(|fd| fd.revents().contains(PollFlags::HUP)))
    }

    impl Seat for Pty {
        fn typed(&mut self) -> io::Result<Typed> {
            let mut buffer = [0; 512];
            match self.master.read(&mut buffer) {
                // nobody has it open any more
                Err(error) if error.raw_os_error() == Some(rustix::io::Errno::IO.raw_os_error()) => Ok(Typed::Left),
                read => typed(read, &buffer),
            }
        }

        fn show(&mut self, bytes: &[u8]) -> io::Result<()> {
            let master = &mut self.master;
            // the next read notices that nobody is there any more
            let _ = self.unread.send(bytes, |bytes| master.write(bytes));
            Ok(())
        }
    }
}

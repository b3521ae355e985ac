//! Reads a Linux host itself, from files only: nothing is executed and nothing is written.
//!
//! The result is a [`Document`] in the format [`FORMAT`], JSON that a person can read before it
//! leaves the host. [`read`] turns it into a [`Report`] again.
//!
//! Read are the name (`/etc/hostname`, `/proc/sys/kernel/hostname`), `/etc/os-release`,
//! `/sys/class/dmi/id`, `/sys/class/net`, addresses (`/proc/net/if_inet6`,
//! `/proc/net/fib_trie`), listening sockets (`/proc/net/{tcp,tcp6,udp,udp6}`), the way out
//! (`/proc/net/route`), packages of dpkg (`/var/lib/dpkg/status`) and apk
//! (`/lib/apk/db/installed`), and the installation's id as a hash. The serial number and UUID of the firmware are readable by root
//! only; without, the document says so. **Packages of rpm are not read**: their database needs a
//! library of its own; the document says that too, and `osquery` reads them.

mod document;
mod host;
mod proc;

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

pub use document::{Document, FORMAT, Interface, Package, Skipped, read};
pub use host::collect;

/// Access to the files of a host. A test gives its own.
pub trait Files {
    /// The content of a file, at most `limit` bytes of it.
    ///
    /// # Errors
    /// As the file system says.
    fn read(&self, path: &str, limit: u64) -> io::Result<Vec<u8>>;

    /// The names in a folder.
    ///
    /// # Errors
    /// As the file system says.
    fn names(&self, path: &str) -> io::Result<BTreeSet<String>>;

    /// Whether something stands at the path.
    fn exists(&self, path: &str) -> bool;
}

/// The files below a root folder: `/` for this host, another for a mounted image.
#[derive(Debug, Clone)]
pub struct Root(PathBuf);

impl Root {
    /// The files below `root`.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self(root.into())
    }

    fn path(&self, path: &str) -> PathBuf {
        self.0.join(Path::new(path.trim_start_matches('/')))
    }
}

impl Files for Root {
    fn read(&self, path: &str, limit: u64) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        fs::File::open(self.path(path))?
            .take(limit)
            .read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn names(&self, path: &str) -> io::Result<BTreeSet<String>> {
        fs::read_dir(self.path(path))?
            .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
            .collect()
    }

    fn exists(&self, path: &str) -> bool {
        self.path(path).exists()
    }
}

#[cfg(test)]
mod tests;

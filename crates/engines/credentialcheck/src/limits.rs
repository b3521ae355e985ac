//! How large a file may be and what opening it may cost.

/// Bounds on opening a file. A file names the cost of its own key derivation, so that one from a
/// stranger could keep a machine busy for years; beyond these bounds it is refused unopened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Largest file, in bytes.
    pub file: usize,
    /// Most memory for Argon2, in bytes.
    pub memory: u64,
    /// Most work for Argon2: its memory in bytes times its passes.
    pub memory_passes: u64,
    /// Most lanes of Argon2; each is a thread.
    pub lanes: u32,
    /// Most rounds of AES-KDF.
    pub rounds: u64,
    /// Most bytes that the content of a file may unpack to.
    pub unpacked: u64,
    /// Most entries; a file with more is refused.
    pub entries: usize,
    /// Stack of the thread that reads the file, in bytes: groups lie in groups.
    pub stack: usize,
}

impl Default for Limits {
    /// What KeePass, KeePassXC and their like write by default and ten times more, on a machine
    /// of today a minute at most. The key is derived twice, once to measure how far the content
    /// unpacks and once to read it.
    fn default() -> Self {
        Self {
            file: 64 << 20,
            memory: 1 << 30,
            memory_passes: 64 << 30,
            lanes: 64,
            rounds: 600_000_000,
            unpacked: 128 << 20,
            entries: 50_000,
            stack: 64 << 20,
        }
    }
}

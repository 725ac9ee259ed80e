//! Copies a database page by page into a file, which becomes a whole database of its own: as it is in one snapshot.
//!
//! A transaction that reads keeps the log from being emptied, so the snapshot must be short. Most is therefore copied
//! before, in many short transactions, as it happens to be; in the snapshot everything is read again, and what differs by
//! its digest is written anew. How long the snapshot is held follows from how fast the source is read, and not from how
//! slowly the target is written.

use crate::clock;
use crate::error::{Error, ErrorKind, Result};
use crate::limits;
use rusqlite::Connection;
use siphasher::sip::SipHasher13;
use std::fs::File;
use std::hash::Hasher as _;
use std::io::{Seek as _, SeekFrom, Write as _};
use std::ops::Range;

/// A step begins with a block.
const _: () = assert!(limits::BACKUP_STEP_PAGES.is_multiple_of(limits::BACKUP_BLOCK_PAGES));

/// Where the first page says how the database is written to and read: 1 by a rollback journal, 2 by a log (WAL).
const JOURNAL_MODE: Range<usize> = 18..20;

/// A copy that is being made.
pub(super) struct PageCopy<'source> {
    source: &'source Connection,
    target: File,
    page_bytes: usize,
    /// Of each block that was written, in their order.
    digests: Vec<u64>,
    digest_key: [u8; 16],
    block: Vec<u8>,
}

impl<'source> PageCopy<'source> {
    /// A copy into an empty file.
    pub(super) fn new(source: &'source Connection, target: File) -> Result<Self> {
        let page_bytes: u32 = source
            .query_row("PRAGMA page_size", [], |row| row.get(0))
            .map_err(unreadable)?;
        Ok(Self {
            source,
            target,
            page_bytes: page_bytes as usize,
            digests: Vec::new(),
            digest_key: clock::random_bytes(),
            block: Vec::new(),
        })
    }

    /// Copies everything as it happens to be, in many short transactions. `note` hears of bytes done, and of all bytes.
    pub(super) fn copy_roughly(&mut self, note: &mut dyn FnMut(u64, u64)) -> Result<()> {
        let pages = self.pages()?;
        let mut first = 0;
        while first < pages {
            let end = pages.min(first.saturating_add(limits::BACKUP_STEP_PAGES));
            let transaction = self.source.unchecked_transaction().map_err(unreadable)?;
            self.copy(first..end)?;
            transaction.commit().map_err(unreadable)?;
            first = end;
            note(self.bytes(first), self.bytes(pages));
        }
        Ok(())
    }

    /// Makes the copy be as the source is in the transaction that the caller has open. Returns its size in bytes.
    pub(super) fn copy_exactly(&mut self, note: &mut dyn FnMut(u64, u64)) -> Result<u64> {
        let pages = self.pages()?;
        let mut first = 0;
        while first < pages {
            let end = pages.min(first.saturating_add(limits::BACKUP_STEP_PAGES));
            self.copy(first..end)?;
            first = end;
            note(self.bytes(first), self.bytes(pages));
        }
        self.target
            .set_len(self.bytes(pages))
            .map_err(|error| unwritable(&error))?;
        Ok(self.bytes(pages))
    }

    /// Ends the copy: what was written is on disk.
    pub(super) fn sync(self) -> Result<File> {
        self.target.sync_all().map_err(|error| unwritable(&error))?;
        Ok(self.target)
    }

    fn pages(&self) -> Result<u32> {
        self.source
            .query_row("PRAGMA page_count", [], |row| row.get(0))
            .map_err(unreadable)
    }

    fn bytes(&self, pages: u32) -> u64 {
        u64::from(pages) * self.page_bytes as u64
    }

    /// Copies these pages, counted from 0, of which the first begins a block, as far as they differ from what was written.
    fn copy(&mut self, pages: Range<u32>) -> Result<()> {
        let mut select = self
            .source
            .prepare_cached("SELECT data FROM sqlite_dbpage WHERE pgno = ?1")
            .map_err(unreadable)?;
        for first in pages.clone().step_by(limits::BACKUP_BLOCK_PAGES as usize) {
            self.block.clear();
            for page in first..pages.end.min(first + limits::BACKUP_BLOCK_PAGES) {
                select
                    .query_row([page + 1], |row| {
                        self.block.extend_from_slice(row.get_ref(0)?.as_blob()?);
                        Ok(())
                    })
                    .map_err(unreadable)?;
            }
            if first == 0 {
                // The copy is one file, without a log beside it.
                self.block[JOURNAL_MODE].fill(1);
            }
            let mut hasher = SipHasher13::new_with_key(&self.digest_key);
            hasher.write(&self.block);
            let digest = hasher.finish();
            let number = (first / limits::BACKUP_BLOCK_PAGES) as usize;
            match self.digests.get_mut(number) {
                Some(known) if *known == digest => continue,
                Some(known) => *known = digest,
                None => self.digests.push(digest),
            }
            let place = u64::from(first) * self.page_bytes as u64;
            self.target
                .seek(SeekFrom::Start(place))
                .and_then(|_| self.target.write_all(&self.block))
                .map_err(|error| unwritable(&error))?;
        }
        Ok(())
    }
}

fn unreadable(error: rusqlite::Error) -> Error {
    Error::new(
        ErrorKind::Unavailable,
        format!("the database cannot be read: {error}"),
    )
    .because(error)
}

fn unwritable(error: &std::io::Error) -> Error {
    Error::new(
        ErrorKind::Unavailable,
        format!("the copy cannot be written: {error}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusqlite::params;
    use std::path::Path;

    /// A database in WAL mode with some pages, and more than one step of them if asked for.
    fn database(folder: &Path, rows: i64) -> Connection {
        let connection = Connection::open(folder.join("source")).unwrap();
        connection
            .pragma_update(None, "journal_mode", "WAL")
            .unwrap();
        connection
            .execute_batch("CREATE TABLE rows (number INTEGER PRIMARY KEY, text TEXT)")
            .unwrap();
        add(&connection, rows);
        connection
    }

    fn add(connection: &Connection, rows: i64) {
        let transaction = connection.unchecked_transaction().unwrap();
        for _ in 0..rows {
            let text = "x".repeat(3000);
            transaction
                .execute("INSERT INTO rows (text) VALUES (?1)", params![text])
                .unwrap();
        }
        transaction.commit().unwrap();
    }

    fn count(file: &Path) -> i64 {
        let copy = Connection::open(file).unwrap();
        let whole: String = copy
            .query_row("PRAGMA integrity_check", [], |row| row.get(0))
            .unwrap();
        assert_eq!(whole, "ok");
        copy.query_row("SELECT count(*) FROM rows WHERE text <> ''", [], |row| {
            row.get(0)
        })
        .unwrap()
    }

    #[test]
    fn a_copy_is_as_the_source_was_in_its_snapshot() {
        let folder = tempfile::tempdir().unwrap();
        let writer = database(folder.path(), 2000);
        let source = Connection::open(folder.path().join("source")).unwrap();
        let file = folder.path().join("copy");
        let mut copy = PageCopy::new(&source, File::create(&file).unwrap()).unwrap();
        copy.copy_roughly(&mut |_, _| {}).unwrap();
        // Changes pages that were copied, and adds some.
        writer
            .execute("UPDATE rows SET text = '' WHERE number % 7 = 0", [])
            .unwrap();
        add(&writer, 100);
        let snapshot = source.unchecked_transaction().unwrap();
        let seen: i64 = snapshot
            .query_row("SELECT count(*) FROM rows WHERE text <> ''", [], |row| {
                row.get(0)
            })
            .unwrap();
        // What is written after the snapshot is not in it, even if the log is moved into the database meanwhile.
        add(&writer, 50);
        writer
            .query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))
            .unwrap();
        copy.copy_exactly(&mut |_, _| {}).unwrap();
        drop(snapshot);
        drop(copy.sync().unwrap());
        assert_eq!(count(&file), seen);
    }

    #[test]
    fn the_snapshot_writes_only_what_has_changed() {
        let folder = tempfile::tempdir().unwrap();
        let writer = database(folder.path(), 3000);
        let file = folder.path().join("copy");
        let mut copy = PageCopy::new(&writer, File::create(&file).unwrap()).unwrap();
        copy.copy_roughly(&mut |_, _| {}).unwrap();
        // Whatever is written over the copy stays, unless its block is written again.
        let beyond = u64::from(limits::BACKUP_STEP_PAGES) * copy.page_bytes as u64;
        copy.target.seek(SeekFrom::Start(beyond)).unwrap();
        copy.target.write_all(b"untouched").unwrap();
        let snapshot = writer.unchecked_transaction().unwrap();
        copy.copy_exactly(&mut |_, _| {}).unwrap();
        drop(snapshot);
        let place = usize::try_from(beyond).unwrap();
        let bytes = std::fs::read(&file).unwrap();
        assert_eq!(&bytes[place..place + 9], b"untouched");
    }
}

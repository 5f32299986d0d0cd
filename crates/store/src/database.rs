//! The store's SQLite database, schema 10 of Nix: which paths are valid and what they refer to.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use nix_formats::narinfo::NarInfo;
use nix_formats::{ContentAddress, Hash, StorePath};
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, TransactionBehavior, params};

use crate::error::StoreError;

const BUSY_TIMEOUT: Duration = Duration::from_secs(600);

const TABLES: &str = "
create table if not exists ValidPaths (
    id integer primary key autoincrement not null, path text unique not null, hash text not null,
    registrationTime integer not null, deriver text, narSize integer, ultimate integer, sigs text, ca text
);
create table if not exists Refs (
    referrer integer not null, reference integer not null, primary key (referrer, reference),
    foreign key (referrer) references ValidPaths(id) on delete cascade,
    foreign key (reference) references ValidPaths(id) on delete restrict
);
create index if not exists IndexReferrer on Refs(referrer);
create index if not exists IndexReference on Refs(reference);
create trigger if not exists DeleteSelfRefs before delete on ValidPaths
  begin delete from Refs where referrer = old.id and reference = old.id; end;
create table if not exists DerivationOutputs (
    drv integer not null, id text not null, path text not null, primary key (drv, id),
    foreign key (drv) references ValidPaths(id) on delete cascade
);
create index if not exists IndexDerivationOutputs on DerivationOutputs(path);
";

/// What the store knows about a valid path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathInfo {
    /// The path.
    pub path: StorePath,
    /// The SHA-256 digest of its archive.
    pub nar_hash: Hash,
    /// The size of its archive, in bytes.
    pub nar_size: u64,
    /// What it refers to, possibly itself.
    pub references: BTreeSet<StorePath>,
    /// The derivation that made it.
    pub deriver: Option<StorePath>,
    /// When it became valid, in seconds since 1970.
    pub registration_time: i64,
    /// Whether it was built here.
    pub ultimate: bool,
    /// Signatures, as text.
    pub signatures: Vec<String>,
    /// How its name follows from its content.
    pub content_address: Option<ContentAddress>,
}

impl PathInfo {
    /// The same for other stores. A signature that cannot be read is left out.
    pub fn description(self) -> NarInfo {
        let signatures = self.signatures.iter().filter_map(|text| text.parse().ok());
        NarInfo {
            deriver: self.deriver,
            signatures: signatures.collect(),
            content_address: self.content_address,
            ..NarInfo::of_archive(self.path, self.nar_hash, self.nar_size, self.references)
        }
    }
}

pub(crate) struct Database {
    file: PathBuf,
    connection: Mutex<Connection>,
}

/// A row of the table of derivation outputs: output name and path.
pub(crate) type DerivationOutput = (String, StorePath);

impl Database {
    /// Opens the database in `file`, made if it is not there. What `is_durable` is on the disk when a change returns.
    pub(crate) fn open(file: &Path, is_durable: bool) -> Result<Self, StoreError> {
        let fail = |action| {
            move |source| StoreError::Database {
                action,
                path: file.to_owned(),
                source,
            }
        };
        let connection = Connection::open(file).map_err(fail("open tables"))?;
        connection
            .busy_timeout(BUSY_TIMEOUT)
            .map_err(fail("set the waiting time"))?;
        connection.set_prepared_statement_cache_capacity(64);
        // With "normal" a power cut may take back the last changes, after files were removed that they made invalid.
        let synchronous = if is_durable { "full" } else { "off" };
        let settings = format!(
            "pragma journal_mode = wal; pragma synchronous = {synchronous}; pragma foreign_keys = on;"
        );
        connection
            .execute_batch(&settings)
            .map_err(fail("choose the journal"))?;
        make_tables(&connection).map_err(fail("make tables"))?;
        Ok(Self {
            file: file.to_owned(),
            connection: Mutex::new(connection),
        })
    }

    pub(crate) fn is_valid(&self, path: &StorePath) -> Result<bool, StoreError> {
        self.query("look up a path", |connection| {
            let mut statement = connection.prepare_cached("select 1 from ValidPaths where path = ?1")?;
            statement.exists([path.to_string()])
        })
    }

    pub(crate) fn path_info(&self, path: &StorePath) -> Result<Option<PathInfo>, StoreError> {
        let found = self.query("look up a path", |connection| {
            let sql = "select id, hash, registrationTime, deriver, narSize, ultimate, sigs, ca
                       from ValidPaths where path = ?1";
            let raw = connection
                .prepare_cached(sql)?
                .query_row([path.to_string()], RawInfo::from_row)
                .optional()?;
            let Some(raw) = raw else { return Ok(None) };
            let references = strings(
                connection,
                "select path from Refs join ValidPaths on id = reference where referrer = ?1",
                raw.id,
            )?;
            Ok(Some((raw, references)))
        })?;
        let Some((raw, references)) = found else {
            return Ok(None);
        };
        Ok(Some(PathInfo {
            path: path.clone(),
            nar_hash: self.field("hash", &raw.hash, |text| Hash::parse_any(text, None).ok())?,
            nar_size: raw.nar_size.unwrap_or(0),
            references: self.paths(references)?,
            deriver: raw.deriver.map(|deriver| self.path(&deriver)).transpose()?,
            registration_time: raw.registration_time,
            ultimate: raw.ultimate.unwrap_or(0) != 0,
            signatures: raw
                .signatures
                .unwrap_or_default()
                .split_whitespace()
                .map(str::to_owned)
                .collect(),
            content_address: match raw.content_address.as_deref() {
                None | Some("") => None,
                Some(text) => Some(self.field("ca", text, |text| text.parse().ok())?),
            },
        }))
    }

    pub(crate) fn references(&self, path: &StorePath) -> Result<BTreeSet<StorePath>, StoreError> {
        self.neighbours(
            path,
            "select other.path from Refs join ValidPaths mine on mine.id = referrer
             join ValidPaths other on other.id = reference where mine.path = ?1",
        )
    }

    pub(crate) fn referrers(&self, path: &StorePath) -> Result<BTreeSet<StorePath>, StoreError> {
        self.neighbours(
            path,
            "select other.path from Refs join ValidPaths mine on mine.id = reference
             join ValidPaths other on other.id = referrer where mine.path = ?1",
        )
    }

    pub(crate) fn derivers(&self, path: &StorePath) -> Result<BTreeSet<StorePath>, StoreError> {
        self.neighbours(
            path,
            "select v.path from DerivationOutputs d join ValidPaths v on v.id = d.drv where d.path = ?1",
        )
    }

    pub(crate) fn all_paths(&self) -> Result<BTreeSet<StorePath>, StoreError> {
        let paths = self.query("list paths", |connection| {
            let mut statement = connection.prepare_cached("select path from ValidPaths")?;
            statement.query_map([], |row| row.get(0))?.collect()
        })?;
        self.paths(paths)
    }

    /// Makes all of `infos` valid in one transaction; those that are valid stay as they are.
    pub(crate) fn register(&self, infos: &[(PathInfo, Vec<DerivationOutput>)]) -> Result<(), StoreError> {
        let missing = self.transaction("register paths", |transaction| {
            for (info, outputs) in infos {
                insert_path(transaction, info, outputs)?;
            }
            for (info, _) in infos {
                for reference in &info.references {
                    if !insert_reference(transaction, &info.path, reference)? {
                        return Ok(Outcome::Undo((info.path.clone(), reference.clone())));
                    }
                }
            }
            Ok(Outcome::Keep(()))
        })?;
        match missing {
            Outcome::Keep(()) => Ok(()),
            Outcome::Undo((path, reference)) => Err(StoreError::InvalidReference { path, reference }),
        }
    }

    /// Adds to the signatures of the valid `path`; those that are there stay once.
    pub(crate) fn add_signatures(&self, path: &StorePath, new: &[String]) -> Result<(), StoreError> {
        let outcome: Outcome<(), ()> = self.transaction("add signatures", |transaction| {
            let known: Option<String> = transaction
                .prepare_cached("select sigs from ValidPaths where path = ?1")?
                .query_row([path.to_string()], |row| row.get(0))?;
            let known = known.unwrap_or_default();
            let all: BTreeSet<&str> = known
                .split_whitespace()
                .chain(new.iter().map(String::as_str))
                .collect();
            let all: Vec<&str> = all.into_iter().collect();
            transaction
                .prepare_cached("update ValidPaths set sigs = ?2 where path = ?1")?
                .execute(params![path.to_string(), all.join(" ")])?;
            Ok(Outcome::Keep(()))
        })?;
        let (Outcome::Keep(()) | Outcome::Undo(())) = outcome;
        Ok(())
    }

    /// Makes `paths` invalid, together or not at all; fails while others refer to one of them.
    pub(crate) fn unregister(&self, paths: &[StorePath]) -> Result<(), StoreError> {
        let outcome: Outcome<(), ()> = self.transaction("remove paths", |transaction| {
            transaction.execute_batch("pragma defer_foreign_keys = on")?;
            for path in paths {
                let path = path.to_string();
                transaction
                    .prepare_cached(
                        "delete from Refs where referrer = (select id from ValidPaths where path = ?1)",
                    )?
                    .execute([&path])?;
            }
            for path in paths {
                transaction
                    .prepare_cached("delete from ValidPaths where path = ?1")?
                    .execute([path.to_string()])?;
            }
            Ok(Outcome::Keep(()))
        })?;
        let (Outcome::Keep(()) | Outcome::Undo(())) = outcome;
        Ok(())
    }

    fn neighbours(&self, path: &StorePath, sql: &'static str) -> Result<BTreeSet<StorePath>, StoreError> {
        let paths = self.query("follow references", |connection| {
            strings(connection, sql, path.to_string())
        })?;
        self.paths(paths)
    }

    fn query<T>(
        &self,
        action: &'static str,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        work(&self.lock()).map_err(|source| self.failed(action, source))
    }

    fn transaction<K, U>(
        &self,
        action: &'static str,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<Outcome<K, U>>,
    ) -> Result<Outcome<K, U>, StoreError> {
        let mut connection = self.lock();
        let run = || {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let outcome = work(&transaction)?;
            if matches!(outcome, Outcome::Keep(_)) {
                transaction.commit()?;
            }
            Ok(outcome)
        };
        run().map_err(|source| self.failed(action, source))
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn failed(&self, action: &'static str, source: rusqlite::Error) -> StoreError {
        StoreError::Database {
            action,
            path: self.file.clone(),
            source,
        }
    }

    fn field<T>(
        &self,
        field: &'static str,
        text: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, StoreError> {
        parse(text).ok_or_else(|| StoreError::BadField {
            path: self.file.clone(),
            field,
            value: text.to_owned(),
        })
    }

    fn path(&self, text: &str) -> Result<StorePath, StoreError> {
        self.field("path", text, |text| StorePath::parse_absolute(text).ok())
    }

    fn paths(&self, texts: Vec<String>) -> Result<BTreeSet<StorePath>, StoreError> {
        texts.iter().map(|text| self.path(text)).collect()
    }
}

/// Makes what is missing, all of it or nothing.
fn make_tables(connection: &Connection) -> rusqlite::Result<()> {
    let count = "select count(*) from sqlite_master where type = 'table' and name = 'DerivationOutputs'";
    let made: i64 = connection.query_row(count, [], |row| row.get(0))?;
    match made {
        0 => connection.execute_batch(&format!("begin immediate;{TABLES}commit;")),
        _ => connection.execute_batch(TABLES),
    }
}

/// How a transaction ends.
enum Outcome<K, U> {
    Keep(K),
    Undo(U),
}

struct RawInfo {
    id: i64,
    hash: String,
    registration_time: i64,
    deriver: Option<String>,
    nar_size: Option<u64>,
    ultimate: Option<i64>,
    signatures: Option<String>,
    content_address: Option<String>,
}

impl RawInfo {
    fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            hash: row.get(1)?,
            registration_time: row.get(2)?,
            deriver: row.get(3)?,
            nar_size: row
                .get::<_, Option<i64>>(4)?
                .and_then(|size| u64::try_from(size).ok()),
            ultimate: row.get(5)?,
            signatures: row.get(6)?,
            content_address: row.get(7)?,
        })
    }
}

fn strings(
    connection: &Connection,
    sql: &'static str,
    key: impl rusqlite::ToSql,
) -> rusqlite::Result<Vec<String>> {
    connection
        .prepare_cached(sql)?
        .query_map([key], |row| row.get(0))?
        .collect()
}

fn insert_path(
    transaction: &Transaction<'_>,
    info: &PathInfo,
    outputs: &[DerivationOutput],
) -> rusqlite::Result<()> {
    let sql = "insert or ignore into ValidPaths
               (path, hash, registrationTime, deriver, narSize, ultimate, sigs, ca) values (?1,?2,?3,?4,?5,?6,?7,?8)";
    let inserted = transaction.prepare_cached(sql)?.execute(params![
        info.path.to_string(),
        info.nar_hash.to_prefixed_base16(),
        info.registration_time,
        info.deriver.as_ref().map(StorePath::to_string),
        i64::try_from(info.nar_size).unwrap_or(i64::MAX),
        info.ultimate.then_some(1),
        (!info.signatures.is_empty()).then(|| info.signatures.join(" ")),
        info.content_address.map(|address| address.to_string()),
    ])?;
    if inserted == 0 {
        return Ok(());
    }
    let derivation = transaction.last_insert_rowid();
    for (name, path) in outputs {
        transaction
            .prepare_cached("insert or replace into DerivationOutputs (drv, id, path) values (?1, ?2, ?3)")?
            .execute(params![derivation, name, path.to_string()])?;
    }
    Ok(())
}

fn insert_reference(
    transaction: &Transaction<'_>,
    path: &StorePath,
    reference: &StorePath,
) -> rusqlite::Result<bool> {
    let id = |path: &StorePath| {
        transaction
            .prepare_cached("select id from ValidPaths where path = ?1")?
            .query_row([path.to_string()], |row| row.get::<_, i64>(0))
            .optional()
    };
    let (Some(referrer), Some(reference)) = (id(path)?, id(reference)?) else {
        return Ok(false);
    };
    transaction
        .prepare_cached("insert or ignore into Refs (referrer, reference) values (?1, ?2)")?
        .execute([referrer, reference])?;
    Ok(true)
}

//! Values on the wire, both ways, by the types of columns and places.

use crate::store::sql::{Error, Result};
use bytes::{BufMut as _, BytesMut};
use rusqlite::types::{ToSqlOutput, Value, ValueRef};
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type};

/// What a column holds, before it is known what is made of it.
struct Raw<'r>(Option<(Type, &'r [u8])>);

impl<'r> FromSql<'r> for Raw<'r> {
    fn from_sql(
        kind: &Type,
        bytes: &'r [u8],
    ) -> std::result::Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Self(Some((kind.clone(), bytes))))
    }

    fn from_sql_null(
        _: &Type,
    ) -> std::result::Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Self(None))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// The value of a column.
pub(in crate::store) fn value(row: &tokio_postgres::Row, column: usize) -> Result<ValueRef<'_>> {
    let Raw(Some((kind, bytes))) = row.try_get(column)? else {
        return Ok(ValueRef::Null);
    };
    let unexpected = || Error::Unexpected {
        column,
        what: format!("{} bytes of type {kind}", bytes.len()),
    };
    Ok(match kind {
        Type::BOOL => ValueRef::Integer(i64::from(bytes.first() == Some(&1))),
        Type::INT2 => {
            ValueRef::Integer(i16::from_be_bytes(exactly(bytes).ok_or_else(unexpected)?).into())
        }
        Type::INT4 => {
            ValueRef::Integer(i32::from_be_bytes(exactly(bytes).ok_or_else(unexpected)?).into())
        }
        Type::INT8 => ValueRef::Integer(i64::from_be_bytes(exactly(bytes).ok_or_else(unexpected)?)),
        Type::FLOAT8 => ValueRef::Real(f64::from_be_bytes(exactly(bytes).ok_or_else(unexpected)?)),
        Type::TEXT | Type::VARCHAR | Type::NAME => ValueRef::Text(bytes),
        Type::BYTEA | Type::UUID => ValueRef::Blob(bytes),
        _ => return Err(unexpected()),
    })
}

fn exactly<const N: usize>(bytes: &[u8]) -> Option<[u8; N]> {
    bytes.try_into().ok()
}

/// A value that is bound to a place.
#[derive(Debug)]
pub(super) struct Bound<'v>(pub(super) ToSqlOutput<'v>);

impl Bound<'_> {
    fn value(&self) -> Option<ValueRef<'_>> {
        match &self.0 {
            ToSqlOutput::Borrowed(value) => Some(*value),
            ToSqlOutput::Owned(value) => Some(match value {
                Value::Null => ValueRef::Null,
                Value::Integer(number) => ValueRef::Integer(*number),
                Value::Real(number) => ValueRef::Real(*number),
                Value::Text(text) => ValueRef::Text(text.as_bytes()),
                Value::Blob(bytes) => ValueRef::Blob(bytes),
            }),
            _ => None,
        }
    }
}

impl ToSql for Bound<'_> {
    fn to_sql(
        &self,
        kind: &Type,
        out: &mut BytesMut,
    ) -> std::result::Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        let value = self.value().ok_or("a value of SQLite's own")?;
        match (value, kind) {
            (ValueRef::Null, _) => return Ok(IsNull::Yes),
            (ValueRef::Integer(number), &Type::BOOL) => out.put_u8(u8::from(number != 0)),
            (ValueRef::Integer(number), &Type::INT2) => out.put_i16(number.try_into()?),
            (ValueRef::Integer(number), &Type::INT4) => out.put_i32(number.try_into()?),
            (ValueRef::Integer(number), &Type::INT8) => out.put_i64(number),
            #[expect(clippy::cast_precision_loss, reason = "scores are small numbers")]
            (ValueRef::Integer(number), &Type::FLOAT8) => out.put_f64(number as f64),
            (ValueRef::Real(number), &Type::FLOAT8) => out.put_f64(number),
            (ValueRef::Text(text), &(Type::TEXT | Type::VARCHAR | Type::NAME | Type::UNKNOWN)) => {
                out.put_slice(text);
            }
            (ValueRef::Blob(bytes), &(Type::BYTEA | Type::UUID)) => out.put_slice(bytes),
            (value, kind) => {
                return Err(format!("a value of type {:?} for a {kind}", value.data_type()).into());
            }
        }
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    tokio_postgres::types::to_sql_checked!();
}

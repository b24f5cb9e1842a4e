//! A list of objects to rows: each key a column, keys within keys joined by points.
//!
//! The list is the document, or the first list of objects within it (`{"results": […]}`). A list of objects within an object (the
//! lines of an order) makes a row each, with what stands around it repeated. The document is read twice and never held as values:
//! once for its keys, once for its rows.

use super::TableWriter;
use crate::error::{Error, ErrorKind};
use crate::limits::{COLUMNS_MAX, DOCUMENT_BYTES_MAX};
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::io::Read;
use units::Stop;

type Row = Vec<(String, String)>;

/// What takes the objects of the list; an error ends the reading.
type Taker<'a> = dyn FnMut(Map<String, Value>) -> Result<(), Error> + 'a;

struct List<'a, 'b> {
    take: &'a mut Taker<'b>,
    /// Set where the taker gave up, because serde knows only its own errors.
    fault: &'a mut Option<Error>,
    found: &'a mut bool,
    depth: u8,
}

impl<'de> DeserializeSeed<'de> for List<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for List<'_, '_> {
    type Value = ();

    fn expecting(&self, into: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        into.write_str("a list of objects")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        if *self.found {
            while list.next_element::<IgnoredAny>()?.is_some() {}
            return Ok(());
        }
        while let Some(value) = list.next_element::<Value>()? {
            if let Value::Object(object) = value {
                *self.found = true;
                if let Err(fault) = (self.take)(object) {
                    *self.fault = Some(fault);
                    return Err(serde::de::Error::custom("given up"));
                }
            }
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(_key) = map.next_key::<String>()? {
            if self.depth == 0 {
                map.next_value_seed(List {
                    take: self.take,
                    fault: self.fault,
                    found: self.found,
                    depth: 1,
                })?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }
    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }
    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }
    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }
    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }
    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}

pub(crate) fn read(file: impl Read, stop: &Stop) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    file.take(DOCUMENT_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(|fault| Error::io(0, fault))?;
    if bytes.len() as u64 > DOCUMENT_BYTES_MAX {
        let text = format!("the JSON is larger than {} MB; split it", DOCUMENT_BYTES_MAX >> 20);
        return Err(Error::new(ErrorKind::TooLarge, text));
    }
    let text = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&bytes);
    let mut columns: Vec<String> = Vec::new();
    let mut at: HashMap<String, usize> = HashMap::new();
    let found = each(text, stop, &mut |row| {
        for (key, _) in row {
            if !at.contains_key(&key) {
                if columns.len() == COLUMNS_MAX {
                    let text = format!("its objects have more than {COLUMNS_MAX} different keys");
                    return Err(Error::new(ErrorKind::TooLarge, text));
                }
                at.insert(key.clone(), columns.len());
                columns.push(key);
            }
        }
        Ok(())
    })?;
    if !found || columns.is_empty() {
        return Err(Error::new(
            ErrorKind::MissingColumn,
            "the JSON holds no list of objects; export the table as a list with an object for each row",
        ));
    }
    let mut table = TableWriter::new();
    table.row(1, &columns)?;
    let mut line = 1;
    each(text, stop, &mut |row| {
        line += 1;
        let mut cells = vec![String::new(); columns.len()];
        for (key, value) in row {
            if let Some(column) = at.get(&key) {
                cells[*column] = value;
            }
        }
        table.row(line, &cells)
    })?;
    Ok(table.finish())
}

/// Hands every row over; whether there was an object at all.
fn each(text: &[u8], stop: &Stop, take: &mut dyn FnMut(Row) -> Result<(), Error>) -> Result<bool, Error> {
    let (mut fault, mut found, mut seen) = (None, false, 0_u64);
    let mut take = |object: Map<String, Value>| -> Result<(), Error> {
        seen += 1;
        if seen.is_multiple_of(1024) && stop.asked() {
            return Err(Error::stopped(seen));
        }
        for row in rows_of(object) {
            take(row)?;
        }
        Ok(())
    };
    let mut reader = serde_json::Deserializer::from_slice(text);
    let list = List { take: &mut take, fault: &mut fault, found: &mut found, depth: 0 };
    let ended = list.deserialize(&mut reader).and_then(|()| reader.end());
    match (fault, ended) {
        (Some(fault), _) => Err(fault),
        (None, Err(fault)) => Err(Error::new(
            if fault.is_eof() { ErrorKind::Truncated } else { ErrorKind::NotText },
            format!("the JSON can't be read: {fault}; export it again"),
        )
        .at(fault.line() as u64)),
        (None, Ok(())) => Ok(found),
    }
}

/// The object itself, or a row for each object of the first list of objects in it.
fn rows_of(mut object: Map<String, Value>) -> Vec<Row> {
    let lines = object
        .iter()
        .find(|(_, value)| matches!(value, Value::Array(all) if all.iter().any(Value::is_object)))
        .map(|(key, _)| key.clone());
    let Some(key) = lines else { return vec![flat(object)] };
    let Some(Value::Array(lines)) = object.remove(&key) else { return vec![flat(object)] };
    let around = flat(object);
    lines
        .into_iter()
        .map(|line| {
            let mut row = around.clone();
            flatten(&key, line, &mut row);
            row
        })
        .collect()
}

fn flat(object: Map<String, Value>) -> Row {
    let mut row = Vec::new();
    for (key, value) in object {
        flatten(&key, value, &mut row);
    }
    row
}

fn flatten(key: &str, value: Value, row: &mut Row) {
    match value {
        Value::Null => row.push((key.to_owned(), String::new())),
        Value::Bool(value) => row.push((key.to_owned(), value.to_string().to_uppercase())),
        Value::Number(number) => row.push((key.to_owned(), number.to_string())),
        Value::String(text) => row.push((key.to_owned(), text)),
        Value::Array(all) => {
            let parts: Vec<String> = all
                .into_iter()
                .map(|value| match value {
                    Value::String(text) => text,
                    other => other.to_string(),
                })
                .collect();
            row.push((key.to_owned(), parts.join("; ")));
        }
        Value::Object(object) => {
            for (inner, value) in object {
                flatten(&format!("{key}.{inner}"), value, row);
            }
        }
    }
}

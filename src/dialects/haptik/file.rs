//! Files, of which name, size and type are kept: their bytes are counted as they come, and let go.

use super::error::Rejection;
use super::wire::{Attachment, FileForm};
use crate::limits;
use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{FromRequest as _, Multipart, Request};
use axum::http::StatusCode;
use serde_json::Value;

/// The longest text part, in bytes; what is longer is refused by its own bound.
const TEXT_BYTES: usize = limits::MESSAGE_CHARACTERS * 4 + 1;

/// Reads a form with a file to its end.
pub(super) async fn read(request: Request) -> Result<FileForm, Rejection> {
    let late = |_| Rejection::bad_body("the body did not arrive in time");
    tokio::time::timeout(limits::BODY_TIME, parts(request))
        .await
        .map_err(late)?
}

async fn parts(request: Request) -> Result<FileForm, Rejection> {
    let mut parts = Multipart::from_request(request, &())
        .await
        .map_err(|_| Rejection::bad_body("the body must be multipart/form-data"))?;
    let mut form = FileForm::default();
    while let Some(mut part) = parts.next_field().await.map_err(|error| broken(&error))? {
        let place = match part.name() {
            Some("auth_id") => &mut form.auth_id,
            Some("business_id") => &mut form.business_id,
            Some("message_type") => &mut form.message_type,
            Some("message_body") => &mut form.message_body,
            Some("file") => {
                form.file = Some(counted(part).await?);
                continue;
            }
            _ => {
                while part
                    .chunk()
                    .await
                    .map_err(|error| broken(&error))?
                    .is_some()
                {}
                continue;
            }
        };
        *place = Some(Value::String(text(part).await?));
    }
    let too_large = |file: &Attachment| file.size > limits::HAPTIK_FILE_BYTES;
    if form.file.as_ref().is_some_and(too_large) {
        return Err(too_large_file());
    }
    Ok(form)
}

async fn counted(mut part: Field<'_>) -> Result<Attachment, Rejection> {
    let mut file = Attachment {
        name: part.file_name().unwrap_or_default().to_owned(),
        size: 0,
        content_type: part.content_type().unwrap_or_default().to_owned(),
    };
    while let Some(bytes) = part.chunk().await.map_err(|error| broken(&error))? {
        file.size = file.size.saturating_add(bytes.len());
    }
    Ok(file)
}

async fn text(mut part: Field<'_>) -> Result<String, Rejection> {
    let name = part.name().unwrap_or_default().to_owned();
    let mut text = Vec::new();
    while let Some(bytes) = part.chunk().await.map_err(|error| broken(&error))? {
        if text.len() + bytes.len() > TEXT_BYTES {
            return Err(Rejection::invalid(&name));
        }
        text.extend_from_slice(&bytes);
    }
    String::from_utf8(text).map_err(|_| Rejection::invalid(&name))
}

fn broken(error: &MultipartError) -> Rejection {
    match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => too_large_file(),
        _ => Rejection::bad_body("the body did not arrive whole, or is not multipart/form-data"),
    }
}

fn too_large_file() -> Rejection {
    Rejection::too_large("the file has more than 10 MB")
}

//! Taking the `Content-Encoding` off a copy of what passed.

use crate::limits;
use axum::http::{HeaderMap, header};
use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use std::io::Read;

/// The bytes of one window and buffer of a decompressor.
const BUFFER: usize = 8 * 1024;

/// A body without its encodings, and whether it came to its end; none if an encoding is not known or what is in it is too
/// large. What was cut off is read as far as it goes.
pub(super) fn decoded(headers: &HeaderMap, body: Vec<u8>) -> Option<(Vec<u8>, bool)> {
    let mut codings = Vec::new();
    for value in headers.get_all(header::CONTENT_ENCODING) {
        let value = value.to_str().ok()?;
        codings.extend(
            value
                .split(',')
                .map(|name| name.trim().to_ascii_lowercase()),
        );
    }
    let mut body = body;
    let mut whole = true;
    // The last one was put on last.
    for coding in codings.iter().rev() {
        let (inside, ended) = match coding.as_str() {
            "" | "identity" => continue,
            "gzip" | "x-gzip" => read(MultiGzDecoder::new(&*body))?,
            // Some servers leave the wrapping out.
            "deflate" if is_zlib(&body) => read(ZlibDecoder::new(&*body))?,
            "deflate" => read(DeflateDecoder::new(&*body))?,
            "br" => read(brotli_decompressor::Decompressor::new(&*body, BUFFER))?,
            "zstd" => match ruzstd::decoding::StreamingDecoder::new(&*body) {
                Ok(decoder) => read(decoder)?,
                Err(_) => (Vec::new(), false),
            },
            _ => return None,
        };
        body = inside;
        whole &= ended;
    }
    Some((body, whole))
}

/// What can be read, and whether that is all; none if it is too large.
fn read(mut decoder: impl Read) -> Option<(Vec<u8>, bool)> {
    let mut inside = Vec::new();
    let mut buffer = [0; BUFFER];
    loop {
        match decoder.read(&mut buffer) {
            Ok(0) => return Some((inside, true)),
            Ok(more) => inside.extend_from_slice(&buffer[..more]),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(_) => return Some((inside, false)),
        }
        if inside.len() > limits::LEARN_BYTES {
            return None;
        }
    }
}

/// Whether it begins as RFC 1950 says: deflate's number, and a sum over both bytes.
fn is_zlib(body: &[u8]) -> bool {
    match body {
        [first, second, ..] => {
            first & 0x0f == 8 && (u16::from(*first) << 8 | u16::from(*second)) % 31 == 0
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;
    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
    use std::io::Write as _;

    const TEXT: &[u8] = b"What the model said. What the model said. What the model said.";

    fn headers(coding: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(header::CONTENT_ENCODING, HeaderValue::from_static(coding))])
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn read_as(coding: &'static str, body: &[u8]) -> Option<(Vec<u8>, bool)> {
        decoded(&headers(coding), body.to_vec())
    }

    #[test]
    fn what_is_not_encoded_stays_as_it_is() {
        assert_eq!(
            decoded(&HeaderMap::new(), TEXT.to_vec()),
            Some((TEXT.to_vec(), true))
        );
        assert_eq!(read_as("identity", TEXT), Some((TEXT.to_vec(), true)));
    }

    #[test]
    fn gzip_is_read() {
        assert_eq!(read_as("gzip", &gzip(TEXT)), Some((TEXT.to_vec(), true)));
    }

    #[test]
    fn deflate_is_read_with_its_wrapping_and_without() {
        let mut wrapped = ZlibEncoder::new(Vec::new(), Compression::default());
        wrapped.write_all(TEXT).unwrap();
        let wrapped = wrapped.finish().unwrap();
        let mut bare = DeflateEncoder::new(Vec::new(), Compression::default());
        bare.write_all(TEXT).unwrap();
        let bare = bare.finish().unwrap();
        for body in [wrapped, bare] {
            assert_eq!(read_as("deflate", &body), Some((TEXT.to_vec(), true)));
        }
    }

    #[test]
    fn brotli_is_read() {
        // As Node's `zlib.brotliCompressSync` writes it.
        let body = [
            27, 61, 0, 248, 165, 175, 194, 208, 232, 164, 32, 163, 56, 147, 36, 180, 100, 83, 228,
            237, 209, 19, 90, 0,
        ];
        assert_eq!(read_as("br", &body), Some((TEXT.to_vec(), true)));
    }

    #[test]
    fn zstd_is_read() {
        let body =
            ruzstd::encoding::compress_to_vec(TEXT, ruzstd::encoding::CompressionLevel::Fastest);
        assert_eq!(read_as("zstd", &body), Some((TEXT.to_vec(), true)));
    }

    #[test]
    fn several_encodings_are_taken_off_in_turn() {
        let body = gzip(&gzip(TEXT));
        assert_eq!(read_as("gzip, gzip", &body), Some((TEXT.to_vec(), true)));
    }

    #[test]
    fn what_was_cut_off_is_read_as_far_as_it_goes() {
        let mut body = gzip(TEXT);
        body.truncate(body.len() - 8);
        assert_eq!(read_as("gzip", &body), Some((TEXT.to_vec(), false)));
    }

    #[test]
    fn what_is_too_large_inside_is_not_read() {
        let body = gzip(&vec![0; limits::LEARN_BYTES + 1]);
        assert_eq!(read_as("gzip", &body), None);
    }

    #[test]
    fn an_unknown_encoding_is_not_read() {
        assert_eq!(read_as("compress", TEXT), None);
    }
}

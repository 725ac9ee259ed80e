//! The load: connections that are kept open, each with one request under way. It runs on one thread, so that it leaves the
//! machine to the server as far as it can.

use crate::votes::{Ballot, Kind, Votes};
use std::io::{self, Read as _, Write as _};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// How long an answer may take before the run ends as failed.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// The same where it is the number of votes that is given.
const PATIENCE_WHILE_FILLING: Duration = Duration::from_hours(2);

/// How long the load goes on.
#[derive(Clone, Copy, Debug)]
pub enum Length {
    /// First a while that is not measured, then one that is.
    Seconds {
        before: Duration,
        measured: Duration,
    },
    /// This many votes on each connection, all measured.
    VotesEach(u64),
}

/// What was measured.
#[derive(Debug)]
pub struct Measured {
    /// Every answer's time in microseconds, shortest first.
    pub latencies: Vec<u32>,
    /// From the first measured request to the last answer.
    pub took: Duration,
    /// All votes, those before the measured while included.
    pub votes: u64,
}

/// Requests over so many connections. Any answer but the expected one is a failure: votes that are measured must have been
/// stored.
pub fn vote(
    address: &str,
    kind: Kind,
    ballot: &Arc<Ballot>,
    connections: usize,
    length: Length,
) -> io::Result<Measured> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let votes = || Votes::new(kind, ballot);
    let patience = match length {
        Length::Seconds { before, measured } => before + measured + PATIENCE,
        Length::VotesEach(_) => PATIENCE_WHILE_FILLING,
    };
    runtime.block_on(async {
        let voting = vote_over_all(address, votes, kind.expected(), connections, length);
        tokio::time::timeout(patience, voting).await?
    })
}

/// Asks once, on a connection of its own, and returns the body. Any answer but 200 is a failure.
pub fn get(address: &str, path: &str) -> io::Result<String> {
    let mut stream = std::net::TcpStream::connect(address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    match answer.split_once("\r\n\r\n") {
        Some((head, body)) if head.starts_with("HTTP/1.1 200") => Ok(body.to_owned()),
        _ => Err(io::Error::other(answer)),
    }
}

/// Opens so many connections, no more at a time than a server has room for before it accepts them.
pub async fn connect(address: &str, connections: usize) -> io::Result<Vec<TcpStream>> {
    let mut streams = Vec::new();
    for _ in 0..connections {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        streams.push(stream);
        if streams.len() % 128 == 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    Ok(streams)
}

async fn vote_over_all(
    address: &str,
    votes: impl Fn() -> Votes,
    expected: &'static [u8],
    connections: usize,
    length: Length,
) -> io::Result<Measured> {
    let streams = connect(address, connections).await?;
    let began = Instant::now();
    let mut tasks = JoinSet::new();
    for stream in streams {
        tasks.spawn(vote_over_one(stream, votes(), expected, began, length));
    }
    let mut latencies = Vec::new();
    let mut sent_votes = 0;
    while let Some(ended) = tasks.join_next().await {
        let (sent, measured) = ended.map_err(io::Error::other)??;
        sent_votes += sent;
        latencies.extend(measured);
    }
    latencies.sort_unstable();
    let took = match length {
        Length::Seconds { measured, .. } => measured,
        Length::VotesEach(_) => began.elapsed(),
    };
    Ok(Measured {
        latencies,
        took,
        votes: sent_votes,
    })
}

async fn vote_over_one(
    mut stream: TcpStream,
    mut votes: Votes,
    expected: &'static [u8],
    began: Instant,
    length: Length,
) -> io::Result<(u64, Vec<u32>)> {
    let mut latencies = Vec::new();
    let mut answer = vec![0; 4096];
    let mut sent_votes = 0;
    loop {
        let sent = Instant::now();
        let (measures, ends) = match length {
            Length::Seconds { before, measured } => {
                let since = sent - began;
                (since >= before, since >= before + measured)
            }
            Length::VotesEach(votes) => (true, sent_votes == votes),
        };
        if ends {
            return Ok((sent_votes, latencies));
        }
        stream.write_all(votes.next_request()).await?;
        read_answer(&mut stream, &mut answer, expected).await?;
        sent_votes += 1;
        if measures {
            latencies.push(u32::try_from(sent.elapsed().as_micros()).unwrap_or(u32::MAX));
        }
    }
}

/// Reads one answer, which must begin as expected.
pub async fn read_answer(
    stream: &mut TcpStream,
    buffer: &mut [u8],
    expected: &[u8],
) -> io::Result<()> {
    let mut filled = 0;
    loop {
        let read = stream.read(&mut buffer[filled..]).await?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        filled += read;
        if let Some(whole) = length_of_answer(&buffer[..filled])
            && whole <= filled
        {
            break;
        }
    }
    if buffer.starts_with(expected) {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&buffer[..filled]).into_owned();
    Err(io::Error::other(said))
}

/// Head and body together; none while the head is not whole.
fn length_of_answer(bytes: &[u8]) -> Option<usize> {
    const NAME: &[u8] = b"content-length:";
    let head = bytes.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let value = bytes[..head]
        .windows(NAME.len())
        .position(|window| window.eq_ignore_ascii_case(NAME))?
        + NAME.len();
    let digits = bytes[value..head]
        .iter()
        .skip_while(|byte| **byte == b' ')
        .take_while(|byte| byte.is_ascii_digit());
    let body = digits.fold(0, |sum, digit| sum * 10 + usize::from(digit - b'0'));
    Some(head + body)
}

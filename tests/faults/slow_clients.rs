//! Clients that begin to send and then take their time.

use crate::support::Server;
use crate::support::books::World;
use crate::support::connection::Request;
use crate::{cast, vote, voted};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

/// A server that gives clients a second for a head. For a body it always gives them thirty.
fn impatient(world: &World) -> Server {
    let settings = world.folder().join("settings.toml");
    std::fs::write(&settings, "head_seconds = 1\n").unwrap();
    Server::on(world.folder(), &["--config", settings.to_str().unwrap()])
}

/// Sends a part of a request, then the rest byte by byte and slowly if `drips`, and returns all that was answered.
fn answer_to_a_slow_client(server: &Server, request: &Request, part: usize, drips: bool) -> String {
    let address = server.url().trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).unwrap();
    let text = request.text();
    stream.write_all(&text.as_bytes()[..part]).unwrap();
    if drips {
        let mut slow = stream.try_clone().unwrap();
        let rest = text.as_bytes()[part..].to_vec();
        // Ends when the server has ended the connection.
        std::thread::spawn(move || {
            for byte in rest {
                std::thread::sleep(Duration::from_millis(200));
                if slow.write_all(&[byte]).is_err() {
                    return;
                }
            }
        });
    }
    let mut answer = Vec::new();
    // A server that cuts off may reset the connection, which is as good an end as any.
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn half_a_body_is_answered_and_cut_off_and_others_vote_meanwhile() {
    let world = World::new();
    let server = impatient(&world);
    let slow = vote(1, &"a comment that takes its time to arrive ".repeat(20));
    let native = {
        let body = serde_json::json!({"message": {"external_id": "m"}, "author": {"end_user": "ada"}, "comment": "takes its time ".repeat(60)});
        let path = "/candor/v1/projects/crash/feedback";
        Request::new("POST", path, crate::ADMIN).with(&body)
    };
    std::thread::scope(|scope| {
        let server = &server;
        let late = "did not arrive within 30 seconds";
        for (request, told) in [(&slow, "\"code\":\"bad_request\""), (&native, late)] {
            for drips in [false, true] {
                scope.spawn(move || {
                    let part = request.text().len() - request.body.len() / 2;
                    let answer = answer_to_a_slow_client(server, request, part, drips);
                    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
                    assert!(answer.contains(told), "{answer}");
                });
            }
        }
        for number in 10..20 {
            assert_eq!(cast(server.url(), &vote(number, "quick")).status, 200);
        }
    });
    assert!(
        voted(server.url()).into_iter().eq(10..20),
        "nothing of the slow ones"
    );
}

#[test]
fn a_head_that_drips_is_cut_off_and_others_vote_meanwhile() {
    let world = World::new();
    let server = impatient(&world);
    std::thread::scope(|scope| {
        let server = &server;
        for part in [0, 1, 30] {
            scope.spawn(move || {
                let answer = answer_to_a_slow_client(server, &vote(1, "never"), part, true);
                assert_eq!(answer, "");
            });
        }
        for number in 10..20 {
            assert_eq!(cast(server.url(), &vote(number, "quick")).status, 200);
        }
    });
    assert!(voted(server.url()).into_iter().eq(10..20));
}

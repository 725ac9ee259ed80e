//! SIGTERM and SIGINT: the first one ends in order, the second one at once.

use crate::support::Server;
use crate::support::books::World;
use crate::support::load::wait_until;
use crate::{cast, vote, voted};
use std::io::Write as _;
use std::net::TcpStream;

/// A request whose body does not come, which the server has begun to read.
fn under_way(server: &Server) -> TcpStream {
    let address = server.url().trim_start_matches("http://");
    let mut slow = TcpStream::connect(address).unwrap();
    let request = vote(1, "never arrives").text();
    let (head, _) = request.split_once("\r\n\r\n").unwrap();
    let head = format!("{head}\r\nExpect: 100-continue\r\n\r\n");
    slow.write_all(head.as_bytes()).unwrap();
    // The server says that it reads the body.
    let mut first = [0; 12];
    std::io::Read::read_exact(&mut slow, &mut first).unwrap();
    assert_eq!(&first, b"HTTP/1.1 100");
    slow
}

fn refuses_connections(server: &Server) -> bool {
    TcpStream::connect(server.url().trim_start_matches("http://")).is_err()
}

#[test]
fn a_second_signal_ends_at_once_with_all_that_was_acknowledged() {
    for (first, second) in [("TERM", "TERM"), ("INT", "INT"), ("TERM", "INT")] {
        let world = World::new();
        let server = world.server();
        assert_eq!(cast(server.url(), &vote(2, "there")).status, 200);
        let _slow = under_way(&server);
        server.signal(first);
        wait_until("it takes no more connections", || {
            refuses_connections(&server)
        });
        server.signal(second);
        let status = server.wait();
        assert_eq!(status.code(), Some(1), "{status}");
        let server = world.server();
        assert_eq!(voted(server.url()), [2]);
    }
}

#[test]
fn votes_under_load_are_acknowledged_or_refused_until_the_end() {
    let mut world = World::new();
    let acknowledged = world.load(|server| assert!(server.terminate(), "it exits with 0"));
    assert!(acknowledged > 100, "{acknowledged}");
    world.verify();
}

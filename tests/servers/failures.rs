//! Servers that are killed, a database that is stopped, connections that are cut, all under load.

use crate::support::Server;
use crate::support::books::World;
use crate::support::load::Load;
use crate::support::postgres::{self, Options};
use std::time::{Duration, Instant};

/// How long votes are cast between two failures, unless `CANDOR_SOAK_SECONDS` says how long in all.
fn between() -> Duration {
    let all = std::env::var("CANDOR_SOAK_SECONDS").map_or(6.0, |seconds| seconds.parse().unwrap());
    Duration::from_secs_f64(all / 6.0)
}

/// Votes for a while, in which some must be acknowledged.
fn vote_on(load: &Load) {
    let began = Instant::now();
    load.wait_for_acknowledged(200);
    std::thread::sleep(between().saturating_sub(began.elapsed()));
}

#[test]
fn what_one_of_three_servers_acknowledged_is_there_once_whatever_fails() {
    let Some(mut database) = postgres::Server::start(&Options::default()) else {
        return;
    };
    let shared = database.database();
    let mut world = World::on_database(shared.url());
    let mut servers: Vec<Server> = (0..3).map(|_| world.server()).collect();
    let urls: Vec<String> = servers
        .iter()
        .map(|server| server.url().to_owned())
        .collect();
    let total = world.during_on(&urls, |load| {
        load.may_break();
        vote_on(load);
        servers.remove(0).kill();
        vote_on(load);
        database.stop_immediately();
        std::thread::sleep(Duration::from_millis(300));
        database.start_again();
        vote_on(load);
        database.query(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'candor' AND pid <> pg_backend_pid()",
        );
        vote_on(load);
        database.stop();
        database.start_again();
        vote_on(load);
        servers.remove(0).kill();
        vote_on(load);
        load.acknowledged()
    });
    eprintln!("{total} acknowledged votes");
    drop(servers);
    world.verify();
}

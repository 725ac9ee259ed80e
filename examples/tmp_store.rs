use candor::clock::{self, Clock};
use candor::domain::vote::*;
use candor::domain::*;
use candor::store::*;
use std::sync::Arc;
use std::time::Instant;
fn main() {
    let dir = std::env::args().nth(1).unwrap();
    let n: usize = std::env::args().nth(2).unwrap().parse().unwrap();
    let conc: usize = std::env::args().nth(3).unwrap().parse().unwrap();
    let rt = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    rt.block_on(async {
        let store = Arc::new(Store::open(&StoreOptions{data_dir: Some(dir.into()), clock: Clock::default()}).unwrap());
        let dir0 = store.directory().await.unwrap();
        let project = if let Some(p) = dir0.projects.first() { p.id } else {
            let w = WorkspaceId(clock::new_id());
            let now = Clock::default().now();
            store.save_workspace(Workspace{id:w,name:"x".into(),created_at:now}).await.unwrap();
            let id = ProjectId(clock::new_id());
            store.save_project(Project{id,workspace:w,name:"p".into(),description:None,number:1,amazon_q_application_id:None,haptik_business_id:None,unknown_targets:UnknownTargets::Accept,enabled:true,keep_text:KeepText::All,mode:Mode::Chat,upstream:None,created_at:now,updated_at:now,deleted_at:None},None).await.unwrap();
            id
        };
        let policy = Policy{identity:Identity::One,absent:Absent::ClearsComment,taking_back:TakingBack::MissingRating,unknown_author:UnknownAuthor::AlwaysRegistered,only_the_owner:true,quiet_microseconds:None,may_be_empty:false};
        let start = Instant::now();
        let mut hs = vec![];
        for c in 0..conc {
            let store = store.clone();
            hs.push(tokio::spawn(async move {
                for i in 0..n/conc {
                    let id = uuid::Uuid::from_bytes(clock::random_bytes::<16>()).to_string();
                    let cmd = Command{project,channel:Dialect::Dify,key:None,policy,unknown_targets:UnknownTargets::Accept,
                      addressee:Addressee::Vote{place:Place::Message{conversation:None,message:RowRef::External(id)},author:AuthorRef::EndUser{external_id:format!("user-{}",(c*7919+i)%10000),of_workspace:false},name:"user_feedback".into()},
                      verb:Verb::Say,asked:Asked{rating:Ask::Set(if i%3==0{Rating::Negative}else{Rating::Positive}),comment: if i%5==0 {Ask::Set("the answer was too slow and not what I asked for, sadly; please fix it soon".into())} else {Ask::Clear},..Asked::default()},created_at:None,updated_at:None,external_id:None};
                    store.vote(cmd,None).await.unwrap();
                }
            }));
        }
        for h in hs { h.await.unwrap(); }
        let s = start.elapsed().as_secs_f64();
        println!("{n} votes at {conc}: {:.0}/s", n as f64/s);
        store.close().await.unwrap();
    });
}
